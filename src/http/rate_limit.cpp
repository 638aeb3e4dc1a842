#include "http/rate_limit.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>

#include "http/proxies.hpp"
#include "security/key.hpp"

namespace segurifai::http {

namespace {

constexpr std::uint8_t kAccount = 1;
constexpr std::uint8_t kStranger = 2;
constexpr std::uint8_t kSignIn = 3;
constexpr std::int64_t kMinuteMicros = 60'000'000;

std::int32_t seconds_up(double micros) {
    return micros <= 0 ? 0 : static_cast<std::int32_t>(std::ceil(micros / 1e6));
}

}  // namespace

RateLimiter::RateLimiter(const RateLimits& limits)
    : limits_(limits), shards_(std::make_unique<std::array<Shard, kShards>>()) {
    security::prepare_sodium();
    randombytes_buf(hash_key_.data(), hash_key_.size());
    buckets_.resize(std::bit_ceil(std::max<std::size_t>(limits.buckets, kShards * kWays)));
    sets_ = buckets_.size() / kWays;
}

std::uint64_t RateLimiter::identity_of(std::uint8_t purpose, const void* bytes,
                                       std::size_t size) const noexcept {
    static_assert(crypto_shorthash_BYTES == sizeof(std::uint64_t));
    static_assert(crypto_shorthash_KEYBYTES == sizeof(hash_key_));
    std::array<unsigned char, 65> input;
    size = std::min(size, input.size() - 1);
    input[0] = purpose;
    std::memcpy(input.data() + 1, bytes, size);
    std::array<unsigned char, crypto_shorthash_BYTES> digest;
    crypto_shorthash(digest.data(), input.data(), size + 1, hash_key_.data());
    std::uint64_t identity = 0;
    std::memcpy(&identity, digest.data(), sizeof identity);
    return identity == 0 ? 1 : identity;
}

std::uint64_t RateLimiter::identity_of_address(std::uint8_t purpose,
                                               std::string_view address) const noexcept {
    const std::string network = network_of(address);
    return identity_of(purpose, network.data(), network.size());
}

RateVerdict RateLimiter::take(std::uint64_t identity, std::int32_t per_minute, Instant now) {
    const std::size_t set = (identity >> 8U) & (sets_ - 1);
    Bucket* const first = &buckets_[set * kWays];
    const double full = per_minute;
    const double refill = full / static_cast<double>(kMinuteMicros);  // a microsecond

    const std::scoped_lock lock((*shards_)[set % kShards].mutex);
    Bucket* bucket = first;
    for (std::size_t way = 0; way < kWays; ++way) {
        Bucket& one = first[way];
        if (one.identity == identity) {
            bucket = &one;
            break;
        }
        // Free ones have the oldest time of all.
        if (one.at < bucket->at) bucket = &one;
    }
    if (bucket->identity != identity) *bucket = {identity, now.micros, full};

    const auto passed = static_cast<double>(std::max<std::int64_t>(0, now.micros - bucket->at));
    bucket->tokens = std::min(full, bucket->tokens + passed * refill);
    bucket->at = std::max(bucket->at, now.micros);
    RateVerdict verdict;
    verdict.limit = per_minute;
    verdict.allowed = bucket->tokens >= 1.0;
    if (verdict.allowed)
        bucket->tokens -= 1.0;
    else
        verdict.wait = std::max(1, seconds_up((1.0 - bucket->tokens) / refill));
    verdict.remaining = static_cast<std::int32_t>(bucket->tokens);
    verdict.reset = seconds_up((full - bucket->tokens) / refill);
    return verdict;
}

RateVerdict RateLimiter::count(const Caller& caller, std::string_view address, Instant now) {
    switch (caller.kind) {
        case Kind::kAnonymous:
            return take(identity_of_address(kStranger, address), limits_.anonymous, now);
        case Kind::kMember: break;
        case Kind::kUnit:
            return take(identity_of(kAccount, caller.user_id.bytes.data(), 16), limits_.provider,
                        now);
        case Kind::kStaff:
            return take(identity_of(kAccount, caller.user_id.bytes.data(), 16), limits_.staff, now);
    }
    return take(identity_of(kAccount, caller.user_id.bytes.data(), 16), limits_.member, now);
}

RateVerdict RateLimiter::count_sign_in(std::string_view address, Instant now) {
    return take(identity_of_address(kSignIn, address), limits_.sign_in, now);
}

}  // namespace segurifai::http
