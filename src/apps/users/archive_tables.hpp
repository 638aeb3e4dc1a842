#pragma once

#include <optional>
#include <string>

#include "apps/keys.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"

namespace segurifai::users {

/// Who an archived account was, sealed under a key of its own that can be destroyed.
struct ArchivedAccount {
    SEGURIFAI_TABLE(ArchivedAccount,
                    {.number = 61,
                     .app = "users",
                     .name = "users_archivedaccount",
                     .retention = Retention::kAccount,
                     .help = "Who an archived account was, sealed under a key of its own."})

    SEGURIFAI_COLUMN(1, kNone, ArchivedAccountId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, UserId, user_id, .unique = true, .references = "users_user",
                     .on_delete = OnDelete::kCascade, .help = "The account")
    SEGURIFAI_COLUMN(3, kCredential, std::string, sealed,
                     .help = "Names, e-mail, phone, picture and wallet, sealed under own_key")
    SEGURIFAI_COLUMN(4, kCredential, std::optional<std::string>, own_key,
                     .help = "The key, itself sealed; NULL once it was destroyed")
    SEGURIFAI_COLUMN(5, kNone, Instant, archived_at, .help = "When")
    SEGURIFAI_COLUMN(6, kReference, std::optional<UserId>, archived_by,
                     .help = "Who did it; NULL = the list of erasures, after a restore")
    SEGURIFAI_COLUMN(7, kContent, std::string, reason, .length = 500, .preset = "",
                     .help = "Why, in the words of who did it")
    SEGURIFAI_COLUMN(8, kNone, std::optional<Instant>, key_destroyed_at,
                     .help = "Since when nobody can read who it was")
    SEGURIFAI_COLUMN(
        9, kNone, std::optional<Instant>, listed_at,
        .help = "When the list of erasures outside the database got it; NULL = not yet")
};

}  // namespace segurifai::users
