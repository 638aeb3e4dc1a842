#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "http/chunk_decoder.hpp"
#include "http/head_guard.hpp"
#include "http/head_parser.hpp"
#include "http/request.hpp"

namespace segurifai::http {

/// Memory that the readers of one worker may hold together.
struct BufferBudget {
    std::size_t used = 0;
    std::size_t bytes_max = 0;
};

/// Turns the bytes of one connection into requests, one after the other, without a socket. The
/// buffer grows with what has been received, never with what was announced.
class RequestReader {
public:
    enum class Step : std::uint8_t {
        kMore,     ///< wants bytes: room(), received()
        kHead,     ///< the head is here: request(), then begin_body()
        kRequest,  ///< request() is complete: answer it, then consume()
        kRefused,  ///< refused(): nothing that follows can be trusted
    };

    RequestReader(const HeadLimits& limits, BufferBudget& budget);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    /// Where the next bytes go; empty when the worker's memory is used up.
    [[nodiscard]] std::span<char> room();
    void received(std::size_t bytes) noexcept { end_ += bytes; }

    [[nodiscard]] Step step();
    /// After kHead: the most bytes the body may have.
    void begin_body(std::size_t bytes_max) noexcept;
    /// After kRequest: forgets it.
    void consume() noexcept;
    /// Forgets everything and gives back what is large.
    void clear() noexcept;

    [[nodiscard]] Request& request() noexcept { return request_; }
    [[nodiscard]] const HeadFacts& facts() const noexcept { return guard_.facts(); }
    [[nodiscard]] const Refused& refused() const noexcept { return refused_; }
    /// For a request that never becomes one, whatever was received of it: request() with the head,
    /// or with those lines of it that had passed, without a body. It is the end of this reader's
    /// requests until clear().
    Request& give_up();
    /// Nothing of a further request has been received.
    [[nodiscard]] bool empty() const noexcept { return phase_ == Phase::kHead && at_ == end_; }
    [[nodiscard]] bool in_body() const noexcept { return phase_ == Phase::kBody; }
    /// Something of the body has been received.
    [[nodiscard]] bool body_begun() const noexcept { return end_ > at_ + guard_.facts().size; }

private:
    enum class Phase : std::uint8_t { kHead, kHeadRead, kBody, kDone };

    Step head_step();
    Step body_step();
    Step refuse(const Refused& why) noexcept;
    /// Fills request_ from where the head is now.
    bool parse();
    bool grow();

    BufferBudget& budget_;
    HeadGuard guard_;
    HeadParser parser_;
    ChunkDecoder chunks_;
    Request request_;
    Refused refused_;
    std::string passed_;  ///< what give_up() could read of a head
    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t at_ = 0;         ///< where the request begins
    std::size_t end_ = 0;        ///< of what was received
    std::size_t next_ = 0;       ///< where the following request begins
    std::size_t body_size_ = 0;  ///< decoded so far, after the head
    Phase phase_ = Phase::kHead;
    bool moved_ = false;  ///< since request_ was filled
};

}  // namespace segurifai::http
