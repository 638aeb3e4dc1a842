#include "apps/users/archiving.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apps/audit/service.hpp"
#include "apps/events/service.hpp"
#include "apps/platform.hpp"
#include "apps/sessions/one_time_code.hpp"
#include "apps/users/account.hpp"
#include "apps/users/account_phone.hpp"
#include "apps/users/erasure_list.hpp"
#include "apps/users/me.hpp"
#include "apps/users/sign_in.hpp"
#include "base/json_object.hpp"
#include "security/encoding.hpp"
#include "security/sealed_text.hpp"

namespace segurifai::users {
namespace {

using sql::OwnedValue;
using sql::Value;

constexpr std::string_view kOwnKeyId = "own";
/// Django's mark of a password that nothing matches.
constexpr std::string_view kNoPassword = "!";

constexpr std::string_view kOriginalText =
    "SELECT u.email, u.first_name, u.last_name, u.phone_number, u.paq_wallet_id, "
    "u.profile_picture, w.wallet_id FROM users_user AS u "
    "LEFT JOIN paq_wallet_paqwalletlink AS w ON w.user_id = u.id WHERE u.id = $1 AND NOT EXISTS "
    "(SELECT 1 FROM users_archivedaccount AS a WHERE a.user_id = u.id)";
const std::string kOriginalHeld = std::string(kOriginalText) + " FOR UPDATE OF u";
const sql::Query kOriginal{"users.archive.original", kOriginalText, kOriginalHeld,
                           sql::Query::Kind::kPoint};

// Requests, jobs, units and payments stand above: here their rows are looked at, and a unit's flag
// is taken.
const sql::Query kOpenRequest{
    "users.archive.open_request",
    "SELECT 1 FROM assistance_assistancerequest WHERE user_id = $1 AND "
    "status IN ('PENDING', 'ASSIGNED', 'IN_PROGRESS') UNION ALL "
    "SELECT 1 FROM dispatch_assignment AS j JOIN providers_provider AS p ON p.id = j.provider_id "
    "WHERE p.user_id = $1 AND j.ended_at IS NULL LIMIT 1"};
const sql::Query kPendingPayment{"users.archive.pending_payment",
                                 "SELECT 1 FROM paq_wallet_paqtransaction WHERE user_id = $1 AND "
                                 "status = 'PENDING' LIMIT 1"};
const sql::Query kEmpty{
    "users.archive.empty",
    "UPDATE users_user SET is_active = $2, email = $3, phone_number = $4, password = $5, "
    "first_name = '', last_name = '', paq_wallet_id = NULL, profile_picture = NULL WHERE id = $1"};
const sql::Query kUnlink{"users.archive.unlink",
                         "DELETE FROM paq_wallet_paqwalletlink WHERE user_id = $1"};
const sql::Query kEndSessions{"users.archive.sessions",
                              "UPDATE sessions_session SET ended_at = $2 "
                              "WHERE user_id = $1 AND ended_at IS NULL"};
const sql::Query kOffDuty{
    "users.archive.off_duty",
    "UPDATE providers_provider SET is_available = $2, updated_at = $3 WHERE user_id = $1"};
const sql::Query kKeep{"users.archive.keep",
                       "INSERT INTO users_archivedaccount (user_id, sealed, own_key, archived_at, "
                       "archived_by, reason) VALUES ($1, $2, $3, $4, $5, $6)"};

/// `size` characters of a-z and 2-7, five bits of chance each.
std::string chance(Random& random, std::size_t size) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
    std::vector<std::uint8_t> bytes(size);
    random.fill(bytes);
    std::string text;
    for (const std::uint8_t byte : bytes) text += kLetters[byte % kLetters.size()];
    return text;
}

std::string place_of(std::string_view column, UserId user_id) {
    return fmt::format("users_archivedaccount|{}|{}", column, user_id.value.to_string());
}

std::string json_of(const Original& original) {
    JsonObject object;
    const auto add = [&](const char* name, const std::optional<std::string>& value) {
        if (value) object.text(name, *value);
    };
    object.text("email", original.email)
        .text("first_name", original.first_name)
        .text("last_name", original.last_name)
        .text("phone_number", original.phone_number);
    add("paq_wallet_id", original.paq_wallet_id);
    add("profile_picture", original.profile_picture);
    add("wallet_id", original.wallet_id);
    return object.to_string();
}

/// The statement that keeps the original, under a key that is itself sealed under the current one.
Write keeping(const Archiving& archiving, const Original& original,
              const security::Secrets& secrets, Random& random) {
    const std::string sealed = security::seal(
        archiving.own_key, place_of("sealed", archiving.user_id), json_of(original), random);
    const security::SigningKey current{secrets.current().id, secrets.current().sealing};
    std::string key_text = security::base64url(archiving.own_key.key.bytes());
    const std::string own_key =
        security::seal(current, place_of("own_key", archiving.user_id), key_text, random);
    security::wipe(key_text);
    const Value by =
        archiving.by ? Value::uuid(archiving.by->value) : Value::null(sql::ValueType::kUuid);
    return {kKeep,
            {OwnedValue(Value::uuid(archiving.user_id.value)), OwnedValue(Value::text(sealed)),
             OwnedValue(Value::text(own_key)), OwnedValue(Value::instant(archiving.at)),
             OwnedValue(by), OwnedValue(Value::text(archiving.reason))}};
}

Task<Result<bool>> is_there(sql::Executor& executor, const sql::Query& query, UserId user_id) {
    const std::array params{Value::uuid(user_id.value)};
    const auto ran = co_await executor.run(query, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return *ran > 0;
}

Task<Result<void>> write_all(sql::Transaction& transaction, const std::vector<Write>& writes) {
    for (const Write& write : writes) {
        std::vector<Value> params;
        for (const OwnedValue& value : write.params) params.push_back(value.view());
        const sql::Query& query = write.query;
        const auto ran = co_await transaction.run(query, params);
        if (!ran) co_return std::unexpected(ran.error());
    }
    co_return Result<void>();
}

/// Uses the proof up; kCodeInvalid unless it is of this account's phone.
Task<Result<void>> use_confirmation(sql::Transaction& transaction, Instant at, const Phone& phone,
                                    std::string proof) {
    SEGURIFAI_CO_TRY_AS(const std::optional<Phone> proven,
                        co_await sessions::use_proof(
                            transaction, at, sessions::CodePurpose::kConfirm, std::move(proof)));
    if (!proven || *proven != phone) co_return refuse(Refusal::kCodeInvalid);
    co_return Result<void>();
}

/// The list outside the database gets it at once. When that fails the account is archived all the
/// same; the server's hourly round lists what is not listed yet, and says why it cannot.
Task<void> list_at_once(Platform& platform) {
    (void)co_await list_erasures(platform);
}

}  // namespace

Archiving plan_archiving(Random& random, UserId user_id, Instant at, std::optional<UserId> by,
                         std::string reason) {
    constexpr std::size_t kEmailChance = 26;
    std::array<std::uint8_t, security::Key::kSize> bytes;
    random.fill(bytes);
    Archiving archiving{.user_id = user_id,
                        .at = at,
                        .by = by,
                        .reason = std::move(reason),
                        .email = chance(random, kEmailChance) + "@archived.invalid",
                        .phone = std::string(kArchivedPhonePrefix) +
                                 chance(random, kArchivedPhoneSize - kArchivedPhonePrefix.size()),
                        .own_key = {std::string(kOwnKeyId), security::Key(bytes)}};
    security::wipe(bytes);
    return archiving;
}

void Original::read(model::Cells& cells) {
    cells >> email >> first_name >> last_name >> phone_number >> paq_wallet_id >> profile_picture >>
        wallet_id;
}

const sql::Query& original_query() noexcept {
    return kOriginal;
}

std::vector<Write> writes_of(const Archiving& archiving, const Original& original,
                             const security::Secrets& secrets, Random& random) {
    const OwnedValue id(Value::uuid(archiving.user_id.value));
    const OwnedValue at(Value::instant(archiving.at));
    const OwnedValue no(Value::boolean(false));
    return {{kEmpty,
             {id, no, OwnedValue(Value::text(archiving.email)),
              OwnedValue(Value::text(archiving.phone)), OwnedValue(Value::text(kNoPassword))}},
            {kUnlink, {id}},
            {kEndSessions, {id, at}},
            {kOffDuty, {id, no, at}},
            keeping(archiving, original, secrets, random)};
}

Task<Result<void>> archive_account(sql::Transaction& transaction, const http::Call& call,
                                   Archiving archiving) {
    const UserId id = archiving.user_id;
    const std::array params{Value::uuid(id.value)};
    SEGURIFAI_CO_TRY_AS(const std::optional<Original> original,
                        co_await model::read_one<Original>(transaction, kOriginal, params));
    if (!original) co_return refuse(Refusal::kNotFound);
    SEGURIFAI_CO_TRY_AS(const bool open, co_await is_there(transaction, kOpenRequest, id));
    if (open) co_return refuse(Refusal::kOpenRequest);
    SEGURIFAI_CO_TRY_AS(const bool pending, co_await is_there(transaction, kPendingPayment, id));
    if (pending) co_return refuse(Refusal::kPaymentPending);
    const std::vector<Write> writes =
        writes_of(archiving, *original, call.platform.secrets, call.platform.random);
    SEGURIFAI_CO_TRY(co_await write_all(transaction, writes));
    events::Event event{
        .name = "user.archived", .object_table = "users_user", .object_id = id.value.to_string()};
    SEGURIFAI_CO_TRY(co_await events::publish(transaction, call.at, std::move(event)));
    co_return co_await audit::record(transaction, call, change_of(id, R"({"is_active":false})"));
}

Result<std::string> unseal_original(const ArchivedAccount& archived,
                                    const security::Secrets& secrets) {
    if (!archived.own_key)
        return fail(Code::kGone, "The key was destroyed: nobody can read who this account was.");
    const auto key_id = security::key_id_of_sealed(*archived.own_key);
    const auto keys =
        std::ranges::find(secrets.keys, key_id.value_or(""), &security::DerivedKeys::id);
    if (keys == secrets.keys.end())
        return fail(Code::kCorrupt, "The archived account was sealed with another secret key.");
    std::array<std::uint8_t, security::Key::kSize> bytes{};
    auto key_text =
        security::unseal(keys->sealing, place_of("own_key", archived.user_id), *archived.own_key);
    if (!key_text || !security::base64url_read(*key_text, bytes))
        return fail(Code::kCorrupt, "The key of the archived account does not open.");
    security::wipe(*key_text);
    auto original = security::unseal(security::Key(bytes), place_of("sealed", archived.user_id),
                                     archived.sealed);
    security::wipe(bytes);
    if (!original) return fail(Code::kCorrupt, "The archived account does not open.");
    return *std::move(original);
}

Task<Result<void>> archive_own(http::Call& call, std::optional<std::string> password,
                               std::optional<std::string> proof, std::string reason) {
    const UserId id{call.caller.user_id};
    if (password.has_value() == proof.has_value())
        co_return fault("password", "Give either the password or a proof of the phone.");
    SEGURIFAI_CO_TRY_AS(std::optional<Account> account,
                        co_await find_account(call.platform.database, id));
    if (!account) co_return refuse(Refusal::kTokenNotValid);
    if (password) {
        SEGURIFAI_CO_TRY_AS(const CheckedPassword checked,
                            co_await check_password(call, account, {}, *password));
        if (!checked.matches) co_return fault("password", "The password is not correct.");
    }
    const Archiving archiving =
        plan_archiving(call.platform.random, id, call.at, id, std::move(reason));
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        if (proof)
            SEGURIFAI_CO_TRY(
                co_await use_confirmation(transaction, call.at, account->phone_number, *proof));
        co_return co_await archive_account(transaction, call, archiving);
    };
    SEGURIFAI_CO_TRY(co_await call.platform.database.transact(body));
    co_await list_at_once(call.platform);
    co_return Result<void>();
}

Task<Result<void>> archive_other(http::Call& call, UserId user_id, std::string reason) {
    const UserId self{call.caller.user_id};
    if (user_id == self) co_return refuse(Refusal::kPermissionDenied);
    const Archiving archiving =
        plan_archiving(call.platform.random, user_id, call.at, self, std::move(reason));
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(const std::optional<Account> account,
                            co_await find_account(transaction, user_id));
        if (!account) co_return refuse(Refusal::kNotFound);
        SEGURIFAI_CO_TRY(call.require_match(http::etag_of_value(me_of(*account))));
        co_return co_await archive_account(transaction, call, archiving);
    };
    SEGURIFAI_CO_TRY(co_await call.platform.database.transact(body));
    co_await list_at_once(call.platform);
    co_return Result<void>();
}

}  // namespace segurifai::users
