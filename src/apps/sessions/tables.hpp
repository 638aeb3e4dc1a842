#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/keys.hpp"
#include "apps/sessions/choices.hpp"
#include "base/phone.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"
#include "model/validators.hpp"

namespace segurifai::sessions {

/// A signed-in device of a person.
struct Session {
    SEGURIFAI_TABLE(Session, {.number = 24,
                              .app = "sessions",
                              .name = "sessions_session",
                              .retention = Retention::kSession,
                              .retained_from = "expires_at",
                              .help = "A signed-in device of a person."})

    SEGURIFAI_COLUMN(1, kReference, SessionId, id, .primary_key = true,
                     .help = "Primary key; also in the access token")
    SEGURIFAI_COLUMN(2, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kCascade, .help = "Whose session")
    SEGURIFAI_COLUMN(3, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Sign-in")
    SEGURIFAI_COLUMN(4, kNone, Instant, last_seen, .help = "Last refresh")
    SEGURIFAI_COLUMN(5, kNone, Instant, expires_at, .help = "End of the last refresh token")
    SEGURIFAI_COLUMN(6, kNone, std::optional<Instant>, ended_at,
                     .help = "Signed out, or ended by somebody")
    SEGURIFAI_COLUMN(7, kContact, std::string, address, .length = 45, .preset = "",
                     .help = "Network address at sign-in")
    SEGURIFAI_COLUMN(8, kContent, std::string, device_name, .length = 100, .preset = "",
                     .help = "As the device calls itself")

    static constexpr std::array kIndexes{
        model::Index{.name = "user_idx", .columns = {"user_id"}},
        model::Index{.name = "expires_idx", .columns = {"expires_at"}},
    };
};

/// A refresh token of a session: opaque, stored hashed, used once.
struct RefreshToken {
    SEGURIFAI_TABLE(RefreshToken,
                    {.number = 25,
                     .app = "sessions",
                     .name = "sessions_refreshtoken",
                     .retention = Retention::kSession,
                     .retained_from = "expires_at",
                     .help = "A refresh token of a session: opaque, stored hashed, used once."})

    SEGURIFAI_COLUMN(1, kNone, RefreshTokenId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, SessionId, session_id, .references = "sessions_session",
                     .on_delete = OnDelete::kCascade, .help = "The family")
    SEGURIFAI_COLUMN(3, kCredential, std::string, token_hash, .unique = true, .length = 64,
                     .help = "SHA-256 of the token, hexadecimal")
    SEGURIFAI_COLUMN(4, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "When it was given")
    SEGURIFAI_COLUMN(5, kNone, Instant, expires_at, .help = "24 hours later")
    SEGURIFAI_COLUMN(6, kNone, std::optional<Instant>, used_at,
                     .help = "When its successor was given")

    static constexpr std::array kIndexes{
        model::Index{.name = "session_idx", .columns = {"session_id"}},
    };
};

/// A code sent by SMS: six digits, five minutes, five tries.
struct OneTimeCode {
    SEGURIFAI_TABLE(OneTimeCode,
                    {.number = 26,
                     .app = "sessions",
                     .name = "sessions_onetimecode",
                     .retention = Retention::kSession,
                     .retained_from = "expires_at",
                     .help = "A code sent by SMS: six digits, five minutes, five tries."})

    SEGURIFAI_COLUMN(1, kNone, OneTimeCodeId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kContact, Phone, phone, .length = 20, .validate = &model::validators::phone,
                     .help = "Where it was sent")
    SEGURIFAI_COLUMN(3, kNone, CodePurpose, purpose, .length = 20, .help = "What it is for")
    SEGURIFAI_COLUMN(4, kCredential, std::string, code_hash, .length = 64,
                     .help = "Keyed hash of the code")
    SEGURIFAI_COLUMN(5, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "When it was sent")
    SEGURIFAI_COLUMN(6, kNone, Instant, expires_at, .help = "Five minutes later")
    SEGURIFAI_COLUMN(7, kNone, std::int32_t, misses, .preset = 0, .min = "0",
                     .help = "Wrong tries; the fifth ends it")
    SEGURIFAI_COLUMN(8, kNone, std::optional<Instant>, ended_at,
                     .help = "Used, missed out or replaced")

    static constexpr std::array kIndexes{
        model::Index{.name = "phone_purpose_idx", .columns = {"phone", "purpose", "id"}},
    };
};

/// That somebody read the code sent to a phone: used once, for one purpose.
struct Proof {
    SEGURIFAI_TABLE(
        Proof, {.number = 27,
                .app = "sessions",
                .name = "sessions_proof",
                .retention = Retention::kSession,
                .retained_from = "expires_at",
                .help = "That somebody read the code sent to a phone: used once, for one purpose."})

    SEGURIFAI_COLUMN(1, kNone, ProofId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kCredential, std::string, token_hash, .unique = true, .length = 64,
                     .help = "SHA-256 of the proof, hexadecimal")
    SEGURIFAI_COLUMN(3, kContact, Phone, phone, .length = 20, .validate = &model::validators::phone,
                     .help = "The phone proven")
    SEGURIFAI_COLUMN(4, kNone, CodePurpose, purpose, .length = 20,
                     .help = "What it may be used for")
    SEGURIFAI_COLUMN(5, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "When the code was right")
    SEGURIFAI_COLUMN(6, kNone, Instant, expires_at, .help = "Ten minutes later")
    SEGURIFAI_COLUMN(7, kNone, std::optional<Instant>, used_at, .help = "When it was used")
};

/// A failed sign-in, for the back-off per account and per address.
struct SignInFailure {
    SEGURIFAI_TABLE(SignInFailure,
                    {.number = 28,
                     .app = "sessions",
                     .name = "sessions_signinfailure",
                     .retention = Retention::kSession,
                     .retained_from = "at",
                     .help = "A failed sign-in, for the back-off per account and per address."})

    SEGURIFAI_COLUMN(1, kNone, SignInFailureId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, std::string, subject, .length = 80,
                     .help = "Keyed hash of the account's name, or of that and the address")
    SEGURIFAI_COLUMN(3, kNone, Instant, at, .help = "When")

    static constexpr std::array kIndexes{
        model::Index{.name = "subject_idx", .columns = {"subject", "at"}},
        model::Index{.name = "at_idx", .columns = {"at"}},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::sessions
