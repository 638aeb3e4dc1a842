#include "security/opaque_token.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "security/password.hpp"

namespace segurifai::security {
namespace {

Key key_of(std::uint8_t byte) {
    std::array<std::uint8_t, Key::kSize> bytes{};
    bytes.fill(byte);
    return Key(bytes);
}

/// Gives the bytes it was made with, in turn.
class ScriptedRandom final : public Random {
public:
    explicit ScriptedRandom(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& byte : out) byte = bytes_.at(next_++);
    }

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t next_ = 0;
};

TEST(Token, HasFortyThreeCharactersAndIsNeverTheSame) {
    SystemRandom random;
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string token = make_token(random);
        EXPECT_TRUE(is_token(token)) << token;
        seen.insert(token);
    }
    EXPECT_EQ(seen.size(), 1000U);
}

TEST(Token, IsRecognisedByItsForm) {
    EXPECT_FALSE(is_token(""));
    EXPECT_FALSE(is_token(std::string(42, 'A')));
    EXPECT_FALSE(is_token(std::string(44, 'A')));
    EXPECT_FALSE(is_token(std::string(42, 'A') + "="));
    EXPECT_FALSE(is_token(std::string(42, 'A') + "B")) << "a second spelling of the same bytes";
    EXPECT_TRUE(is_token(std::string(43, 'A')));
}

TEST(Token, IsStoredAsItsSha256) {
    EXPECT_EQ(token_hash("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Successor, IsTheSameEveryTimeAndAnotherForEveryTokenAndKey) {
    SeededRandom random(1);
    const std::string token = make_token(random);
    const std::string next = successor_token(key_of(1), token);
    EXPECT_TRUE(is_token(next));
    EXPECT_EQ(successor_token(key_of(1), token), next);
    EXPECT_NE(successor_token(key_of(2), token), next);
    EXPECT_NE(successor_token(key_of(1), make_token(random)), next);
    EXPECT_NE(successor_token(key_of(1), next), token);
}

TEST(OneTimeCode, IsSixDigitsWithTheirLeadingZeroes) {
    ScriptedRandom low({7, 0, 0, 0});
    EXPECT_EQ(make_code(low), "000007");
    ScriptedRandom high({0x3f, 0x42, 0x0f, 0});
    EXPECT_EQ(make_code(high), "999999");
}

TEST(OneTimeCode, ThrowsTheRestAwayThatWouldFavourSomeCodes) {
    ScriptedRandom random({0xff, 0xff, 0xff, 0xff, 5, 0, 0, 0});
    EXPECT_EQ(make_code(random), "000005");
}

TEST(OneTimeCode, UsesEveryDigitInEveryPlaceAboutAsOften) {
    SeededRandom random(3);
    std::array<std::map<char, int>, kCodeDigits> counts;
    for (int i = 0; i < 20'000; ++i) {
        const std::string code = make_code(random);
        ASSERT_EQ(code.size(), kCodeDigits);
        for (std::size_t place = 0; place < kCodeDigits; ++place) ++counts[place][code[place]];
    }
    for (const auto& place : counts) {
        ASSERT_EQ(place.size(), 10U);
        for (const auto& [digit, count] : place) EXPECT_NEAR(count, 2000, 250) << digit;
    }
}

TEST(OneTimeCode, IsStoredBoundToItsPhoneItsPurposeAndOurKey) {
    const std::string hash = code_hash(key_of(1), "+50255512345", "LOGIN", "123456");
    EXPECT_EQ(hash.size(), 64U);
    EXPECT_EQ(code_hash(key_of(1), "+50255512345", "LOGIN", "123456"), hash);
    EXPECT_NE(code_hash(key_of(2), "+50255512345", "LOGIN", "123456"), hash);
    EXPECT_NE(code_hash(key_of(1), "+50255512346", "LOGIN", "123456"), hash);
    EXPECT_NE(code_hash(key_of(1), "+50255512345", "RESET", "123456"), hash);
    EXPECT_NE(code_hash(key_of(1), "+50255512345", "LOGIN", "123457"), hash);
    EXPECT_NE(code_hash(key_of(1), "+5025551234", "LOGIN", "5123456"), hash);
}

TEST(ReadableSuffix, HoldsNoCharacterThatIsTakenForAnother) {
    SeededRandom random(4);
    const std::string text = make_readable_suffix(random, 5000);
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHJKLMNPQRSTUVWXYZ23456789"), std::string::npos);
    EXPECT_EQ(std::set<char>(text.begin(), text.end()).size(), 32U);
    EXPECT_EQ(make_readable_suffix(random, 0), "");
}

TEST(MadePassword, KeepsTheRulesOfPasswords) {
    SeededRandom random(5);
    std::set<std::string> seen;
    for (int i = 0; i < 500; ++i) {
        const std::string password = make_password(random);
        EXPECT_GE(password.size(), 16U);
        EXPECT_TRUE(password_faults(password, {}).empty()) << password;
        seen.insert(password);
    }
    EXPECT_EQ(seen.size(), 500U);
}

}  // namespace
}  // namespace segurifai::security
