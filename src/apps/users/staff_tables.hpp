#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "base/time.hpp"
#include "http/caller.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::users {

/// A scope that a member of staff holds.
struct StaffScope {
    SEGURIFAI_TABLE(StaffScope, {.number = 30,
                                 .app = "users",
                                 .name = "users_staffscope",
                                 .retention = Retention::kAccount,
                                 .help = "A scope that a member of staff holds."})

    SEGURIFAI_COLUMN(1, kReference, StaffScopeId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kCascade, .help = "Who holds it")
    SEGURIFAI_COLUMN(3, kNone, http::Scope, scope, .length = 20, .help = "What they may do")
    SEGURIFAI_COLUMN(4, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Since when")

    static constexpr std::array kIndexes{
        model::Index{.name = "user_scope_uniq", .columns = {"user_id", "scope"}, .unique = true},
    };
};

/// What an account has beside its row: language, and whether its phone was proven.
struct AccountSettings {
    SEGURIFAI_TABLE(
        AccountSettings,
        {.number = 31,
         .app = "users",
         .name = "users_accountsettings",
         .retention = Retention::kAccount,
         .help = "What an account has beside its row: language, and whether its phone was proven."})

    SEGURIFAI_COLUMN(1, kReference, AccountSettingsId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, UserId, user_id, .unique = true, .references = "users_user",
                     .on_delete = OnDelete::kCascade, .help = "Whose")
    SEGURIFAI_COLUMN(3, kNone, std::string, language, .length = 2, .preset = "es",
                     .help = "es or en")
    SEGURIFAI_COLUMN(4, kNone, std::optional<Instant>, phone_verified_at,
                     .help = "When a code sent to the phone came back")
    SEGURIFAI_COLUMN(5, kNone, bool, must_change_password, .preset = false,
                     .help = "A password made by the platform is changed at first sign-in")
};

}  // namespace segurifai::users
