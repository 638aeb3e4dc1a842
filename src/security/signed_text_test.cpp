#include "security/signed_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace segurifai::security {
namespace {

Key key_of(std::uint8_t byte) {
    std::array<std::uint8_t, Key::kSize> bytes{};
    bytes.fill(byte);
    return Key(bytes);
}

constexpr std::string_view kPurpose = "cursor:assistance.requests";
const TextSigner kSigner(key_of(1));

TEST(SignedText, OpensToWhatWasSigned) {
    for (const std::string_view payload :
         {std::string_view(""), std::string_view("a"),
          std::string_view("{\"after\":[\"2026-02-03\",17]}"), std::string_view("\0\xff", 2)})
        EXPECT_EQ(kSigner.open(kSigner.sign(payload, kPurpose), kPurpose), payload);
}

TEST(SignedText, IsMarkedWithBlake2b) {
    // As Python's hashlib.blake2b(8 bytes of the purpose's size + purpose + payload, key, 16) says.
    EXPECT_EQ(kSigner.sign("17", kPurpose), "MTc.NpIazPQ8W9lEyTQ9ZXb-tA");
}

TEST(SignedText, OfOneListIsNothingInAnother) {
    EXPECT_FALSE(kSigner.open(kSigner.sign("17", kPurpose), "cursor:users.list"));
    EXPECT_FALSE(kSigner.open(kSigner.sign("17", "ab"), "a"));
}

TEST(SignedText, WithAnyByteChangedIsNothing) {
    const std::string text = kSigner.sign("{\"after\":17}", kPurpose);
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const char other : {'A', '-', '.', '=', '\0', '\xff'}) {
            std::string changed = text;
            if (changed[i] == other) continue;
            changed[i] = other;
            EXPECT_FALSE(kSigner.open(changed, kPurpose)) << "byte " << i;
        }
        EXPECT_FALSE(kSigner.open(text.substr(0, i), kPurpose)) << i;
    }
    EXPECT_FALSE(kSigner.open(text + "A", kPurpose));
    EXPECT_FALSE(kSigner.open(text + "=", kPurpose));
}

TEST(SignedText, HasALimitThatTheLargestPayloadReaches) {
    const std::string text = kSigner.sign(std::string(kSignedPayloadSizeMax, 'x'), kPurpose);
    EXPECT_LE(text.size(), kSignedTextSizeMax);
    EXPECT_TRUE(kSigner.open(text, kPurpose));
    EXPECT_THROW((void)kSigner.sign(std::string(kSignedPayloadSizeMax + 1, 'x'), kPurpose),
                 std::length_error);
    EXPECT_FALSE(kSigner.open(std::string(kSignedTextSizeMax + 1, 'A'), kPurpose));
}

TEST(SignedText, OfTheKeyBeforeStillOpensAfterARotation) {
    const TextSigner rotated(std::vector{key_of(2), key_of(1)});
    EXPECT_EQ(rotated.open(kSigner.sign("17", kPurpose), kPurpose), "17");
    EXPECT_FALSE(kSigner.open(rotated.sign("17", kPurpose), kPurpose));
    EXPECT_THROW(TextSigner(std::vector<Key>{}), std::invalid_argument);
}

}  // namespace
}  // namespace segurifai::security
