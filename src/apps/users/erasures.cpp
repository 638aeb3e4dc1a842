#include "apps/users/erasures.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "apps/audit/tables.hpp"
#include "apps/users/archive_tables.hpp"
#include "apps/users/archiving.hpp"
#include "apps/users/erasure_list.hpp"
#include "apps/users/tables.hpp"
#include "model/store.hpp"

namespace segurifai::users {
namespace {

using sql::Value;

const sql::Query kDestroy{"users.erasures.destroy_key",
                          "UPDATE users_archivedaccount SET own_key = NULL, key_destroyed_at = $2, "
                          "listed_at = $2 WHERE user_id = $1 AND own_key IS NOT NULL"};

/// Runs `work` in a transaction of its own.
template <class Work>
Result<void> in_transaction(sql::Session& session, Work work) {
    SEGURIFAI_TRY(session.begin());
    Result<void> done = work();
    if (done) done = session.commit();
    if (!done && session.in_transaction()) session.rollback();
    return done;
}

Result<void> record(sql::Session& session, Clock& clock, std::string_view action, UserId id) {
    audit::AuditEvent event;
    event.at = clock.now();
    event.action = action;
    event.object_table = "users_user";
    event.object_id = id.value.to_string();
    return model::insert_blocking(session, clock, event);
}

Result<void> run(sql::Session& session, const sql::Query& query,
                 const std::vector<sql::OwnedValue>& owned) {
    std::vector<Value> params;
    for (const sql::OwnedValue& value : owned) params.push_back(value.view());
    SEGURIFAI_TRY(session.run(query.on(session.engine()).text, params));
    return {};
}

Result<std::optional<Original>> original_of(sql::Session& session, UserId id) {
    const std::array params{Value::uuid(id.value)};
    std::optional<Original> original;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        model::Cells cells(row);
        original.emplace().read(cells);
        good = cells.good();
        return false;
    });
    SEGURIFAI_TRY(session.run(original_query().on(session.engine()).text, params, &sink));
    if (!good) return fail(Code::kCorrupt, "A stored value is not of its column.");
    return original;
}

/// Archives an account unless it is; false when nothing was left to do.
Result<bool> archive_again(sql::Session& session, Clock& clock, Random& random,
                           const security::Secrets& secrets, const Erasure& erasure) {
    bool archived = false;
    SEGURIFAI_TRY(in_transaction(session, [&]() -> Result<void> {
        SEGURIFAI_TRY_AS(const auto original, original_of(session, erasure.user_id));
        if (!original) return {};
        const Archiving archiving =
            plan_archiving(random, erasure.user_id, erasure.at, std::nullopt, {});
        for (const Write& write : writes_of(archiving, *original, secrets, random))
            SEGURIFAI_TRY(run(session, write.query, write.params));
        archived = true;
        return record(session, clock, "erasures.apply", erasure.user_id);
    }));
    return archived;
}

/// Destroys a key unless there is none; false when nothing was left to do.
Result<bool> destroy(sql::Session& session, Clock& clock, UserId user_id, Instant at,
                     std::string_view action) {
    bool destroyed = false;
    SEGURIFAI_TRY(in_transaction(session, [&]() -> Result<void> {
        const std::array params{Value::uuid(user_id.value), Value::instant(at)};
        SEGURIFAI_TRY_AS(const std::int64_t rows,
                         session.run(kDestroy.on(session.engine()).text, params));
        destroyed = rows > 0;
        return destroyed ? record(session, clock, action, user_id) : Result<void>();
    }));
    return destroyed;
}

}  // namespace

Result<ErasuresApplied> apply_erasures_blocking(sql::Session& session, Clock& clock, Random& random,
                                                const security::Secrets& secrets,
                                                const std::string& path) {
    SEGURIFAI_TRY_AS(const ErasureList list, read_erasures_blocking(path));
    ErasuresApplied applied;
    applied.unreadable = list.unreadable;
    for (const Erasure& erasure : list.erasures) {
        SEGURIFAI_TRY_AS(const std::optional<User> user,
                         model::find_blocking<User>(session, erasure.user_id));
        if (!user) {
            ++applied.unknown;
            continue;
        }
        if (erasure.kind == Erasure::Kind::kArchived) {
            SEGURIFAI_TRY_AS(const bool archived,
                             archive_again(session, clock, random, secrets, erasure));
            ++(archived ? applied.archived : applied.done);
        } else {
            SEGURIFAI_TRY_AS(const bool destroyed, destroy(session, clock, erasure.user_id,
                                                           erasure.at, "erasures.apply"));
            ++(destroyed ? applied.destroyed : applied.done);
        }
    }
    return applied;
}

Result<void> destroy_key_blocking(sql::Session& session, Clock& clock, const std::string& path,
                                  UserId user_id) {
    const auto nothing_to_destroy = [] {
        return fail(Code::kNotFound, "That account is not archived, or its key was destroyed.");
    };
    SEGURIFAI_TRY_AS(const std::optional<ArchivedAccount> archived,
                     model::find_by_blocking<ArchivedAccount>(session, "user_id", user_id));
    if (!archived || !archived->own_key) return nothing_to_destroy();
    const Instant at = clock.now();
    std::vector<Erasure> lines;
    if (!archived->listed_at)
        lines.push_back({Erasure::Kind::kArchived, user_id, archived->archived_at});
    lines.push_back({Erasure::Kind::kKeyDestroyed, user_id, at});
    SEGURIFAI_TRY(append_erasures_blocking(path, lines));
    SEGURIFAI_TRY_AS(const bool destroyed,
                     destroy(session, clock, user_id, at, "erasures.destroy_key"));
    if (!destroyed) return nothing_to_destroy();
    return {};
}

}  // namespace segurifai::users
