// Deleting an account archives it, and the erasure outlives a restore.

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "api/access.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/users/account_phone.hpp"
#include "apps/users/archive_tables.hpp"
#include "apps/users/archiving.hpp"
#include "apps/users/erasure_list.hpp"
#include "apps/users/erasures.hpp"
#include "apps/users/tables.hpp"
#include "model/store.hpp"

namespace segurifai::testing {
namespace {

using users::ArchivedAccount;

class ArchivedAccounts : public Access {
protected:
    TestAnswer archive(const std::string& token,
                       std::initializer_list<std::pair<std::string_view, std::string_view>> what) {
        TestRequest request;
        request.token = token;
        request.body = json_of(what);
        return api.remove("/api/users/me/", request);
    }
    TestAnswer archive_other(const std::string& token, users::UserId id, std::string_view etag) {
        TestRequest request;
        request.token = token;
        request.body = json_of({{"reason", "Lo pidió por carta"}});
        request.headers = {{http::Header::kIfMatch, std::string(etag)}};
        return api.remove("/api/admin/users/" + id.value.to_string() + "/", request);
    }
    /// The user's row as the database has it.
    users::User row(users::UserId id) {
        return model::find_blocking<users::User>(api.session(), id)->value();
    }
    std::optional<ArchivedAccount> archived(users::UserId id) {
        return *model::find_by_blocking<ArchivedAccount>(api.session(), "user_id", id);
    }
    void expect_emptied(users::UserId id) {
        const users::User user = row(id);
        EXPECT_FALSE(user.is_active);
        EXPECT_EQ(user.first_name, "");
        EXPECT_EQ(user.last_name, "");
        EXPECT_TRUE(user.email.ends_with("@archived.invalid"));
        EXPECT_EQ(user.phone_number.text().size(), users::kArchivedPhoneSize);
        EXPECT_TRUE(user.phone_number.text().starts_with(users::kArchivedPhonePrefix));
        EXPECT_FALSE(user.paq_wallet_id);
        EXPECT_FALSE(user.profile_picture);
        EXPECT_EQ(user.password, "!");
    }
    users::ErasureList list() { return *users::read_erasures_blocking(api.erasures_file()); }
    users::ErasuresApplied apply() {
        return *users::apply_erasures_blocking(api.session(), api.clock, api.random, api.secrets(),
                                               api.erasures_file());
    }
    Result<void> destroy_key(users::UserId id) {
        return users::destroy_key_blocking(api.session(), api.clock, api.erasures_file(), id);
    }
    /// Puts the account back as it was before: what a restore to an earlier time does.
    void bring_back(const users::User& user) {
        api.execute("DELETE FROM users_archivedaccount");
        users::User again = user;
        const auto done = model::update_blocking(api.session(), api.clock, again);
        ASSERT_TRUE(done) << describe(done.error());
    }
};
SEGURIFAI_ON_BOTH_ENGINES(ArchivedAccounts);

TEST_P(ArchivedAccounts, AreEmptiedWithTheirPassword) {
    const Person ana = member();
    const std::string id = ana.id.value.to_string();
    api.execute("UPDATE users_user SET paq_wallet_id = 'W-1' WHERE id = '" + id + "'");
    api.execute(
        "INSERT INTO paq_wallet_paqwalletlink (user_id, wallet_id, wallet_token, "
        "is_verified, linked_at) VALUES ('" +
        id + "', 'W-1', 'x', true, '2026-01-01 00:00:00.000000')");
    const std::string token = sign_in("ana@example.gt", kPassword).at("/access");
    EXPECT_EQ(archive(token, {{"password", kOtherPassword}}).status, 400);
    EXPECT_EQ(archive(token, {{"password", kPassword}, {"reason", "Me mudé"}}).status, 204);
    expect_emptied(ana.id);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM paq_wallet_paqwalletlink"), 0);
    EXPECT_EQ(me(token).status, 401);
    EXPECT_EQ(sign_in("ana@example.gt", kPassword).status, 401);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM audit_event WHERE action = 'users.me.archive'"), 1);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM events_outbox WHERE name = 'user.archived'"), 1);
    EXPECT_EQ(archived(ana.id)->reason, "Me mudé");
    // Address and number are free again.
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM users_user WHERE phone_number = '" + ana.phone +
                          "' OR email = 'ana@example.gt'"),
              0);
}

TEST_P(ArchivedAccounts, AreEmptiedWithAProofOfTheirPhoneOnce) {
    const Person ana = member();
    const std::string token = api.sign_in_as(ana.id);
    const TestAnswer refused = archive(token, {{"proof", prove(ana.phone, "RESET")}});
    EXPECT_EQ(refused.at("/code"), "code_invalid");
    EXPECT_EQ(archive(token, {}).status, 400);
    wait_seconds(61);
    const std::string proof = prove(ana.phone, "CONFIRM");
    EXPECT_EQ(archive(token, {{"proof", proof}, {"password", kPassword}}).status, 400);
    EXPECT_EQ(archive(token, {{"proof", proof}}).status, 204);
    expect_emptied(ana.id);
}

