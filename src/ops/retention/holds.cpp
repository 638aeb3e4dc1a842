#include "ops/retention/holds.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "apps/assistance/tables.hpp"
#include "apps/providers/tables.hpp"
#include "apps/users/tables.hpp"
#include "base/json_object.hpp"
#include "model/codec.hpp"
#include "ops/retention/batch.hpp"
#include "ops/retention/trail.hpp"

namespace segurifai::retention {
namespace {

using archive::HoldKind;
using model::table_of;

constexpr std::string_view kTable = "archive_legalhold";

/// For the audit log.
std::string text_of(const archive::LegalHold& hold) {
    return JsonObject()
        .text("kind", model::word(hold.kind))
        .text("reason", hold.reason)
        .text("since", hold.created_at.to_string())
        .to_string();
}

std::string held_as(HoldKind kind, const std::string& object) {
    return fmt::format(
        "EXISTS (SELECT 1 FROM archive_legalhold h WHERE h.kind = '{}' AND h.object = {})",
        model::word(kind), object);
}

/// Collects the ways in which a row may be held; `depth` keeps the aliases of parents apart.
void add_terms(const model::Registry& registry, const model::Table& table, const std::string& alias,
               int depth, std::vector<std::string>& terms) {
    if (&table == &table_of<assistance::AssistanceRequest>() ||
        &table == &table_of<archive::ArchivedRequest>())
        terms.push_back(held_as(HoldKind::kRequest, alias + ".request_number"));
    for (const model::Column& column : table.columns) {
        if (column.references.empty() || column.references == table.name) continue;
        const std::string cell = fmt::format("{}.{}", alias, sql::quoted(column.name));
        const std::string text = fmt::format("CAST({} AS TEXT)", cell);
        const model::Table& parent = *registry.find(column.references);
        if (&parent == &table_of<users::User>()) {
            terms.push_back(held_as(HoldKind::kMember, text));
        } else if (&parent == &table_of<providers::Provider>()) {
            terms.push_back(held_as(HoldKind::kProvider, text));
        } else if (parent.retention == model::Retention::kRequest ||
                   parent.retention == model::Retention::kSession) {
            const std::string name = fmt::format("p{}", depth);
            std::vector<std::string> of_parent;
            add_terms(registry, parent, name, depth + 1, of_parent);
            if (of_parent.empty()) continue;
            terms.push_back(fmt::format("EXISTS (SELECT 1 FROM {} {} WHERE {}.{} = {} AND ({}))",
                                        sql::quoted(parent.name), name, name,
                                        sql::quoted(parent.primary_key().name), cell,
                                        fmt::join(of_parent, " OR ")));
        }
    }
}

/// Where an object of that kind is looked up by the text it is held by.
std::string_view lookup_of(HoldKind kind) {
    switch (kind) {
        case HoldKind::kRequest:
            return "SELECT (SELECT COUNT(*) FROM assistance_assistancerequest WHERE request_number "
                   "= $1) + (SELECT COUNT(*) FROM archive_request WHERE request_number = $1)";
        case HoldKind::kMember:
            return "SELECT COUNT(*) FROM users_user WHERE CAST(id AS TEXT) = $1";
        case HoldKind::kAuditMonth:
            return "SELECT COUNT(*) FROM audit_segment WHERE month = $1 AND removed_at IS NULL";
        case HoldKind::kProvider: break;
    }
    return "SELECT COUNT(*) FROM providers_provider WHERE CAST(id AS TEXT) = $1";
}

std::string_view what_is(HoldKind kind) {
    switch (kind) {
        case HoldKind::kRequest: return "request";
        case HoldKind::kMember: return "account";
        case HoldKind::kAuditMonth: return "closed month of the audit log";
        case HoldKind::kProvider: break;
    }
    return "provider";
}

}  // namespace

std::string held_sql(const model::Registry& registry, const model::Table& table,
                     std::string_view alias) {
    std::vector<std::string> terms;
    add_terms(registry, table, std::string(alias), 1, terms);
    return terms.empty() ? "FALSE" : fmt::format("({})", fmt::join(terms, " OR "));
}

Result<bool> any_holds(sql::Session& session) {
    SEGURIFAI_TRY_AS(const auto one,
                     session.one_integer("SELECT 1 FROM archive_legalhold LIMIT 1"));
    return one.has_value();
}

Result<void> place_hold(sql::Session& session, Clock& clock, HoldKind kind,
                        const std::string& object, const std::string& reason) {
    const std::array params{sql::Value::text(object)};
    SEGURIFAI_TRY_AS(const std::int64_t found,
                     count(session, std::string(lookup_of(kind)), params));
    if (found == 0)
        return fail(Code::kNotFound,
                    fmt::format("There is no {} '{}' to hold.", what_is(kind), object));
    archive::LegalHold hold;
    hold.kind = kind;
    hold.object = object;
    hold.reason = reason;
    hold.created_at = clock.now();
    auto placed = in_transaction(session, [&]() -> Result<void> {
        SEGURIFAI_TRY(insert_rows(session, std::vector{hold}));
        Deed deed{.action = "archive.hold", .object_table = kTable, .object_id = object};
        deed.after = text_of(hold);
        return record(session, clock, std::move(deed));
    });
    if (!placed && placed.error().code == Code::kUniqueViolation)
        placed.error().message = fmt::format("'{}' is held already.", object);
    return placed;
}

Result<void> release_hold(sql::Session& session, Clock& clock, HoldKind kind,
                          const std::string& object) {
    const std::array params{sql::Value::text(model::word(kind)), sql::Value::text(object)};
    const std::string sql =
        fmt::format("DELETE FROM {} WHERE kind = $1 AND object = $2 RETURNING {}", kTable,
                    model::plan_of<archive::LegalHold>().statements.column_list());
    return in_transaction(session, [&]() -> Result<void> {
        SEGURIFAI_TRY_AS(const auto released, read_rows<archive::LegalHold>(session, sql, params));
        if (released.empty())
            return fail(Code::kNotFound, fmt::format("'{}' is not held.", object));
        Deed deed{.action = "archive.release", .object_table = kTable, .object_id = object};
        deed.before = text_of(released.front());
        return record(session, clock, std::move(deed));
    });
}

Result<bool> is_held(sql::Session& session, HoldKind kind, const std::string& object) {
    const std::array params{sql::Value::text(model::word(kind)), sql::Value::text(object)};
    SEGURIFAI_TRY_AS(
        const auto held,
        session.one_integer("SELECT 1 FROM archive_legalhold WHERE kind = $1 AND object = $2",
                            params));
    return held.has_value();
}

Result<std::vector<std::string>> held_months(sql::Session& session) {
    const std::array params{sql::Value::text(model::word(HoldKind::kAuditMonth))};
    std::vector<std::string> months;
    auto sink = sql::each_row([&](const sql::Row& row) { months.emplace_back(row.text(0)); });
    SEGURIFAI_TRY(session.run(
        "SELECT object FROM archive_legalhold WHERE kind = $1 ORDER BY object", params, &sink));
    return months;
}

Result<std::vector<archive::LegalHold>> holds(sql::Session& session) {
    const auto& statements = model::plan_of<archive::LegalHold>().statements;
    return read_rows<archive::LegalHold>(session,
                                         std::string(statements.all.on(session.engine()).text), {});
}

}  // namespace segurifai::retention
