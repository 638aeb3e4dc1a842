#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "apps/users/account_phone.hpp"
#include "apps/users/choices.hpp"
#include "base/phone.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"
#include "model/validators.hpp"

namespace segurifai::users {

/// Custom user model extending Django AbstractUser.
struct User {
    SEGURIFAI_TABLE(User, {.number = 1,
                           .app = "users",
                           .name = "users_user",
                           .retention = Retention::kAccount,
                           .help = "Custom user model extending Django AbstractUser."})

    SEGURIFAI_COLUMN(1, kReference, UserId, id, .primary_key = true, .help = "Primary key")
    SEGURIFAI_COLUMN(2, kContact, std::string, email, .unique = true, .unique_name = "email_idx",
                     .length = 254, .validate = &model::validators::email, .help = "Login email")
    SEGURIFAI_COLUMN(3, kCredential, std::string, password, .length = 128,
                     .help = "Hashed password")
    SEGURIFAI_COLUMN(4, kIdentity, std::string, first_name, .length = 150, .preset = "",
                     .help = "User first name")
    SEGURIFAI_COLUMN(5, kIdentity, std::string, last_name, .length = 150, .preset = "",
                     .help = "User last name")
    SEGURIFAI_COLUMN(6, kContact, Phone, phone_number, .unique = true, .length = 20,
                     .validate = &account_phone_fault, .help = "Phone number")
    SEGURIFAI_COLUMN(7, kNone, Role, role, .length = 20, .help = "What the account is for")
    SEGURIFAI_COLUMN(8, kFinancial, std::optional<std::string>, paq_wallet_id, .unique = true,
                     .length = 50, .help = "PAQ Wallet identifier")
    SEGURIFAI_COLUMN(9, kIdentity, std::optional<std::string>, profile_picture, .length = 100,
                     .help = "Profile image path")
    SEGURIFAI_COLUMN(10, kNone, bool, is_active, .preset = true, .help = "Account active")
    SEGURIFAI_COLUMN(11, kNone, bool, is_staff, .preset = false, .help = "Staff access")
    SEGURIFAI_COLUMN(12, kNone, bool, is_superuser, .preset = false, .help = "Superuser access")
    SEGURIFAI_COLUMN(13, kNone, Instant, date_joined, .auto_time = AutoTime::kInsert,
                     .help = "Registration date")
    SEGURIFAI_COLUMN(14, kNone, std::optional<Instant>, last_login, .help = "Last login timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "role_idx", .columns = {"role"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::users
