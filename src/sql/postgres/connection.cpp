#include "sql/postgres/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cassert>
#include <cctype>
#include <utility>

#include "sql/postgres/gathering.hpp"
#include "sql/postgres/result_row.hpp"

namespace segurifai::sql::postgres {
namespace asio = boost::asio;

namespace {

using WaitType = asio::posix::descriptor_base::wait_type;
constexpr WaitType kWaitRead = asio::posix::descriptor_base::wait_read;
constexpr WaitType kWaitWrite = asio::posix::descriptor_base::wait_write;

/// COPY changes the protocol under the pipeline, so that it would hang.
bool is_copy(std::string_view sql) noexcept {
    const std::size_t start = std::min(sql.find_first_not_of(" \t\r\n("), sql.size());
    constexpr std::string_view kWord = "copy";
    return sql.size() > start + kWord.size() &&
           std::equal(
               kWord.begin(), kWord.end(), sql.begin() + static_cast<std::ptrdiff_t>(start),
               [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); }) &&
           std::isspace(static_cast<unsigned char>(sql[start + kWord.size()])) != 0;
}

}  // namespace

std::int64_t Request::give_rows(RowSink* sink) const {
    return place > 0 ? deliver_gathered(result.get(), place, sink) : deliver(result.get(), sink);
}

Connection::Connection(IoExecutor executor, std::shared_ptr<const ConnectTarget> target,
                       Limits limits)
    : executor_(executor), target_(std::move(target)), limits_(limits), cache_(limits.statements) {}

Connection::~Connection() {
    release_socket();
}

