#include "http/request_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace segurifai::http {
namespace {

constexpr std::size_t kCapacityFirst = 8'192;
constexpr std::size_t kCapacityKept = 65'536;
constexpr std::size_t kRoomMin = 1024;  // less is not worth a system call

}  // namespace

RequestReader::RequestReader(const HeadLimits& limits, BufferBudget& budget)
    : budget_(budget), guard_(limits) {}

RequestReader::~RequestReader() {
    budget_.used -= capacity_;
}

std::span<char> RequestReader::room() {
    if (at_ == end_) at_ = end_ = 0;
    if (capacity_ - end_ < kRoomMin && at_ > 0) {
        std::memmove(data_.get(), data_.get() + at_, end_ - at_);
        end_ -= at_;
        at_ = 0;
        moved_ = true;
    }
    if (capacity_ - end_ < kRoomMin && !grow()) return {};
    return {data_.get() + end_, capacity_ - end_};
}

bool RequestReader::grow() {
    const std::size_t capacity = capacity_ == 0 ? kCapacityFirst : capacity_ * 2;
    if (budget_.used + (capacity - capacity_) > budget_.bytes_max) return false;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ > at_) std::memcpy(larger.get(), data_.get() + at_, end_ - at_);
    end_ -= at_;
    at_ = 0;
    moved_ = true;
    data_ = std::move(larger);
    budget_.used += capacity - capacity_;
    capacity_ = capacity;
    return true;
}

void RequestReader::clear() noexcept {
    guard_.reset();
    refused_ = {};
    passed_ = {};
    phase_ = Phase::kHead;
    at_ = end_ = 0;
    if (capacity_ > kCapacityKept) {
        data_.reset();
        budget_.used -= std::exchange(capacity_, 0);
    }
}

RequestReader::Step RequestReader::refuse(const Refused& why) noexcept {
    refused_ = why;
    return Step::kRefused;
}

bool RequestReader::parse() {
    const std::string_view head(data_.get() + at_, guard_.facts().size);
    moved_ = false;
    refused_ = parser_.read(head, guard_.facts(), request_);
    return refused_.status == 0;
}

RequestReader::Step RequestReader::step() {
    if (refused_.status != 0) return Step::kRefused;
    switch (phase_) {
        case Phase::kHead: return head_step();
        case Phase::kHeadRead: return Step::kHead;
        case Phase::kBody: return body_step();
        case Phase::kDone: break;
    }
    return Step::kRequest;
}

RequestReader::Step RequestReader::head_step() {
    if (at_ == end_) return Step::kMore;
    switch (guard_.scan({data_.get() + at_, end_ - at_})) {
        case HeadGuard::State::kMore: return Step::kMore;
        case HeadGuard::State::kRefused: return refuse(guard_.refused());
        case HeadGuard::State::kComplete: break;
    }
    if (!parse()) return Step::kRefused;
    request_.body = {};
    phase_ = Phase::kHeadRead;
    return Step::kHead;
}

void RequestReader::begin_body(std::size_t bytes_max) noexcept {
    const HeadFacts& facts = guard_.facts();
    body_size_ = 0;
    next_ = at_ + facts.size;
    phase_ = facts.has_body() ? Phase::kBody : Phase::kDone;
    if (facts.chunked)
        chunks_.reset(bytes_max);
    else if (facts.length > bytes_max)
        refused_ = kBodyTooLarge;
}

RequestReader::Step RequestReader::body_step() {
    const HeadFacts& facts = guard_.facts();
    const std::size_t body_at = at_ + facts.size;
    if (facts.chunked) {
        // What was decoded lies after the head; raw bytes received since lie after that.
        char* const raw = data_.get() + body_at + body_size_;
        const std::size_t raw_size = end_ - body_at - body_size_;
        const ChunkDecoder::Step step = chunks_.decode(raw, raw_size, raw);
        body_size_ += step.produced;
        if (step.state == ChunkDecoder::State::kRefused) return refuse(chunks_.refused());
        if (step.state == ChunkDecoder::State::kMore) {
            end_ = body_at + body_size_;
            return Step::kMore;
        }
        next_ = body_at + body_size_ - step.produced + step.consumed;
    } else {
        if (end_ - body_at < facts.length) return Step::kMore;
        body_size_ = static_cast<std::size_t>(facts.length);
        next_ = body_at + body_size_;
    }
    if (moved_ && !parse()) return Step::kRefused;
    request_.body = {data_.get() + body_at, body_size_};
    phase_ = Phase::kDone;
    return Step::kRequest;
}

Request& RequestReader::give_up() {
    const bool whole = phase_ != Phase::kHead;
    // Before that, request_ is the one that was answered last, or holds what the parser refused.
    if (!whole) request_ = Request{.peer = request_.peer};
    const std::size_t size = whole ? guard_.facts().size : guard_.passed();
    if (size != 0 && (!whole || moved_)) {
        passed_.assign(data_.get() + at_, size);
        if (!whole) passed_.append("\r\n");
        // What the parser refuses as well is read up to there.
        (void)parser_.read(passed_, guard_.facts(), request_);
    }
    // Proxies write themselves at the end of a head, which may be what was not read.
    if (!whole) request_.headers[static_cast<std::size_t>(Header::kForwardedFor)].reset();
    request_.body = {};
    return request_;
}

void RequestReader::consume() noexcept {
    at_ = next_;
    guard_.reset();
    phase_ = Phase::kHead;
}

}  // namespace segurifai::http
