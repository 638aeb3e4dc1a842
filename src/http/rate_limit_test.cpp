#include "http/rate_limit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace segurifai::http {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

Instant at(double seconds) {
    return {static_cast<std::int64_t>(seconds * kSecond) + 1'800'000'000 * kSecond};
}

Caller person(Kind kind, std::uint8_t number) {
    Caller caller{.kind = kind};
    caller.user_id.bytes[15] = number;
    return caller;
}

/// How many of `calls` at one moment are allowed.
int allowed(RateLimiter& limiter, const Caller& caller, std::string_view address, Instant now,
            int calls) {
    int count = 0;
    for (int i = 0; i < calls; ++i) count += limiter.count(caller, address, now).allowed ? 1 : 0;
    return count;
}

TEST(RateLimiter, GivesEveryRoleItsMinute) {
    RateLimiter limiter(RateLimits{});
    const std::array limits{std::pair{Kind::kStaff, 1'000}, std::pair{Kind::kUnit, 300},
                            std::pair{Kind::kMember, 100}};
    for (const auto& [kind, limit] : limits) {
        const Caller caller = person(kind, static_cast<std::uint8_t>(limit / 10));
        EXPECT_EQ(allowed(limiter, caller, "192.0.2.1", at(0), limit + 5), limit);
    }
    EXPECT_EQ(allowed(limiter, {}, "192.0.2.1", at(0), 40), 30);
    EXPECT_EQ(allowed(limiter, {}, "192.0.2.2", at(0), 40), 30) << "another address";
    int sign_ins = 0;
    for (int i = 0; i < 15; ++i) sign_ins += limiter.count_sign_in("192.0.2.1", at(0)).allowed;
    EXPECT_EQ(sign_ins, 10) << "besides the others";
}

TEST(RateLimiter, RefillsEvenlyAndNeverAboveTheMinute) {
    RateLimiter limiter({.member = 60});
    const Caller ana = person(Kind::kMember, 1);
    EXPECT_EQ(allowed(limiter, ana, "", at(0), 61), 60);
    const RateVerdict refused = limiter.count(ana, "", at(0));
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.limit, 60);
    EXPECT_EQ(refused.remaining, 0);
    EXPECT_EQ(refused.wait, 1);
    EXPECT_EQ(refused.reset, 60);
    EXPECT_EQ(allowed(limiter, ana, "", at(0.5), 1), 0);
    EXPECT_EQ(allowed(limiter, ana, "", at(1.01), 5), 1);
    EXPECT_EQ(allowed(limiter, ana, "", at(11.05), 20), 10);
    EXPECT_EQ(allowed(limiter, ana, "", at(100'000), 100), 60);
    const RateVerdict first = limiter.count(ana, "", at(200'000));
    EXPECT_EQ(first.remaining, 59);
    EXPECT_EQ(first.reset, 1);
    EXPECT_EQ(first.wait, 0);
}

TEST(RateLimiter, EarnsNothingFromAClockThatIsSetBack) {
    RateLimiter limiter({.member = 10});
    const Caller ana = person(Kind::kMember, 1);
    EXPECT_EQ(allowed(limiter, ana, "", at(1'000), 20), 10);
    EXPECT_EQ(allowed(limiter, ana, "", at(0), 20), 0);
    EXPECT_EQ(allowed(limiter, ana, "", at(999), 20), 0);
    EXPECT_EQ(allowed(limiter, ana, "", at(1'006.1), 20), 1);
}

TEST(RateLimiter, CountsAHouseholdOfIpv6Once) {
    RateLimiter limiter({.anonymous = 3});
    int count = 0;
    for (const char* address : {"2001:db8::1", "2001:db8::2", "2001:DB8:0:0:ff::", "2001:db8::3"})
        count += limiter.count({}, address, at(0)).allowed ? 1 : 0;
    EXPECT_EQ(count, 3);
    EXPECT_TRUE(limiter.count({}, "2001:db8:0:1::1", at(0)).allowed);
    for (const char* address : {"::ffff:192.0.2.1", "::ffff:192.0.2.2", "::ffff:192.0.2.3"})
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.count({}, address, at(0)).allowed);
    EXPECT_FALSE(limiter.count({}, "192.0.2.1", at(0)).allowed);
    for (const std::string& odd : {std::string(), std::string(":::"), std::string(300, ':')})
        EXPECT_TRUE(limiter.count({}, odd, at(0)).allowed) << odd;
}

TEST(RateLimiter, StaysBoundedAndRemembersWhoCallsOn) {
    RateLimiter limiter({.anonymous = 5, .buckets = 64});
    for (int i = 0; i < 10'000; ++i)
        EXPECT_TRUE(limiter.count({}, "10.0." + std::to_string(i), at(i * 1e-3)).allowed);
    int count = 0;
    for (int i = 0; i < 10; ++i) count += limiter.count({}, "192.0.2.1", at(20)).allowed ? 1 : 0;
    EXPECT_EQ(count, 5);
}

}  // namespace
}  // namespace segurifai::http