bool Connection::is_clean() const noexcept {
    return connection_ != nullptr && !is_busy() &&
           PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

bool Connection::is_alive() {
    if (!is_open()) return false;
    if (is_busy() || server_is_there()) return true;
    close();
    return false;
}

/// Asks the socket of an idle connection. Something that came unasked is a notice, or the server's
/// last words before the end.
bool Connection::server_is_there() {
    char byte = 0;
    const ssize_t peeked = recv(PQsocket(connection_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (peeked < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return PQconsumeInput(connection_.get()) == 1 && PQisBusy(connection_.get()) == 0 &&
           PQconsumeInput(connection_.get()) == 1;
}

void Connection::submit(Request& request) {
    assert(executor_.running_in_this_thread());
    request.done = false;
    queue_.push_back(&request);
    schedule_flush();
}

Task<void> Connection::answered(Request& request) {
    if (!request.done) co_await request.waiter.wait();
}

void Connection::schedule_flush() {
    if (flush_scheduled_ || !is_open()) return;
    flush_scheduled_ = true;
    asio::defer(executor_, [self = shared_from_this()] {
        self->flush_scheduled_ = false;
        self->flush_turn();
    });
}

void Connection::flush_turn() {
    if (!is_open() || queue_.empty()) return;
    if (expected_.empty()) {
        if (!server_is_there()) {
            close();  // it went while the connection was idle: nothing is sent into the void
            return;
        }
        progress_ = std::chrono::steady_clock::now();
    }
    const bool hold_points = points_in_flight_ > 0;
    while (is_open()) {
        std::vector<Request*> requests = take_next(hold_points);
        if (requests.empty()) break;
        const bool shares_sync = requests.front()->shares_sync;
        const bool is_read = requests.front()->repeatable;
        send(std::move(requests));
        const bool enough = unsynced_ > 0 && unsynced_ % kSyncEvery == 0;
        if (unsynced_ > 0 && ((enough && is_read) || !shares_sync))
            sync();
        else if (enough)
            ask_for_answers();
    }
    if (!is_open()) return;
    if (unsynced_ > 0) sync();
    push_out();
    wait_for_answers();
}

/// The first of the queue and those that may share its statement; with `hold_points` point reads
/// stay where they are. Nothing when nothing is left to send.
std::vector<Request*> Connection::take_next(bool hold_points) {
    const auto stays = [&](const Request* request) { return hold_points && request->is_point(); };
    const auto found = std::ranges::find_if_not(queue_, stays);
    if (found == queue_.end()) return {};
    Request* const first = *found;
    queue_.erase(found);
    std::vector<Request*> taken{first};
    if (!may_gather(*first)) return taken;
    const auto joins = [&](Request* other) {
        if (taken.size() == kGatheredMax || !may_gather(*other) || !are_alike(*first, *other))
            return false;
        taken.push_back(other);
        return true;
    };
    std::erase_if(queue_, joins);
    return taken;
}

/// False when there is nothing to send: those whose parameters cannot be stored were refused, and
/// the others wait for the next turn, each alone.
bool Connection::fill_parameters(const std::vector<Request*>& requests,
                                 const std::vector<Request*>& places) {
    auto filled =
        places.size() == 1 ? parameters_.fill(places.front()->params) : parameters_.fill(places);
    if (filled) return true;
    if (requests.size() == 1) {
        refuse(*requests.front(), std::move(filled).error());
        return false;
    }
    for (Request* request : requests) {
        request->alone = true;
        queue_.push_back(request);
    }
    return false;
}

void Connection::send(std::vector<Request*> requests) {
    Request& first = *requests.front();
    const std::vector<Request*> places = give_places(requests);
    if (!fill_parameters(requests, places)) return;
    if (is_copy(first.statement.text)) {
        refuse(first, Error{.code = Code::kUnsupported,
                            .message = "COPY does not run as a statement here: use a bulk "
                                       "insert or a query."});
        return;
    }
    for (Request* request : requests) {
        request->aborted = false;
        request->sent = true;
    }
    const bool sent =
        first.prepared
            ? send_prepared(requests, places.size() > 1)
            : PQsendQueryParams(connection_.get(), std::string(first.statement.text).c_str(),
                                parameters_.count(), parameters_.types(), parameters_.values(),
                                parameters_.lengths(), parameters_.formats(), 1) == 1;
    if (first.is_point()) ++points_in_flight_;
    expected_.push_back({Kind::kExecute, std::move(requests)});
    if (sent)
        ++unsynced_;
    else
        lose(true);
}

bool Connection::send_prepared(const std::vector<Request*>& requests, bool gathered) {
    const Request& first = *requests.front();
    const auto* prepared = cache_.find(first.statement, first.params, gathered);
    if (prepared == nullptr) {
        if (const auto name = cache_.evict(); name && !send_silently("DEALLOCATE " + *name))
            return false;
        prepared = &cache_.add(first.statement, first.params, gathered);
        if (PQsendPrepare(connection_.get(), prepared->name.c_str(), prepared->text.c_str(),
                          parameters_.count(), parameters_.types()) == 0)
            return false;
        expected_.push_back({Kind::kPrepare, requests, prepared->serial});
    }
    for (Request* request : requests) request->serial = prepared->serial;
    return PQsendQueryPrepared(connection_.get(), prepared->name.c_str(), parameters_.count(),
                               parameters_.values(), parameters_.lengths(), parameters_.formats(),
                               1) == 1;
}

bool Connection::send_silently(const std::string& sql) {
    if (PQsendQueryParams(connection_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr,
                          1) == 0)
        return false;
    expected_.push_back({Kind::kSilent});
    return true;
}

void Connection::sync() {
    unsynced_ = 0;
    if (PQpipelineSync(connection_.get()) == 0) {
        lose(true);
        return;
    }
    expected_.push_back({Kind::kSync});
}

/// The server keeps its answers until the Sync, or until they are many; by then it may have been
/// silent for so long that it would be taken for one that hangs.
void Connection::ask_for_answers() {
    if (PQsendFlushRequest(connection_.get()) == 0) lose(true);
}

void Connection::push_out() {
    if (!is_open() || writing_) return;
    const int rest = PQflush(connection_.get());
    if (rest < 0) {
        lose(true);
        return;
    }
    if (rest == 0) return;
    writing_ = true;
    descriptor_->async_wait(kWaitWrite, [self = shared_from_this(), generation = generation_](
                                            boost::system::error_code error) {
        if (generation != self->generation_) return;
        self->writing_ = false;
        if (!error) self->push_out();
    });
}

void Connection::wait_for_answers() {
    if (!is_open() || reading_ || expected_.empty()) return;
    reading_ = true;
    descriptor_->async_wait(kWaitRead, [self = shared_from_this(),
                                        generation = generation_](boost::system::error_code error) {
        if (generation != self->generation_) return;
        self->reading_ = false;
        if (error) return;
        if (PQconsumeInput(self->connection_.get()) == 0) {
            self->process();  // what arrived before the end still counts
            if (generation == self->generation_) self->lose(true);
            return;
        }
        self->progress_ = std::chrono::steady_clock::now();
        self->process();
        if (generation != self->generation_) return;
        self->push_out();
        self->wait_for_answers();
    });
}

void Connection::process() {
    int nothing = 0;  // libpq ends each statement's results with a null
    while (!expected_.empty() && nothing < 2 && PQisBusy(connection_.get()) == 0) {
        ResultPtr result(PQgetResult(connection_.get()));
        Expected& front = expected_.front();
        if (!result) {
            if (!front.answered) {
                ++nothing;
                continue;
            }
            const Expected finished = std::move(front);
            expected_.pop_front();
            finish(finished);
            if (!server_leaves_) continue;
            lose(true);
            return;
        }
        nothing = 0;
        if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
            assert(front.kind == Kind::kSync);
            batch_failure_.reset();
            expected_.pop_front();
            continue;
        }
        take(front, std::move(result));
    }
    if (PQstatus(connection_.get()) == CONNECTION_BAD) {
        lose(true);
        return;
    }
    if (points_in_flight_ == 0 && !queue_.empty()) schedule_flush();
    if (!is_busy() && on_idle) on_idle();
}

void Connection::take(Expected& expected, ResultPtr result) {
    expected.answered = true;
    const ExecStatusType status = PQresultStatus(result.get());
    const bool good =
        status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
    if (good) {
        if (expected.kind != Kind::kExecute) return;
        const SharedResult shared(result.release(), FreeLibpq());
        for (Request* request : expected.requests) request->result = shared;
        return;
    }
    if (expected.kind == Kind::kPrepare) cache_.forget(expected.serial);
    if (status == PGRES_PIPELINE_ABORTED) {
        for (Request* request : expected.requests) request->aborted = true;
        return;
    }
    Failure failure = failure_of(result.get(), connection_.get());
    server_leaves_ = failure.error.code == Code::kGone;
    if (!batch_failure_) batch_failure_ = failure;
    for (Request* request : expected.requests)
        if (!request->failure) request->failure = failure;
}

void Connection::finish(const Expected& expected) {
    if (expected.kind != Kind::kExecute) return;
    if (expected.requests.front()->is_point()) --points_in_flight_;
    for (Request* request : expected.requests) finish(*request, expected.requests.size() > 1);
}

void Connection::finish(Request& request, bool gathered) {
    const bool stale = request.failure && request.failure->is_stale_plan();
    const bool gone = request.failure && request.failure->error.code == Code::kGone;
    if (stale) cache_.forget(request.serial);
    const bool again = (stale || gone) && request.repeats < kRepeatsMax;
    // One of those gathered may be at fault: each finds out by itself.
    const bool apart = gathered && request.failure && !again;
    if (request.repeatable && (again || apart || (request.aborted && !request.failure))) {
        if (again) ++request.repeats;
        if (apart) request.alone = true;
        request.failure.reset();
        request.result.reset();
        queue_.push_front(&request);
        schedule_flush();
        return;
    }
    if (request.aborted && !request.failure)
        request.failure = batch_failure_ ? *batch_failure_ : lost_connection();
    complete(request);
}

void Connection::complete(Request& request) {
    request.done = true;
    request.waiter.fire(executor_);
}

void Connection::refuse(Request& request, Error error) {
    request.failure = Failure{std::move(error), ""};
    complete(request);
}

void Connection::close() {
    lose(true);
}

void Connection::abandon() {
    lose(false);
}

void Connection::close_if_stalled(Moment now) {
    if ((!expected_.empty() || copying_) && now - progress_ > limits_.stall) close();
}

void Connection::fail_queue(const Error& error) {
    std::deque<Request*> queue = std::exchange(queue_, {});
    for (Request* request : queue) refuse(*request, error);
}

void Connection::release_socket() noexcept {
    ++generation_;
    if (descriptor_) {
        if (descriptor_->is_open()) descriptor_->release();  // libpq closes it
        descriptor_.reset();
    }
    connection_.reset();
    reading_ = writing_ = false;
    server_leaves_ = false;
    unsynced_ = 0;
    points_in_flight_ = 0;
}

void Connection::lose(bool resume_waiters) {
    release_socket();
    cache_.clear();
    batch_failure_.reset();
    const std::deque<Expected> expected = std::exchange(expected_, {});
    std::deque<Request*> queue = std::exchange(queue_, {});
    std::deque<Request*> again;
    std::vector<std::optional<Waiter::Handler>> dropped;
    for (const Expected& entry : expected) {
        if (entry.kind != Kind::kExecute) continue;
        for (Request* request : entry.requests) {
            if (!resume_waiters) {
                dropped.push_back(request->waiter.drop());
            } else if (request->repeatable && request->repeats < kRepeatsMax) {
                ++request->repeats;
                request->failure.reset();
                request->result.reset();
                again.push_back(request);
            } else {
                request->lost = true;
                if (!request->failure) request->failure = lost_connection();
                complete(*request);
            }
        }
    }
    for (Request* request : queue) {
        if (!resume_waiters) {
            dropped.push_back(request->waiter.drop());
        } else if (request->repeatable) {
            again.push_back(request);
        } else {
            request->lost = true;
            request->failure = lost_connection();
            complete(*request);
        }
    }
    queue_ = std::move(again);
    if (resume_waiters && on_closed) on_closed();
}

}  // namespace segurifai::sql::postgres
