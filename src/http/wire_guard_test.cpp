// What HeadGuard, HeadParser, ChunkDecoder and RequestReader say to bytes, without a socket.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "http/request_reader.hpp"
#include "http/wire_case.hpp"

namespace segurifai::http {
namespace {

constexpr std::size_t kBodyMax = 1'024;

struct Read {
    int status = 0;  ///< 200 = a request, 0 = wants more
    std::string target;
    std::string body;
    bool left_over = false;
};

/// Feeds `text` in pieces of `piece` bytes until something is decided.
Read feed(std::string_view text, std::size_t piece) {
    BufferBudget budget{.bytes_max = std::numeric_limits<std::size_t>::max()};
    RequestReader reader(HeadLimits{}, budget);
    Read read;
    while (read.status == 0) {
        switch (reader.step()) {
            case RequestReader::Step::kHead: reader.begin_body(kBodyMax); break;
            case RequestReader::Step::kRefused: read.status = reader.refused().status; break;
            case RequestReader::Step::kRequest:
                read = {200, std::string(reader.request().target),
                        std::string(reader.request().body), false};
                reader.consume();
                read.left_over = !reader.empty() || !text.empty();
                break;
            case RequestReader::Step::kMore: {
                if (text.empty()) return read;
                const std::span<char> room = reader.room();
                const std::size_t size = std::min({piece, room.size(), text.size()});
                text.copy(room.data(), size);
                reader.received(size);
                text.remove_prefix(size);
                break;
            }
        }
    }
    return read;
}

TEST(HeadGuard, EveryCaseIsReadTheSameInOnePieceAndByteByByte) {
    for (const WireCase& one : head_cases()) {
        const Read whole = feed(one.request, one.request.size());
        EXPECT_EQ(whole.status, one.status) << one.name;
        EXPECT_FALSE(whole.left_over) << one.name;
        const Read bytes = feed(one.request, 1);
        EXPECT_EQ(bytes.status, one.status) << one.name << " byte by byte";
        EXPECT_EQ(bytes.body, whole.body) << one.name;
        EXPECT_EQ(bytes.target, whole.target) << one.name;
    }
}

TEST(ChunkDecoder, EveryCaseIsReadTheSameInOnePieceAndByteByByte) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const WireCase& one : chunk_cases()) {
        const Read whole = feed(head + one.request, head.size() + one.request.size());
        EXPECT_EQ(whole.status, one.status) << one.name;
        const Read bytes = feed(head + one.request, 1);
        EXPECT_EQ(bytes.status, one.status) << one.name << " byte by byte";
        EXPECT_EQ(bytes.body, whole.body) << one.name;
        EXPECT_FALSE(whole.left_over) << one.name;
    }
}

TEST(ChunkDecoder, TheExtensionsOfOneBodyTogetherHaveALimit) {
    std::string text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 65; ++i) text += "1;" + std::string(256, 'a') + "\r\nx\r\n";
    EXPECT_EQ(feed(text, text.size()).status, 400);
}

TEST(RequestReader, AnAbsoluteTargetBecomesAPath) {
    EXPECT_EQ(feed("GET HTTP://a.gt/b?c HTTP/1.1\r\nHost: A.gt\r\n\r\n", 100).target, "/b?c");
}

TEST(RequestReader, PartsOfTheTargetAndTheKnownHeadersAreFound) {
    BufferBudget budget{.bytes_max = 1 << 20};
    RequestReader reader(HeadLimits{}, budget);
    const std::string_view text =
        "PATCH /a/?b=1?2 HTTP/1.1\r\nhost: a\r\nX-Forwarded-For:  1.1.1.1\t\r\nCookie: a=1\r\n"
        "x-forwarded-for: 2.2.2.2\r\nCOOKIE: b=2\r\nContent-Length: 2\r\n\r\n{}GET";
    text.copy(reader.room().data(), text.size());
    reader.received(text.size());
    ASSERT_EQ(reader.step(), RequestReader::Step::kHead);
    reader.begin_body(2);
    ASSERT_EQ(reader.step(), RequestReader::Step::kRequest);
    const Request& request = reader.request();
    EXPECT_EQ(request.method, Method::kPatch);
    EXPECT_EQ(request.path, "/a/");
    EXPECT_EQ(request.query, "b=1?2");
    EXPECT_EQ(request.body, "{}");
    EXPECT_EQ(request.header(Header::kHost), "a");
    EXPECT_EQ(request.header(Header::kForwardedFor), "1.1.1.1, 2.2.2.2");
    EXPECT_EQ(request.header(Header::kCookie), "a=1; b=2");
    EXPECT_EQ(request.header(Header::kAccept), std::nullopt);
    reader.consume();
    EXPECT_FALSE(reader.empty());
    EXPECT_EQ(reader.step(), RequestReader::Step::kMore);
}

