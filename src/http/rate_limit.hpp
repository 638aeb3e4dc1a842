#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "http/caller.hpp"

/// How often somebody may call (API §1.7). Token buckets: a bucket holds a minute's worth and
/// refills evenly, so a pause earns calls and a burst spends them.
namespace segurifai::http {

struct RateLimits {
    bool enabled = true;         ///< off for measurements
    std::int32_t staff = 1'000;  ///< a minute
    std::int32_t provider = 300;
    std::int32_t member = 100;
    std::int32_t anonymous = 30;  ///< by address; IPv6 by its /64
    std::int32_t sign_in = 10;    ///< by address, besides the others
    /// Buckets remembered in all, a power of two from 64. When more identities call at once, those
    /// that called longest ago are forgotten: their next call finds a full bucket.
    std::size_t buckets = 65'536;
};

/// What a bucket says of one call.
struct RateVerdict {
    bool allowed = true;
    std::int32_t limit = 0;      ///< a minute
    std::int32_t remaining = 0;  ///< calls left now
    std::int32_t reset = 0;      ///< seconds until the bucket is full again
    std::int32_t wait = 0;       ///< seconds until the next call is allowed; 0 when this one is
};

/// Bounded, sharded memory of who called; used from every io thread. 24 bytes an identity.
class RateLimiter {
public:
    explicit RateLimiter(const RateLimits& limits);

    /// Counts a call of an account, or of an address when nobody is signed in.
    [[nodiscard]] RateVerdict count(const Caller& caller, std::string_view address, Instant now);
    /// Counts a call of a sign-in operation.
    [[nodiscard]] RateVerdict count_sign_in(std::string_view address, Instant now);

    [[nodiscard]] bool enabled() const noexcept { return limits_.enabled; }

private:
    static constexpr std::size_t kWays = 8;     ///< buckets an identity may stand in
    static constexpr std::size_t kShards = 64;  ///< locks

    struct Bucket {
        std::uint64_t identity = 0;  ///< keyed hash; 0 = free
        std::int64_t at = 0;         ///< microseconds of the last call
        double tokens = 0;
    };
    struct alignas(64) Shard {
        std::mutex mutex;
    };

    [[nodiscard]] RateVerdict take(std::uint64_t identity, std::int32_t per_minute, Instant now);
    [[nodiscard]] std::uint64_t identity_of(std::uint8_t purpose, const void* bytes,
                                            std::size_t size) const noexcept;
    [[nodiscard]] std::uint64_t identity_of_address(std::uint8_t purpose,
                                                    std::string_view address) const noexcept;

    RateLimits limits_;
    std::array<std::uint8_t, 16> hash_key_;  ///< random, so that nobody aims at another's bucket
    std::vector<Bucket> buckets_;
    std::size_t sets_;
    std::unique_ptr<std::array<Shard, kShards>> shards_;
};

}  // namespace segurifai::http
