#include "security/sealed_text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace segurifai::security {
namespace {

Key key_of(std::uint8_t byte) {
    std::array<std::uint8_t, Key::kSize> bytes;
    bytes.fill(byte);
    return Key(bytes);
}

class SealedText : public ::testing::Test {
protected:
    SystemRandom random;
    SigningKey key{"k1", key_of(7)};
    std::string place = "users_archivedaccount|sealed|1";
    std::string sealed = seal(key, place, "Ana Pérez", random);
};

TEST_F(SealedText, OpensWithItsKeyAtItsPlace) {
    EXPECT_EQ(unseal(key.key, place, sealed), "Ana Pérez");
    EXPECT_EQ(unseal(key.key, place, seal(key, place, "", random)), "");
    EXPECT_EQ(key_id_of_sealed(sealed), "k1");
    EXPECT_FALSE(sealed.contains("Ana"));
    EXPECT_NE(seal(key, place, "Ana Pérez", random), sealed);
}

TEST_F(SealedText, OpensWithNoOtherKeyAndAtNoOtherPlace) {
    EXPECT_FALSE(unseal(key_of(8), place, sealed));
    EXPECT_FALSE(unseal(key.key, "users_archivedaccount|sealed|2", sealed));
}

TEST_F(SealedText, AnyChangedCharacterIsFound) {
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        if (i >= 3 && i < 5) continue;  // the key's id says which key to try, and no more
        EXPECT_FALSE(unseal(key.key, place, changed)) << i;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(unseal(key.key, place, sealed.substr(0, size))) << size;
    EXPECT_FALSE(key_id_of_sealed("s1.k1"));
    EXPECT_FALSE(key_id_of_sealed("s2.k1.AAAA"));
    EXPECT_FALSE(key_id_of_sealed("s1.k 1.AAAA"));
}

}  // namespace
}  // namespace segurifai::security
