#include "apps/users/account_phone.hpp"

#include <gtest/gtest.h>

namespace segurifai::users {
namespace {

bool accepts(std::string_view text) {
    return !account_phone_fault(sql::Value::text(text));
}

TEST(AccountPhone, IsANumberOfGuatemalaInItsOneSpelling) {
    EXPECT_TRUE(accepts("+50255551234"));
    EXPECT_FALSE(accepts("5555 1234"));
    EXPECT_FALSE(accepts(""));
    EXPECT_FALSE(accepts("+15555551234"));
}

TEST(AccountPhone, OfAnArchivedAccountIsAPlaceholder) {
    EXPECT_TRUE(accepts("A-abcdefghijklmnop27"));
    EXPECT_FALSE(accepts("A-abcdefghijklmnop2"));
    EXPECT_FALSE(accepts("A-abcdefghijklmnop2!"));
    EXPECT_FALSE(accepts("B-abcdefghijklmnop27"));
}

}  // namespace
}  // namespace segurifai::users