TEST_P(ArchivedAccounts, KeepWhoTheyWereSealedUnderAKeyThatCanBeDestroyed) {
    const Person ana = member();
    ASSERT_EQ(archive(api.sign_in_as(ana.id), {{"password", kPassword}}).status, 204);
    const ArchivedAccount kept = *archived(ana.id);
    EXPECT_FALSE(kept.sealed.contains("ana@"));
    EXPECT_EQ(*users::unseal_original(kept, api.secrets()),
              R"({"email":"ana@example.gt","first_name":"Ana","last_name":"Pérez",)"
              R"("phone_number":")" +
                  ana.phone + "\"}");
    // Sealed for this row and no other.
    ArchivedAccount moved = kept;
    moved.user_id.value.bytes[0] ^= 1;
    EXPECT_EQ(users::unseal_original(moved, api.secrets()).error().code, Code::kCorrupt);

    ASSERT_TRUE(destroy_key(ana.id));
    EXPECT_EQ(users::unseal_original(*archived(ana.id), api.secrets()).error().code, Code::kGone);
    EXPECT_EQ(destroy_key(ana.id).error().code, Code::kNotFound);
    EXPECT_EQ(*users::list_erasures_blocking(api.session(), api.clock, api.erasures_file()), 0);
    EXPECT_EQ(list().erasures.back().kind, users::Erasure::Kind::kKeyDestroyed);
}

TEST_P(ArchivedAccounts, AreNotWhileSomethingOfTheirsIsOpen) {
    const Person ana = member();
    const std::string id = ana.id.value.to_string();
    const std::string token = api.sign_in_as(ana.id);
    api.execute(
        "INSERT INTO paq_wallet_paqtransaction (transaction_id, user_id, transaction_type, "
        "amount, status, created_at) VALUES ('TXN-1', '" +
        id + "', 'PAYMENT', 39.99, 'PENDING', '2026-01-01 00:00:00.000000')");
    EXPECT_EQ(archive(token, {{"password", kPassword}}).at("/code"), "payment_pending");
    EXPECT_TRUE(row(ana.id).is_active);
    EXPECT_FALSE(archived(ana.id));
    assistance::AssistanceRequest request;
    request.request_number = "REQ-20260203-ABCDEF";
    request.user_id = ana.id;
    request.title = "Grúa";
    api.insert(request);
    EXPECT_EQ(archive(token, {{"password", kPassword}}).at("/code"), "open_request");
    api.execute("UPDATE assistance_assistancerequest SET status = 'COMPLETED'");
    EXPECT_EQ(archive(token, {{"password", kPassword}}).at("/code"), "payment_pending");
    api.execute("UPDATE paq_wallet_paqtransaction SET status = 'COMPLETED'");
    EXPECT_EQ(archive(token, {{"password", kPassword}}).status, 204);
}

TEST_P(ArchivedAccounts, BySuperusersUnderTheTagOfTheAccount) {
    const Person ana = member();
    const Person boss = api.add_superuser();
    const Person desk = api.add_staff({http::Scope::kSupport});
    const std::string token = api.sign_in_as(boss.id);
    const std::string etag = me(api.sign_in_as(ana.id)).header("ETag");
    EXPECT_EQ(archive_other(api.sign_in_as(desk.id), ana.id, etag).status, 403);
    EXPECT_EQ(archive_other(token, boss.id, etag).status, 403);
    EXPECT_EQ(archive_other(token, users::UserId{}, etag).status, 404);
    const TestAnswer stale = archive_other(token, ana.id, "\"another\"");
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(archive_other(token, ana.id, stale.header("ETag")).status, 204);
    expect_emptied(ana.id);
    EXPECT_EQ(archived(ana.id)->archived_by, boss.id);
    EXPECT_EQ(archive_other(token, ana.id, "*").status, 404);
    // A member of staff is no member: the own account is not theirs to delete.
    EXPECT_EQ(archive(api.sign_in_as(desk.id), {{"password", kPassword}}).status, 403);
}

TEST_P(ArchivedAccounts, OfUnitsAtWorkWaitAndThenGoOffDuty) {
    const Unit unit = api.add_unit();
    const Person boss = api.add_superuser();
    const std::string token = api.sign_in_as(boss.id);
    const std::string etag = archive_other(token, unit.user_id, "\"another\"").header("ETag");
    assistance::AssistanceRequest request;
    request.request_number = "REQ-20260203-ABCDEF";
    request.user_id = member().id;
    request.title = "Grúa";
    api.insert(request);
    dispatch::Assignment job;
    job.request_id = request.id;
    job.provider_id = unit.id;
    job.assigned_at = job.promised_at = job.arrival_estimate_at = api.clock.now();
    api.insert(job);
    EXPECT_EQ(archive_other(token, unit.user_id, etag).at("/code"), "open_request");
    job.ended_at = api.clock.now();
    ASSERT_TRUE(model::update_blocking(api.session(), api.clock, job));
    EXPECT_EQ(archive_other(token, unit.user_id, etag).status, 204);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM providers_provider WHERE is_available"), 0);
}

