#include "http/wire_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>
#include <utility>

#include "http/answer_writer.hpp"

namespace segurifai::http {
namespace {

using ErrorCode = boost::system::error_code;
constexpr boost::asio::use_awaitable_t<Executor> kAwait{};

constexpr std::size_t kSpareMax = 32;
constexpr std::size_t kTextKept = 65'536;
/// A peer that is still sending when it is refused reads its answer only if the connection stays
/// open that long.
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr std::chrono::milliseconds kDrainLinger{500};
constexpr std::size_t kLingerBytesMax = 8'388'608;
constexpr int kLingerReadsMax = 16;  // then others have their turn
/// For a connection that was accepted just before the drain, whose request may be on its way.
constexpr std::chrono::milliseconds kFreshGrace{250};

bool would_block(int fault) noexcept {
    return fault == EAGAIN || fault == EWOULDBLOCK;
}

void reset(Answer& answer) noexcept {
    answer.status = 200;
    answer.content_type = "application/json";
    answer.close = false;
    answer.headers.clear();
    answer.source.reset();
    if (answer.body.capacity() > kTextKept)
        answer.body = {};
    else
        answer.body.clear();
}

}  // namespace

std::string text_of(boost::asio::ip::address address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return address.to_string();
}

WorkerState::WorkerState(WireShared& shared_by_all, boost::asio::io_context& context,
                         std::chrono::milliseconds period, std::function<void()> each_period)
    : shared(shared_by_all),
      timeouts(context, period, std::move(each_period)),
      budget{.used = 0, .bytes_max = shared.options.buffer_bytes_max} {
    spare_.reserve(kSpareMax);
    refresh_date();
}

std::unique_ptr<Workspace> WorkerState::take() {
    if (spare_.empty()) {
        const WireOptions& options = shared.options;
        const HeadLimits limits{.head_bytes_max = options.head_bytes_max,
                                .fields_max = options.fields_max,
                                .target_bytes_max = options.target_bytes_max};
        return std::make_unique<Workspace>(limits, budget);
    }
    auto work = std::move(spare_.back());
    spare_.pop_back();
    return work;
}

void WorkerState::give(std::unique_ptr<Workspace> work) noexcept {
    if (spare_.size() == kSpareMax) return;
    work->reader.clear();
    reset(work->answer);
    if (work->out.capacity() > kTextKept) work->out = {};
    work->out.clear();
    work->sent = 0;
    work->close_at = std::string::npos;
    work->source.reset();
    spare_.push_back(std::move(work));
}

void WorkerState::refuse(int status, std::string_view code, const Request& read, Answer& answer) {
    shared.handler.refuse(status, code, read, answer);
    const auto is_there = [](const auto& header) { return header.first == "Retry-After"; };
    if (status == 503 && std::ranges::none_of(answer.headers, is_there))
        answer.set("Retry-After", "1");
}

void WorkerState::refresh_date() {
    const std::int64_t seconds = std::time(nullptr);
    if (seconds == date_seconds_) return;
    date_seconds_ = seconds;
    date_.clear();
    append_date(date_, seconds);
}

Connection::Connection(WorkerState& worker, Socket socket,
                       const boost::asio::ip::tcp::endpoint& peer)
    : worker_(worker), socket_(std::move(socket)) {
    const std::string text = text_of(peer.address());
    peer_size_ = static_cast<std::uint8_t>(text.copy(peer_, sizeof peer_));
    worker_.timeouts.add(*this);
    worker_.counters.open.add();
    wait_in(Phase::kIdle, worker_.shared.options.idle_timeout);
}

Connection::~Connection() {
    release();
    worker_.counters.open.subtract();
    worker_.shared.connections_open.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> Connection::serve(std::unique_ptr<Connection> connection) {
    Connection& self = *connection;
    WorkerState& worker = self.worker_;
    Next next = Next::kRead;
    while (next != Next::kEnd) {
        ErrorCode fault;
        switch (next) {
            case Next::kRead: {
                // A wait for the socket would cost a system call more than a read into a buffer.
                const std::span<char> room = self.room();
                const std::size_t bytes = co_await self.socket_.async_read_some(
                    boost::asio::buffer(room.data(), room.size()),
                    boost::asio::redirect_error(kAwait, fault));
                next = self.read(bytes, fault);
                break;
            }
            case Next::kWrite:
                co_await self.socket_.async_wait(Socket::wait_write,
                                                 boost::asio::redirect_error(kAwait, fault));
                next = self.writable(fault);
                break;
            case Next::kAnswer: {
                bool failed = false;
                ++worker.in_flight;
                try {
                    Workspace& work = *self.work_;
                    co_await worker.shared.handler.answer(work.reader.request(), work.answer);
                } catch (...) {
                    failed = true;  // a defect: the handler's contract is not to throw
                }
                --worker.in_flight;
                next = self.answered(failed);
                break;
            }
            case Next::kPiece: {
                const bool is_good = co_await self.read_piece();
                next = self.piece_read(is_good);
                break;
            }
            case Next::kAdvance: next = self.advance(); break;
            case Next::kGather:
                // After the others that are ready in this turn: answers that leave together wake
                // their readers once, and a wake-up costs as much as the answer.
                co_await boost::asio::post(self.socket_.get_executor(), kAwait);
                next = self.cut_ ? Next::kEnd : self.flush(Next::kRead);
                break;
            case Next::kLinger: next = self.linger(); break;
            case Next::kEnd: break;
        }
    }
}

void Connection::wait_in(Phase phase, std::chrono::milliseconds limit) noexcept {
    phase_ = phase;
    expired_ = false;
    deadline_ = worker_.timeouts.after(limit);
}

void Connection::expire() noexcept {
    expired_ = true;
    ErrorCode ignored;  // the wait ends, or there is none
    socket_.cancel(ignored);
}

void Connection::drain() noexcept {
    if (phase_ != Phase::kIdle) return;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Connection::cut() noexcept {
    cut_ = true;
    ErrorCode ignored;
    socket_.close(ignored);
}

void Connection::release() noexcept {
    if (work_) worker_.give(std::move(work_));
}

/// Where the next bytes go. A connection without work has but a small buffer of its own.
std::span<char> Connection::room() noexcept {
    return work_ ? work_->reader.room() : std::span<char>(first_bytes_);
}

Connection::Next Connection::read(std::size_t bytes, const ErrorCode& fault) {
    if (cut_ || fault == boost::asio::error::operation_aborted) return interrupted();
    worker_.counters.bytes_in.add(bytes);
    if (phase_ == Phase::kLinger) {
        lingered_ += bytes;
        return fault ? Next::kEnd : discard();
    }
    if (fault) return Next::kEnd;
    if (work_) {
        work_->reader.received(bytes);
        return advance();
    }
    work_ = worker_.take();
    const std::span<char> room = work_->reader.room();
    if (room.size() < bytes) return out_of_memory();
    std::memcpy(room.data(), first_bytes_.data(), bytes);
    work_->reader.received(bytes);
    return bytes == first_bytes_.size() ? receive() : advance();
}

Connection::Next Connection::writable(const ErrorCode& fault) {
    if (fault || cut_) return interrupted();
    return flush(after_write_);
}

Connection::Next Connection::interrupted() {
    if (cut_ || !socket_.is_open()) return Next::kEnd;
    if (std::exchange(expired_, false)) return timed_out();
    if (phase_ == Phase::kIdle && draining()) return receive();
    return phase_ == Phase::kWriting ? Next::kWrite : Next::kRead;
}

Connection::Next Connection::timed_out() {
    if (phase_ == Phase::kLinger || in_grace_) return Next::kEnd;
    worker_.counters.timeouts.add();
    if (phase_ == Phase::kHead || phase_ == Phase::kBody)
        return refuse({408, "request_timeout", "the request took too long"});
    return Next::kEnd;
}

/// What else has reached this machine, without waiting.
Connection::Next Connection::receive() {
    if (!work_) work_ = worker_.take();
    const std::span<char> room = work_->reader.room();
    if (room.empty()) return out_of_memory();
    ssize_t got = 0;
    do {
        got = ::recv(socket_.native_handle(), room.data(), room.size(), 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        work_->reader.received(static_cast<std::size_t>(got));
        worker_.counters.bytes_in.add(static_cast<std::uint64_t>(got));
    }
    const bool ended = got == 0 || (got < 0 && !would_block(errno));
    if (!ended || !work_->reader.empty()) return advance();  // the end is met again
    return work_->out.empty() ? Next::kEnd : flush(Next::kEnd);
}

Connection::Next Connection::out_of_memory() {
    return refuse({503, "service_unavailable", "no memory for further requests"});
}

Connection::Next Connection::advance() {
    for (;;) {
        switch (work_->reader.step()) {
            case RequestReader::Step::kMore: return want_more();
            case RequestReader::Step::kHead: head_read(); break;
            case RequestReader::Step::kRequest:
                worker_.counters.requests.add();
                phase_ = Phase::kAnswering;
                deadline_ = kNever;
                if (worker_.in_flight < worker_.shared.options.in_flight_max) return Next::kAnswer;
                return busy();
            case RequestReader::Step::kRefused: return refuse(work_->reader.refused());
        }
    }
}

void Connection::head_read() {
    RequestReader& reader = work_->reader;
    reader.request().peer = {peer_, peer_size_};
    std::size_t limit = worker_.shared.handler.body_limit(reader.request());
    if (limit == std::numeric_limits<std::size_t>::max())
        limit = worker_.shared.options.body_bytes_max;
    const HeadFacts& facts = reader.facts();
    const bool asks = facts.expect_continue && facts.http11 && facts.has_body();
    const bool begun = reader.body_begun();
    reader.begin_body(limit);
    if (asks && !begun && reader.refused().status == 0) work_->out.append(kContinue);
}

/// Everything received is answered or is a beginning: what was gathered is written, all at once.
Connection::Next Connection::want_more() {
    if (draining() && work_->reader.empty()) return drained();
    return work_->out.empty() ? wait_to_read() : Next::kGather;
}

Connection::Next Connection::wait_to_read() {
    const WireOptions& options = worker_.shared.options;
    if (!work_ || work_->reader.empty()) {
        if (draining()) return drained();
        release();
        if (phase_ != Phase::kIdle) wait_in(Phase::kIdle, options.idle_timeout);
    } else if (work_->reader.in_body()) {
        if (phase_ != Phase::kBody) wait_in(Phase::kBody, options.body_timeout);
    } else if (phase_ != Phase::kHead) {
        wait_in(Phase::kHead, options.head_timeout);
    }
    return work_ && work_->reader.room().empty() ? out_of_memory() : Next::kRead;
}

/// Nothing is left to answer and the server drains. What had reached this machine before is still
/// looked for, once; then the last answer says that it was the last.
Connection::Next Connection::drained() {
    if (!std::exchange(looked_again_, true)) return receive();
    if (!work_ || work_->out.empty()) {
        if (answered_any_ || in_grace_) return Next::kEnd;
        in_grace_ = true;
        release();
        wait_in(Phase::kIdle, kFreshGrace);
        return Next::kRead;
    }
    if (work_->close_at != std::string::npos) work_->out.insert(work_->close_at, kCloseLine);
    return flush(Next::kLinger);
}

Connection::Next Connection::busy() {
    worker_.counters.refused_busy.add();
    worker_.refuse(503, "service_unavailable", work_->reader.request(), work_->answer);
    return finish_answer();
}

Connection::Next Connection::answered(bool failed) {
    if (cut_) return Next::kEnd;
    if (failed) {
        reset(work_->answer);
        worker_.refuse(500, "internal_error", work_->reader.request(), work_->answer);
        work_->answer.close = true;
    }
    return finish_answer();
}

Connection::Next Connection::finish_answer() {
    Workspace& work = *work_;
    const Request& request = work.reader.request();
    const bool http11 = work.reader.facts().http11;
    const bool close = work.answer.close || !request.keep_alive || (!http11 && draining());
    const Framing framing{.without_body = request.method == Method::kHead,
                          .close = close,
                          .say_keep_alive = !close && !http11,
                          .date = worker_.date()};
    work.close_at = append_answer(work.out, work.answer, framing);
    if (framing.say_keep_alive) work.close_at = std::string::npos;  // said otherwise already
    answered_any_ = true;
    work.source = std::move(work.answer.source);
    reset(work.answer);
    work.reader.consume();
    if (work.source && !framing.without_body)
        return send_source(close ? Next::kLinger : Next::kAdvance);
    work.source.reset();
    if (close) return flush(Next::kLinger);
    if (work.out.size() - work.sent >= worker_.shared.options.pipeline_bytes_max)
        return flush(Next::kAdvance);
    return Next::kAdvance;
}

/// The head and what was answered before leave first.
Connection::Next Connection::send_source(Next after) {
    after_source_ = after;
    work_->source_left = work_->source->size();
    return flush(work_->source_left > 0 ? Next::kPiece : after);
}

Task<bool> Connection::read_piece() {
    phase_ = Phase::kAnswering;
    deadline_ = kNever;
    Workspace& work = *work_;
    try {
        const auto piece = co_await work.source->next();
        if (!piece || piece->empty() || piece->size() > work.source_left) co_return false;
        work.out.append(*piece);
        work.source_left -= piece->size();
    } catch (...) {
        co_return false;  // a defect, or no memory: the contract is not to throw
    }
    co_return true;
}

Connection::Next Connection::piece_read(bool is_good) {
    if (cut_ || !is_good) return Next::kEnd;  // Content-Length says that something is missing
    if (work_->source_left > 0) return flush(Next::kPiece);
    work_->source.reset();
    return flush(after_source_);
}

Connection::Next Connection::refuse(const Refused& why) {
    WireCounters& counters = worker_.counters;
    if (why.status == 413 || why.status == 414 || why.status == 431)
        counters.refused_size.add();
    else if (why.status == 503)
        counters.refused_busy.add();
    else if (why.status == 400)
        counters.refused_head.add();
    Answer& answer = work_->answer;
    reset(answer);
    Request& read = work_->reader.give_up();
    read.peer = {peer_, peer_size_};
    worker_.refuse(why.status, why.code, read, answer);
    const Framing framing{
        .without_body = read.method == Method::kHead, .close = true, .date = worker_.date()};
    append_answer(work_->out, answer, framing);
    return flush(Next::kLinger);
}

Connection::Next Connection::flush(Next after) {
    Workspace* const work = work_.get();
    while (work != nullptr && work->sent < work->out.size()) {
        const ssize_t sent = ::send(socket_.native_handle(), work->out.data() + work->sent,
                                    work->out.size() - work->sent, MSG_NOSIGNAL);
        if (sent >= 0) {
            work->sent += static_cast<std::size_t>(sent);
            worker_.counters.bytes_out.add(static_cast<std::uint64_t>(sent));
        } else if (would_block(errno)) {
            after_write_ = after;
            wait_in(Phase::kWriting, worker_.shared.options.write_timeout);
            return Next::kWrite;
        } else if (errno != EINTR) {
            return Next::kEnd;
        }
    }
    if (work != nullptr) {
        if (work->out.capacity() > kTextKept)
            work->out = {};
        else
            work->out.clear();
        work->sent = 0;
        work->close_at = std::string::npos;
    }
    return after == Next::kRead ? wait_to_read() : after;
}

Connection::Next Connection::linger() {
    release();
    ::shutdown(socket_.native_handle(), SHUT_WR);
    wait_in(Phase::kLinger, draining() ? kDrainLinger : kLingerTime);
    return discard();
}

Connection::Next Connection::discard() {
    char nowhere[4096];
    for (int i = 0; i < kLingerReadsMax; ++i) {
        const ssize_t got = ::recv(socket_.native_handle(), nowhere, sizeof nowhere, 0);
        if (got < 0 && would_block(errno)) return Next::kRead;
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return Next::kEnd;
        lingered_ += static_cast<std::size_t>(got);
        worker_.counters.bytes_in.add(static_cast<std::uint64_t>(got));
        if (lingered_ > kLingerBytesMax) return Next::kEnd;
    }
    return Next::kRead;
}

}  // namespace segurifai::http