TEST(RequestReader, ABodyThatMovesTheBufferKeepsItsHead) {
    const std::string body(900, 'b');
    const std::string text = "POST /" + std::string(7'500, 'p') +
                             " HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n" + body;
    const Read read = feed(text, 100);
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.target.size(), 7'501U);
    EXPECT_EQ(read.body, body);
}

/// What is known of the last request of `text`, which is refused or not whole: its target and
/// language, with "-" for what is not known.
std::string known_of(std::string_view text, std::size_t piece) {
    BufferBudget budget{.bytes_max = std::numeric_limits<std::size_t>::max()};
    RequestReader reader(HeadLimits{}, budget);
    for (;;) {
        const RequestReader::Step step = reader.step();
        if (step == RequestReader::Step::kHead) reader.begin_body(kBodyMax);
        if (step == RequestReader::Step::kRequest) reader.consume();
        if (step == RequestReader::Step::kRefused) break;
        if (step != RequestReader::Step::kMore) continue;
        if (text.empty()) break;
        const std::span<char> room = reader.room();
        const std::size_t size = std::min({piece, room.size(), text.size()});
        text.copy(room.data(), size);
        reader.received(size);
        text.remove_prefix(size);
    }
    const Request& known = reader.give_up();
    EXPECT_EQ(known.body, "");
    const std::string target(known.target.empty() ? "-" : known.target);
    return target + " " + std::string(known.header(Header::kAcceptLanguage).value_or("-"));
}

TEST(RequestReader, WhatNeverBecomesARequestIsKnownUpToWhatWasWrong) {
    const std::string host = "Host: a\r\n";
    const std::string english = "Accept-Language: en\r\n";
    const std::string before = "GET /before HTTP/1.1\r\n" + host + english + "\r\n";
    const std::string post = "POST /a HTTP/1.1\r\n" + host;
    const std::string length = post + english + "Content-Length: 1024\r\n\r\n";
    const std::string chunked = post + english + "Transfer-Encoding: chunked\r\n\r\n";
    struct Case {
        std::string_view name;
        std::string text;
        std::string_view known;
    };
    const Case cases[] = {
        {"nothing was sent", "", "- -"},
        {"a first line that is none", "GET /\r\n" + english + "\r\n", "- -"},
        {"half a first line after a request", before + "GET /a", "- -"},
        {"half a head after a request", before + "GET /a HTTP/1.1\r\n" + host, "/a -"},
        {"half a head", post + english + "A: ", "/a en"},
        {"half a line", post + "Accept-Language: en", "/a -"},
        {"a bad line behind it", post + english + "A : b\r\n\r\n", "/a en"},
        {"a bad line before it", post + "A : b\r\n" + english + "\r\n", "/a -"},
        {"no Host", "GET /a HTTP/1.1\r\n" + english + "\r\n", "/a en"},
        {"what the parser refuses", post + english + "Origin: a\r\nOrigin: b\r\n\r\n", "/a en"},
        {"a head too large", post + english + "A: " + std::string(16'384, 'a'), "/a en"},
        {"half a body", length + std::string(1'000, 'b'), "/a en"},
        {"a body too large", post + english + "Content-Length: 1025\r\n\r\n", "/a en"},
        {"chunks too large",
         chunked + "3fe\r\n" + std::string(1'022, 'b') + "\r\n3\r\nabc\r\n0\r\n\r\n", "/a en"},
        {"a bad chunk", chunked + "3\r\nabcd", "/a en"},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(known_of(one.text, one.text.size()), one.known) << one.name;
        EXPECT_EQ(known_of(one.text, 1), one.known) << one.name << ", byte by byte";
    }
    // The buffer has moved since the head was read.
    const std::string grown = "A: " + std::string(7'000, 'a') + "\r\n";
    EXPECT_EQ(known_of("POST /a HTTP/1.1\r\n" + host + english + grown +
                           "Content-Length: 1024\r\n\r\n" + std::string(1'000, 'b'),
                       100),
              "/a en");
}

TEST(RequestReader, TheMemoryOfAWorkerHasALimit) {
    BufferBudget budget{.bytes_max = 8 * 1024};
    RequestReader first(HeadLimits{}, budget);
    RequestReader second(HeadLimits{}, budget);
    EXPECT_FALSE(first.room().empty());
    EXPECT_TRUE(second.room().empty());
}

TEST(RequestReader, PersistenceFollowsVersionAndConnection) {
    struct Case {
        std::string_view head;
        bool persistent;
    };
    const Case cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false},
    };
    for (const Case& one : cases) {
        HeadGuard guard{HeadLimits{}};
        ASSERT_EQ(guard.scan(one.head), HeadGuard::State::kComplete) << one.head;
        EXPECT_EQ(guard.facts().persistent(), one.persistent) << one.head;
    }
}

}  // namespace
}  // namespace segurifai::http
