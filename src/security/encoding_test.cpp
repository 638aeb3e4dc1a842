#include "security/encoding.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"
#include "security/mac.hpp"

namespace segurifai::security {
namespace {

std::string encoded(std::string_view text) {
    return base64url(bytes_of(text));
}

TEST(Base64url, WritesTheVectorsOfRfc4648WithoutPadding) {
    EXPECT_EQ(encoded(""), "");
    EXPECT_EQ(encoded("f"), "Zg");
    EXPECT_EQ(encoded("fo"), "Zm8");
    EXPECT_EQ(encoded("foo"), "Zm9v");
    EXPECT_EQ(encoded("foob"), "Zm9vYg");
    EXPECT_EQ(encoded("fooba"), "Zm9vYmE");
    EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encoded("\xfb\xff\xbf"), "-_-_");
}

TEST(Base64url, ReadsBackWhatItWroteOfEverySize) {
    SeededRandom random(7);
    for (std::size_t size = 0; size < 200; ++size) {
        std::string bytes(size, '\0');
        random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), size});
        const std::string text = encoded(bytes);
        EXPECT_EQ(text.size(), base64url_size(size));
        EXPECT_EQ(base64url_decode(text), bytes);
    }
}

TEST(Base64url, HasOneSpellingForEveryTextOfBytes) {
    // Every text of two and three characters that is read at all is written the same again.
    std::set<std::string> seen;
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            const std::string text{static_cast<char>(a), static_cast<char>(b)};
            if (const auto bytes = base64url_decode(text)) {
                EXPECT_EQ(encoded(*bytes), text);
                seen.insert(*bytes);
            }
        }
    }
    EXPECT_EQ(seen.size(), 256U);
    EXPECT_FALSE(base64url_decode("Zm9"));
}

TEST(Base64url, RefusesPaddingOtherAlphabetsAndImpossibleSizes) {
    for (const std::string_view text :
         {"Zg==", "Zg=", "Zm9v+", "Zm9vYmF/", "Zm9v\n", " Zm9", "Z", "Zm9vY", "Zm9v Zm9", "Zm\0v"})
        EXPECT_FALSE(base64url_decode(text)) << text;
    EXPECT_FALSE(base64url_decode(std::string_view("Zm\0v", 4)));
    EXPECT_FALSE(base64url_decode("Z\xc3\xb1v"));
}

TEST(Hex, WritesTwoLowerCaseDigitsAByte) {
    EXPECT_EQ(hex(bytes_of("\x01\xab\xff")), "01abff");
}

TEST(ConstantTimeEquality, SaysWhetherTextsAreTheSame) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

TEST(Mac, IsHmacSha256WithItsKeyFilledUpWithZeroes) {
    // RFC 4231, test case 2; HMAC itself fills a short key with zeroes up to a block.
    std::array<std::uint8_t, Key::kSize> bytes{'J', 'e', 'f', 'e'};
    EXPECT_EQ(hex(Mac(Key(bytes)).of("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Mac, OfOnePurposeIsNotTheMacOfAnother) {
    const std::array<std::uint8_t, Key::kSize> bytes{1};
    const Mac mac{Key(bytes)};
    EXPECT_NE(mac.of("ab", "c"), mac.of("a", "bc"));
    EXPECT_EQ(mac.of("ab", "c"), mac.of("ab", "c"));
}

}  // namespace
}  // namespace segurifai::security
