#include "security/access_token.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "security/encoding.hpp"

namespace segurifai::security {
namespace {

constexpr Instant kNow{1'770'141'845'250'000};  // 2026-02-03T18:04:05.25Z
const Uuid kUser = *Uuid::parse("0194d3a8-7b10-7c3e-9f52-3a1b2c4d5e6f");
const Uuid kSession = *Uuid::parse("0194d3a8-7b11-7000-8000-00000000002a");

// Written by Python's hmac with the key 00 01 … 1f.
constexpr std::string_view kPythonToken =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjIwMjYtMDIiLCJ0eXAiOiJKV1QifQ."
    "eyJpc3MiOiJzZWd1cmlmYWkiLCJzdWIiOiIwMTk0ZDNhOC03YjEwLTdjM2UtOWY1Mi0zYTFiMmM0ZDVlNmYiLCJzaWQi"
    "OiIwMTk0ZDNhOC03YjExLTcwMDAtODAwMC0wMDAwMDAwMDAwMmEiLCJpYXQiOjE3NzAxNDE4NDUsImV4cCI6MTc3MDE0"
    "NTQ0NX0."
    "qFF7TYXCuW_zk_W4fRyPnhCINWGugEjd1h2jtK8lOVc";

Key key_from(std::uint8_t first) {
    std::array<std::uint8_t, Key::kSize> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
    return Key(bytes);
}

const Key kKey = key_from(0);
const AccessTokens kTokens({{"2026-02", kKey}});

Instant after_seconds(std::int64_t seconds) {
    return {kNow.micros + seconds * 1'000'000};
}

/// A token signed with our key, whatever it says.
std::string signed_by_us(std::string_view header, std::string_view payload) {
    const std::string text = base64url(bytes_of(header)) + "." + base64url(bytes_of(payload));
    return text + "." + base64url(Mac(kKey).of(text));
}

std::string payload_with(std::string_view after_session) {
    return R"({"iss":"segurifai","sub":")" + kUser.to_string() + R"(","sid":")" +
           kSession.to_string() + R"(",)" + std::string(after_session) + "}";
}

TokenFault fault_of(std::string_view token, Instant now = kNow) {
    const auto claims = kTokens.verify(token, now);
    if (claims) throw std::runtime_error("The token was accepted.");
    return claims.error();
}

constexpr std::string_view kOurHeader = R"({"alg":"HS256","kid":"2026-02","typ":"JWT"})";

TEST(AccessToken, IsJudgedByTheClockAndByItsOwnKeysEachTime) {
    const std::string token = kTokens.issue(kUser, kSession, kNow);
    for (int again = 0; again < 2; ++again) {
        ASSERT_TRUE(kTokens.verify(token, kNow));
        EXPECT_EQ(fault_of(token, after_seconds(kAccessTokenSeconds)), TokenFault::kExpired);
        EXPECT_EQ(fault_of(token, after_seconds(-kIssuedAheadSecondsMax - 1)),
                  TokenFault::kNotYetValid);
        const AccessTokens others({{"2026-02", key_from(1)}});
        EXPECT_EQ(others.verify(token, kNow).error(), TokenFault::kBadSignature);
        for (std::size_t i = 0; i < token.size(); ++i) {
            std::string changed = token;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            EXPECT_FALSE(kTokens.verify(changed, kNow)) << i;
        }
    }
}

TEST(AccessToken, IsByteForByteWhatAnotherImplementationOfJwtSigns) {
    EXPECT_EQ(kTokens.issue(kUser, kSession, kNow), kPythonToken);
}

