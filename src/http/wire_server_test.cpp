// The server over real sockets on loopback.
#include "http/wire_server.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>

#include <fcntl.h>
#include <condition_variable>
#include <filesystem>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include "http/wire_case.hpp"
#include "http/wire_client.hpp"

namespace segurifai::http {
namespace {

using Executor = boost::asio::io_context::executor_type;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr std::string_view kGet = "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kHeld = "GET /held HTTP/1.1\r\nHost: a\r\n\r\n";

constexpr std::size_t kPieceBytes = 100'000;

/// Pieces of one letter each: "aaa…", "bbb…". After `good` of them it fails.
class Letters final : public BodySource {
public:
    Letters(std::size_t pieces, std::size_t good) : pieces_(pieces), good_(good) {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return pieces_ * kPieceBytes; }
    [[nodiscard]] Task<Result<std::string>> next() override {
        if (given_ == good_) co_return fail(Code::kCorrupt, "The disk is damaged.");
        co_return std::string(kPieceBytes, static_cast<char>('a' + given_++ % 26));
    }

private:
    std::size_t pieces_;
    std::size_t good_;
    std::size_t given_ = 0;
};

/// Answers with what was asked. "/held" waits until release().
class Echo final : public RequestHandler {
public:
    Task<void> answer(const Request& request, Answer& answer) override {
        if (request.path == "/held") co_await hold();
        if (request.path == "/throw") throw std::runtime_error("a defect");
        if (request.path == "/large") {
            answer.body.assign(4'000'000, 'x');
            co_return;
        }
        if (request.path == "/pieces") {
            answer.source = std::make_unique<Letters>(40, 40);
            co_return;
        }
        if (request.path == "/torn") {
            answer.source = std::make_unique<Letters>(3, 2);
            co_return;
        }
        answer.body.append(request.method_text).append(" ").append(request.target);
        answer.body.append(" ").append(request.body);
        if (request.path == "/peer") answer.body = request.peer;
        if (request.path == "/none") answer.status = 204;
    }
    std::size_t body_limit(const Request& head) const noexcept override {
        return head.path == "/small" ? 10 : std::numeric_limits<std::size_t>::max();
    }
    /// Says what is known of the request.
    void refuse(int status, std::string_view code, const Request& read,
                Answer& answer) noexcept override {
        answer.status = status;
        answer.body.append(code).append(" ").append(read.target).append(" ");
        answer.body.append(read.header(Header::kAcceptLanguage).value_or("-"));
        answer.body.append(" ").append(read.peer);
    }

    void wait_for_held(std::size_t count) {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10),
                                      [&] { return waiting_.size() >= count; }));
    }
    void release() {
        const std::lock_guard lock(mutex_);
        for (const auto& timer : waiting_)
            boost::asio::post(timer->get_executor(), [timer] { timer->cancel(); });
        waiting_.clear();
    }

    /// The timers belong to the server's contexts.
    void forget() {
        const std::lock_guard lock(mutex_);
        waiting_.clear();
    }

private:
    Task<void> hold() {
        auto timer = std::make_shared<Timer>(co_await boost::asio::this_coro::executor);
        timer->expires_at(std::chrono::steady_clock::time_point::max());
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(timer);
        }
        changed_.notify_all();
        boost::system::error_code cancelled;
        constexpr boost::asio::use_awaitable_t<Executor> await{};
        co_await timer->async_wait(boost::asio::redirect_error(await, cancelled));
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::shared_ptr<Timer>> waiting_;
};

class WireServerTest : public testing::Test {
protected:
    WireServerTest() {
        options_.port = 0;
        options_.workers = 2;
    }
    ~WireServerTest() override { stop(); }

    void start() {
        auto bound = WireServer::bind(options_, echo_);
        ASSERT_TRUE(bound) << describe(bound.error());
        server_ = *std::move(bound);
        thread_ = std::thread([this] { server_->run(); });
    }
    void stop() {
        if (!thread_.joinable()) return;
        server_->stop();
        echo_.release();
        thread_.join();
    }
    Client client() { return Client(server_->port()); }
    template <class F>
    bool eventually(const F& happens) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!happens())
            if (std::chrono::steady_clock::now() > end)
                return false;
            else
                std::this_thread::yield();
        return true;
    }

    WireOptions options_;
    Echo echo_;
    std::unique_ptr<WireServer> server_;
    std::thread thread_;
};