TEST_P(ArchivedAccounts, StandOnAListOutsideTheDatabase) {
    const Person ana = member();
    ASSERT_EQ(archive(api.sign_in_as(ana.id), {{"password", kPassword}}).status, 204);
    ASSERT_EQ(list().erasures.size(), 1U);
    EXPECT_EQ(list().erasures[0].user_id, ana.id);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM users_archivedaccount WHERE listed_at IS NULL"), 0);
    struct stat about{};
    ASSERT_EQ(stat(api.erasures_file().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
    // A line that a crash cut short is no line, and the next begins a line of its own.
    std::ofstream(api.erasures_file(), std::ios::app) << R"({"at":"2026-)";
    api.execute("UPDATE users_archivedaccount SET listed_at = NULL");
    EXPECT_EQ(*users::list_erasures_blocking(api.session(), api.clock, api.erasures_file()), 1);
    EXPECT_EQ(list().erasures.size(), 2U);
    EXPECT_EQ(list().unreadable, 1);
}

TEST_P(ArchivedAccounts, AreArchivedAgainInADatabaseThatWasRestored) {
    const Person ana = member();
    const Person eva = member("eva@example.gt");
    const users::User before = row(ana.id);
    ASSERT_EQ(archive(api.sign_in_as(ana.id), {{"password", kPassword}}).status, 204);
    ASSERT_TRUE(destroy_key(ana.id));
    const Instant archived_at = archived(ana.id)->archived_at;
    bring_back(before);
    const std::string token = api.sign_in_as(ana.id);
    const users::ErasuresApplied applied = apply();
    EXPECT_EQ(applied.archived, 1);
    EXPECT_EQ(applied.destroyed, 1);
    expect_emptied(ana.id);
    EXPECT_EQ(me(token).status, 401);
    EXPECT_EQ(archived(ana.id)->archived_at, archived_at);
    EXPECT_FALSE(archived(ana.id)->own_key);
    EXPECT_TRUE(row(eva.id).is_active);
    const users::User once = row(ana.id);
    const users::ErasuresApplied again = apply();
    EXPECT_EQ(again.archived + again.destroyed, 0);
    EXPECT_EQ(again.done, 2);
    EXPECT_EQ(row(ana.id).email, once.email);
}

TEST_P(ArchivedAccounts, KeyThatABackupStillHasIsDestroyedAgainOnceItIsRestored) {
    const Person ana = member();
    ASSERT_EQ(archive(api.sign_in_as(ana.id), {{"password", kPassword}}).status, 204);
    const ArchivedAccount in_backup = *archived(ana.id);
    ASSERT_TRUE(destroy_key(ana.id));
    // Restored to an instant between the deletion and the destruction.
    ArchivedAccount restored = in_backup;
    ASSERT_TRUE(model::update_blocking(api.session(), api.clock, restored));
    ASSERT_TRUE(users::unseal_original(*archived(ana.id), api.secrets())) << "the backup had it";
    EXPECT_EQ(apply().destroyed, 1);
    const ArchivedAccount after = *archived(ana.id);
    EXPECT_EQ(users::unseal_original(after, api.secrets()).error().code, Code::kGone);
    EXPECT_TRUE(after.key_destroyed_at);
    EXPECT_EQ(after.sealed, in_backup.sealed);
    EXPECT_EQ(api.integer("SELECT COUNT(*) FROM users_archivedaccount WHERE own_key IS NOT NULL"),
              0);
}

TEST_P(ArchivedAccounts, KeyIsNotDestroyedBeforeTheListKnows) {
    const Person ana = member();
    ASSERT_EQ(archive(api.sign_in_as(ana.id), {{"password", kPassword}}).status, 204);
    // A folder stands where the list should be: nothing can be appended.
    const std::string nowhere = api.erasures_file() + ".d";
    ASSERT_TRUE(std::filesystem::create_directories(nowhere));
    ASSERT_FALSE(users::destroy_key_blocking(api.session(), api.clock, nowhere, ana.id));
    EXPECT_TRUE(users::unseal_original(*archived(ana.id), api.secrets()));
}

TEST_P(ArchivedAccounts, OfAnotherDatabaseAreNotThere) {
    const Person ana = member();
    users::UserId stranger;
    stranger.value.bytes.fill(9);
    ASSERT_TRUE(users::append_erasures_blocking(
        api.erasures_file(), {{users::Erasure::Kind::kArchived, stranger, api.clock.now()}}));
    EXPECT_EQ(apply().unknown, 1);
    EXPECT_TRUE(row(ana.id).is_active);
}

}  // namespace
}  // namespace segurifai::testing