TEST(AccessToken, TellsWhoseItIsAndUntilWhen) {
    const auto claims = kTokens.verify(kPythonToken, kNow);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->user, kUser);
    EXPECT_EQ(claims->session, kSession);
    EXPECT_EQ(claims->issued, Instant{1'770'141'845'000'000});
    EXPECT_EQ(claims->expires, Instant{1'770'145'445'000'000});
}

TEST(AccessToken, EndsInTheSecondItNamesAndNotLater) {
    const Instant end{1'770'145'445'000'000};
    EXPECT_TRUE(kTokens.verify(kPythonToken, Instant{end.micros - 1}));
    EXPECT_EQ(fault_of(kPythonToken, end), TokenFault::kExpired);
    EXPECT_EQ(fault_of(kPythonToken, after_seconds(1'000'000)), TokenFault::kExpired);
}

TEST(AccessToken, OfANodeWhoseClockIsAMinuteAheadIsAcceptedAndNotOfOneFurtherAhead) {
    const Instant issued{1'770'141'845'000'000};
    EXPECT_TRUE(kTokens.verify(kPythonToken, Instant{issued.micros - 60'000'000}));
    EXPECT_EQ(fault_of(kPythonToken, Instant{issued.micros - 60'000'001}),
              TokenFault::kNotYetValid);
}

TEST(AccessToken, WithAnyByteChangedIsRefused) {
    for (std::size_t i = 0; i < kPythonToken.size(); ++i) {
        for (const char other : {'A', 'b', '-', '.', '=', '\0', '\xff'}) {
            std::string changed(kPythonToken);
            if (changed[i] == other) continue;
            changed[i] = other;
            EXPECT_FALSE(kTokens.verify(changed, kNow)) << "byte " << i;
        }
    }
}

TEST(AccessToken, CutShortOrFollowedByMoreIsRefused) {
    for (std::size_t size = 0; size < kPythonToken.size(); ++size)
        EXPECT_FALSE(kTokens.verify(kPythonToken.substr(0, size), kNow)) << size;
    for (const std::string_view more : {".", "=", "A", "\n", " ", ".A", "AAAA"})
        EXPECT_FALSE(kTokens.verify(std::string(kPythonToken) + std::string(more), kNow)) << more;
    EXPECT_EQ(fault_of(std::string(kAccessTokenSizeMax + 1, 'A')), TokenFault::kTooLong);
    EXPECT_EQ(fault_of(std::string(kAccessTokenSizeMax, 'A')), TokenFault::kMalformed);
}

TEST(AccessToken, AskingForAnotherAlgorithmIsRefusedEvenWhenWeSignedIt) {
    const std::string payload = payload_with(R"("iat":1770141845,"exp":1770145445)");
    const std::array headers{
        R"({"alg":"none","kid":"2026-02","typ":"JWT"})",
        R"({"alg":"HS512","kid":"2026-02","typ":"JWT"})",
        R"({"alg":"RS256","kid":"2026-02","typ":"JWT"})",
        R"({"alg":"hs256","kid":"2026-02","typ":"JWT"})",
        R"({"alg":"HS256","typ":"JWT"})",
        R"({"typ":"JWT","alg":"HS256","kid":"2026-02"})",
        R"({"alg":"HS256", "kid":"2026-02","typ":"JWT"})",
        R"({"alg":"HS256","kid":"2026-02","typ":"JWT","crit":[]})",
        R"({"alg":"HS256","alg":"none","kid":"2026-02","typ":"JWT"})",
        R"({"alg":"HS256","kid":"","typ":"JWT"})",
        R"({"alg":"HS256","kid":"../../dev/null","typ":"JWT"})",
        R"({})",
        "",
    };
    for (const char* header : headers)
        EXPECT_EQ(fault_of(signed_by_us(header, payload)), TokenFault::kMalformed) << header;
    const std::string unsigned_token = base64url(bytes_of(R"({"alg":"none","typ":"JWT"})")) + "." +
                                       base64url(bytes_of(payload)) + ".";
    EXPECT_EQ(fault_of(unsigned_token), TokenFault::kMalformed);
}

TEST(AccessToken, WithClaimsThatWeDoNotWriteIsRefusedEvenWhenWeSignedIt) {
    const std::string uuids =
        R"("sub":")" + kUser.to_string() + R"(","sid":")" + kSession.to_string() + R"(",)";
    const std::string times = R"("iat":1770141845,"exp":1770145445)";
    const std::string good = payload_with(times);
    ASSERT_TRUE(kTokens.verify(signed_by_us(kOurHeader, good), kNow));
    std::string upper = good;
    upper[upper.find("7c3e") + 1] = 'C';
    const std::array<std::string, 17> payloads{
        payload_with(R"("exp":1770145445,"iat":1770141845)"),
        payload_with(R"("iat":1770141845,"exp":1770145445,"exp":9999999999)"),
        payload_with(R"("iat":1770141845,"iat":1770141845,"exp":1770145445)"),
        payload_with(R"("iat":01770141845,"exp":1770145445)"),
        payload_with(R"("iat":1770141845,"exp":1770145445.0)"),
        payload_with(R"("iat":-1,"exp":3599)"),
        payload_with(R"("iat":-0,"exp":3600)"),
        payload_with(R"("iat":"1770141845","exp":1770145445)"),
        payload_with(R"("iat":1770141845,"exp":99999999999999999999)"),
        payload_with(R"("iat":1770141845,"exp":1770145446)"),
        payload_with(R"("iat":1770141845,"exp":1770141845)"),
        payload_with(R"("iat":1770141845)"),
        R"({"iss":"another",)" + uuids + times + "}",
        upper,
        good + " ",
        "[" + good + "]",
        "",
    };
    for (const std::string& payload : payloads)
        EXPECT_EQ(fault_of(signed_by_us(kOurHeader, payload)), TokenFault::kBadClaims) << payload;
}

TEST(AccessToken, OfAnotherKeyIsRefusedByItsNameAndByItsSignature) {
    const AccessTokens renamed({{"2026-03", kKey}});
    EXPECT_EQ(fault_of(renamed.issue(kUser, kSession, kNow)), TokenFault::kUnknownKey);
    const AccessTokens forged({{"2026-02", key_from(1)}});
    EXPECT_EQ(fault_of(forged.issue(kUser, kSession, kNow)), TokenFault::kBadSignature);
}

TEST(AccessToken, OfTheKeyBeforeIsStillAcceptedWhileTheNewKeySigns) {
    const AccessTokens rotated({{"2026-03", key_from(9)}, {"2026-02", kKey}});
    EXPECT_TRUE(rotated.verify(kPythonToken, kNow));
    EXPECT_EQ(fault_of(rotated.issue(kUser, kSession, kNow)), TokenFault::kUnknownKey);
}

TEST(AccessToken, NeedsKeysWithNamesOfTheirOwn) {
    using Keys = std::vector<SigningKey>;
    EXPECT_THROW(AccessTokens(Keys{}), std::invalid_argument);
    EXPECT_THROW(AccessTokens(Keys{{"", kKey}}), std::invalid_argument);
    EXPECT_THROW(AccessTokens(Keys{{"a\"b", kKey}}), std::invalid_argument);
    EXPECT_THROW(AccessTokens(Keys{{"a", kKey}, {"a", key_from(3)}}), std::invalid_argument);
}

TEST(AccessToken, OfTheEndsOfTimeIsNotIssued) {
    EXPECT_THROW((void)kTokens.issue(kUser, kSession, Instant{-1}), std::invalid_argument);
    EXPECT_THROW((void)kTokens.issue(kUser, kSession, Instant{kInstantMaxMicros}),
                 std::invalid_argument);
    EXPECT_TRUE(kTokens.verify(kTokens.issue(kUser, kSession, Instant{0}), Instant{0}));
}

}  // namespace
}  // namespace segurifai::security