TEST_F(WireServerTest, AnswersWithTheHeadersEveryAnswerHas) {
    start();
    Client one = client();
    one.send("POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
    const std::string answer = one.answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer;
    EXPECT_NE(answer.find("\r\nX-Content-Type-Options: nosniff\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\nContent-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Server:"), std::string::npos);
    EXPECT_EQ(answer.find("Connection:"), std::string::npos);
    EXPECT_EQ(body_of(answer), "POST /a?b {}");
    one.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(one.answer(true).find("Content-Length: 8\r\n"), std::string::npos);
    EXPECT_EQ(status_of(one.answer()), 204);
    one.send("GET /peer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string last = one.answer();
    EXPECT_EQ(body_of(last), "127.0.0.1");
    EXPECT_NE(last.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(one.closed());
    EXPECT_EQ(server_->stats().requests, 4U);
}

TEST_F(WireServerTest, Http10ClosesUnlessAskedNotTo) {
    start();
    Client one = client();
    one.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(one.answer().find("\r\nConnection: keep-alive\r\n"), std::string::npos);
    one.send("GET /a HTTP/1.0\r\n\r\n");
    EXPECT_NE(one.answer().find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_TRUE(one.closed());
}

TEST_F(WireServerTest, EveryRefusedHeadIsAnsweredAndItsConnectionCloses) {
    start();
    std::uint64_t refused = 0;
    for (const WireCase& one : head_cases()) {
        Client peer = client();
        peer.send(one.request);
        const std::string answer = peer.answer();
        EXPECT_EQ(status_of(answer), one.status) << one.name;
        if (one.status == 200) continue;
        ++refused;
        EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << one.name;
        EXPECT_TRUE(peer.closed()) << one.name;
    }
    const WireStats stats = server_->stats();
    EXPECT_EQ(stats.refused_head + stats.refused_size, refused);
}

TEST_F(WireServerTest, EveryBodyInChunksIsReadOrRefused) {
    start();
    for (const WireCase& one : chunk_cases()) {
        if (one.name.ends_with("over_limit")) continue;  // the limit here is another
        Client peer = client();
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + one.request);
        EXPECT_EQ(status_of(peer.answer()), one.status) << one.name;
    }
}

TEST_F(WireServerTest, FiftyPipelinedRequestsAreAnsweredInOrder) {
    start();
    Client one = client();
    std::string all;
    for (int i = 0; i < 50; ++i)
        all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    one.send(all);
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(body_of(one.answer()), "GET /" + std::to_string(i) + " ");
}

TEST_F(WireServerTest, ABodyMayComeByteByByte) {
    start();
    Client one = client();
    const std::string text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n";
    one.send(text);
    for (int i = 0; i < 300; ++i) one.send("b");
    EXPECT_EQ(body_of(one.answer()), "POST / " + std::string(300, 'b'));
}

TEST_F(WireServerTest, AnswersLargerThanTheSocketBuffersArrive) {
    options_.pipeline_bytes_max = 1'000;
    start();
    Client one = client();
    one.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(body_of(one.answer()).size(), 4'000'000U);
    EXPECT_EQ(body_of(one.answer()).size(), 4'000'000U);
}

TEST_F(WireServerTest, ABodyThatIsReadWhileItIsSentArrivesWholeAndInItsPlace) {
    start();
    Client one = client();
    const std::string asked = "GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n";
    one.send(std::string(kGet) + asked + std::string(kGet) + asked);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(body_of(one.answer()), "GET /plain ");
        const std::string body(body_of(one.answer()));
        ASSERT_EQ(body.size(), 40 * kPieceBytes);
        EXPECT_EQ(body[kPieceBytes - 1], 'a');
        EXPECT_EQ(body[kPieceBytes], 'b');
        EXPECT_EQ(body.back(), 'a' + 39 % 26);
    }
    one.send("HEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(one.answer(true).find("Content-Length: 4000000\r\n"), std::string::npos);
    one.send("GET /pieces HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(body_of(one.answer()).size(), 40 * kPieceBytes);
    EXPECT_TRUE(one.closed());
}

TEST_F(WireServerTest, ABodyThatCannotBeReadToItsEndIsCutShortAndNotFilledUp) {
    start();
    Client one = client();
    one.send("GET /torn HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string got = one.rest();
    EXPECT_NE(got.find("Content-Length: 300000\r\n"), std::string::npos);
    EXPECT_EQ(body_of(got).size(), 2 * kPieceBytes);
    EXPECT_EQ(body_of(got).back(), 'b');
}

TEST_F(WireServerTest, APeerThatDoesNotReadAllPiecesIsCutOff) {
    options_.write_timeout = std::chrono::milliseconds(40);
    start();
    Client one = client();
    for (int i = 0; i < 8; ++i) one.send("GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return server_->stats().timeouts == 1; }));
    EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
}

TEST_F(WireServerTest, ABodyOverItsLimitIsRefusedBeforeItIsRead) {
    start();
    Client small = client();
    small.send(
        "POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        "Content-Length: 11\r\n\r\n");
    EXPECT_EQ(status_of(small.answer()), 413);
    Client large = client();
    large.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n" +
               std::string(1'000'001, 'x'));
    EXPECT_EQ(status_of(large.answer()), 413);
    EXPECT_EQ(server_->stats().refused_size, 2U);
}

TEST_F(WireServerTest, WhoExpectsToContinueIsToldTo) {
    start();
    Client one = client();
    one.send(
        "POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        "Content-Length: 2\r\n\r\n");
    EXPECT_EQ(one.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    one.send("ab");
    EXPECT_EQ(body_of(one.answer()), "POST /small ab");
}

TEST_F(WireServerTest, SlowHeadsAndBodiesGet408AndIdleConnectionsClose) {
    options_.head_timeout = options_.body_timeout = std::chrono::milliseconds(40);
    options_.idle_timeout = std::chrono::milliseconds(80);
    start();
    Client head = client();
    Client body = client();
    Client idle = client();
    head.send("GET / HTTP/1.1\r\n");
    body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    EXPECT_EQ(status_of(head.answer()), 408);
    EXPECT_EQ(status_of(body.answer()), 408);
    EXPECT_TRUE(idle.closed());
    EXPECT_TRUE(head.closed());
    EXPECT_EQ(server_->stats().timeouts, 3U);
}

TEST_F(WireServerTest, ARefusalKnowsWhatWasReadAndWhomItIsFor) {
    options_.head_timeout = options_.body_timeout = std::chrono::milliseconds(40);
    start();
    const std::string head = "POST /a HTTP/1.1\r\nHost: a\r\nAccept-Language: en\r\n";
    const std::pair<std::string, std::string_view> cases[] = {
        {head + "A : b\r\n\r\n", "parse_error /a en 127.0.0.1"},
        {head + "\r\n" + "GET / HTTP/2.0\r\n", "parse_error  - 127.0.0.1"},
        {head + "Content-Length: 1000001\r\n\r\n", "payload_too_large /a en 127.0.0.1"},
        {head, "request_timeout /a en 127.0.0.1"},
        {head + "Content-Length: 3\r\n\r\nab", "request_timeout /a en 127.0.0.1"},
        {"GET /" + std::string(9'000, 'a'), "target_too_long  - 127.0.0.1"},
    };
    for (const auto& [request, known] : cases) {
        Client one = client();
        one.send(request);
        std::string answer = one.answer();
        if (status_of(answer) == 200) answer = one.answer();
        EXPECT_EQ(body_of(answer), known);
    }
    Client head_only = client();
    head_only.send("HEAD /a HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n");
    EXPECT_EQ(status_of(head_only.answer(true)), 400);
    EXPECT_TRUE(head_only.closed());  // with nothing left to read: no body
}

TEST_F(WireServerTest, APeerThatDoesNotReadIsCutOff) {
    options_.write_timeout = std::chrono::milliseconds(40);
    start();
    Client one = client();
    for (int i = 0; i < 8; ++i) one.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return server_->stats().timeouts == 1; }));
    EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
}

TEST_F(WireServerTest, AHalfClosedPeerStillReadsItsAnswer) {
    start();
    Client one = client();
    one.send(kGet);
    one.end_sending();
    EXPECT_EQ(status_of(one.answer()), 200);
    EXPECT_TRUE(one.closed());
    Client half = client();
    half.send("GET / HT");
    half.end_sending();
    EXPECT_TRUE(half.closed());
}

TEST_F(WireServerTest, AHandlerThatWaitsHoldsNobodyElseUp) {
    options_.workers = 1;
    start();
    Client held = client();
    held.send(kHeld);
    echo_.wait_for_held(1);
    Client other = client();
    other.send(kGet);
    EXPECT_EQ(status_of(other.answer()), 200);
    echo_.release();
    EXPECT_EQ(status_of(held.answer()), 200);
}

TEST_F(WireServerTest, ADefectOfAHandlerIs500AndTheServerGoesOn) {
    start();
    Client one = client();
    one.send("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(one.answer()), 500);
    EXPECT_TRUE(one.closed());
    Client two = client();
    two.send(kGet);
    EXPECT_EQ(status_of(two.answer()), 200);
}

TEST_F(WireServerTest, MoreInFlightThanTheLimitGets503WithRetryAfter) {
    options_.workers = 1;
    options_.in_flight_max = 2;
    start();
    Client first = client();
    Client second = client();
    first.send(kHeld);
    second.send(kHeld);
    echo_.wait_for_held(2);
    Client third = client();
    third.send(kGet);
    const std::string answer = third.answer();
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_NE(answer.find("\r\nRetry-After: 1\r\n"), std::string::npos);
    EXPECT_EQ(server_->stats().refused_busy, 1U);
    echo_.release();
    EXPECT_EQ(status_of(first.answer()), 200);
    third.send(kGet);
    EXPECT_EQ(status_of(third.answer()), 200);
}

TEST_F(WireServerTest, MoreConnectionsThanTheLimitGet503) {
    options_.connections_max = 1;
    start();
    Client first = client();
    first.send(kGet);
    EXPECT_EQ(status_of(first.answer()), 200);
    Client second = client();
    const std::string answer = second.answer();
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_EQ(body_of(answer), "service_unavailable  - 127.0.0.1");
    EXPECT_NE(answer.find("\r\nRetry-After: 1\r\n"), std::string::npos);
    EXPECT_TRUE(second.closed());
    EXPECT_EQ(server_->stats().connections_refused, 1U);
}

TEST_F(WireServerTest, TwoThousandConnectionsAreServedTogether) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8'192);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
    start();
    std::vector<Client> peers;
    for (int i = 0; i < 2'000; ++i) peers.push_back(client());
    for (int round = 0; round < 2; ++round) {
        for (Client& peer : peers) peer.send(kGet);
        for (Client& peer : peers) ASSERT_EQ(status_of(peer.answer()), 200);
    }
    EXPECT_EQ(server_->stats().connections_open, 2'000U);
    peers.clear();
    EXPECT_TRUE(eventually([&] { return server_->stats().connections_open == 0; }));
    EXPECT_EQ(server_->take_connections_most(), 2'000U);
    EXPECT_TRUE(eventually([&] { return server_->take_connections_most() == 0; }));
}

TEST_F(WireServerTest, ADrainAnswersWhatIsInFlightAndWhatHadArrived) {
    start();
    Client idle = client();
    idle.send(kGet);
    EXPECT_EQ(status_of(idle.answer()), 200);
    std::vector<Client> peers;
    for (int i = 0; i < 200; ++i) {
        peers.push_back(client());
        peers.back().send(std::string(kHeld) + std::string(kGet));
    }
    echo_.wait_for_held(200);
    server_->stop();
    EXPECT_TRUE(idle.closed());
    EXPECT_TRUE(server_->draining());
    echo_.release();
    for (Client& peer : peers) {
        EXPECT_EQ(status_of(peer.answer()), 200);
        const std::string last = peer.answer();
        EXPECT_EQ(status_of(last), 200);
        EXPECT_NE(last.find("\r\nConnection: close\r\n"), std::string::npos);
        EXPECT_TRUE(peer.closed());
    }
    thread_.join();
    EXPECT_FALSE(client().connected());
    EXPECT_EQ(server_->stats().cut, 0U);
}

TEST_F(WireServerTest, ADrainHasAnEnd) {
    options_.drain_timeout = std::chrono::milliseconds(50);
    start();
    Client held = client();
    held.send(kHeld);
    echo_.wait_for_held(1);
    server_->stop();
    thread_.join();  // though the handler never answers
    EXPECT_EQ(server_->stats().cut, 1U);
    echo_.forget();   // what handlers wait for goes first,
    server_.reset();  // then what the server held
    EXPECT_TRUE(held.closed());
}

TEST_F(WireServerTest, ServingGoesOnWhenDescriptorsRanOut) {
    start();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    Client waiting = client();
    waiting.send(kGet);
    EXPECT_EQ(status_of(waiting.answer()), 200);
    rlimit none = before;
    // A client's socket is opened first; the one accepted for it has no descriptor left.
    const int spare = ::open("/dev/null", O_RDONLY);
    none.rlim_cur = static_cast<rlim_t>(spare) + 1;
    ::close(spare);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    Client late = client();
    EXPECT_TRUE(eventually([&] { return server_->stats().accept_pauses > 0; }));
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    late.send(kGet);
    EXPECT_EQ(status_of(late.answer()), 200);
}

TEST_F(WireServerTest, BindSaysWhyItCannot) {
    start();
    WireOptions taken = options_;
    taken.port = server_->port();
    EXPECT_EQ(WireServer::bind(taken, echo_).error().code, Code::kConflict);
    WireOptions wrong = options_;
    wrong.address = "nowhere";
    EXPECT_EQ(WireServer::bind(wrong, echo_).error().code, Code::kInvalid);
    wrong.address = "192.0.2.1";
    EXPECT_EQ(WireServer::bind(wrong, echo_).error().code, Code::kInvalid);
    wrong = options_;
    wrong.in_flight_max = 0;
    EXPECT_EQ(WireServer::bind(wrong, echo_).error().code, Code::kInvalid);
}

TEST_F(WireServerTest, Ipv6IsServed) {
    options_.address = "::1";
    start();
    EXPECT_GT(server_->port(), 0);
}

}  // namespace
}  // namespace segurifai::http
