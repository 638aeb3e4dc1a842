#include "ops/transfer/diagnosis.hpp"

namespace segurifai::transfer {
namespace {

using Spools = std::map<const model::Table*, Spool>;

/// The temporary copy of a table, with the place of each row.
std::string stage_of(const model::Table& table) {
    return "segurifai_stage_" + std::to_string(table.number);
}

constexpr std::string_view kPlace = "segurifai_place";

class Diagnosis {
public:
    Diagnosis(sql::Session& session, const model::Registry& registry, Spools& spools,
              FaultList& faults)
        : session_(session), registry_(registry), spools_(spools), faults_(faults) {}

    [[nodiscard]] Result<void> run() {
        for (auto& [table, spool] : spools_) SEGURIFAI_TRY(stage(*table, spool));
        for (const model::Table* table : registry_.tables())
            if (spools_.contains(table)) SEGURIFAI_TRY(look_at(*table));
        return {};
    }

private:
    [[nodiscard]] Result<void> stage(const model::Table& table, Spool& spool) {
        const std::string name = stage_of(table);
        SEGURIFAI_TRY(session_.script("CREATE TEMPORARY TABLE " + name + " AS SELECT * FROM " +
                                      sql::quoted(table.name) + " LIMIT 0"));
        SEGURIFAI_TRY(session_.script("ALTER TABLE " + name + " ADD COLUMN " + std::string(kPlace) +
                                      " BIGINT"));
        std::vector<sql::BulkColumn> columns;
        for (const model::Column& column : table.columns)
            columns.push_back({std::string(column.name), column.value_type()});
        columns.push_back({std::string(kPlace), sql::ValueType::kInteger});
        SEGURIFAI_TRY(spool.rewind());
        const auto inserted = session_.bulk_insert(
            name, columns, [&spool](std::vector<sql::Value>& row) -> Result<bool> {
                std::int64_t place = 0;
                SEGURIFAI_TRY_AS(const bool more, spool.next(place, row));
                if (more) row.push_back(sql::Value::integer(place));
                return more;
            });
        if (!inserted) return std::unexpected(inserted.error());
        return {};
    }

    [[nodiscard]] Result<void> look_at(const model::Table& table) {
        for (const model::Column& column : table.columns) {
            if (column.primary_key || column.unique)
                SEGURIFAI_TRY(look_for_repeats(table, {{column.name}}, {}));
            if (!column.references.empty()) SEGURIFAI_TRY(look_for_orphans(table, column));
        }
        for (const model::Index& index : table.indexes)
            if (index.unique) SEGURIFAI_TRY(look_for_repeats(table, index.columns, index.where));
        for (const model::Check& check : table.checks)
            SEGURIFAI_TRY(name_rows(table, check.name,
                                    "breaks the rule " + std::string(check.expression),
                                    "SELECT s." + std::string(kPlace) + " FROM " + stage_of(table) +
                                        " s WHERE NOT (" + std::string(check.expression) + ")"));
        return {};
    }

    /// Rows whose values of `columns` stand in an earlier row of the load, or in the database.
    [[nodiscard]] Result<void> look_for_repeats(const model::Table& table,
                                                std::span<const std::string_view> columns,
                                                std::string_view where) {
        std::string equal;
        std::string names;
        for (const std::string_view column : columns) {
            if (column.empty()) continue;
            const std::string name = sql::quoted(column);
            equal += " AND o." + name + " = s." + name;
            names += (names.empty() ? "" : ", ") + std::string(column);
        }
        const std::string partial = where.empty() ? "" : " WHERE " + std::string(where);
        const std::string mine = "(SELECT * FROM " + stage_of(table) + partial + ")";
        const std::string stored = "(SELECT * FROM " + sql::quoted(table.name) + partial + ")";
        const std::string place(kPlace);
        SEGURIFAI_TRY(name_rows(table, names, "repeats a value of an earlier row",
                                "SELECT DISTINCT s." + place + " FROM " + mine + " s JOIN " + mine +
                                    " o ON o." + place + " < s." + place + equal));
        return name_rows(table, names, "repeats a value that is stored already",
                         "SELECT DISTINCT s." + place + " FROM " + mine + " s JOIN " + stored +
                             " o ON 1 = 1" + equal);
    }

    /// Rows that point at a parent which is neither stored nor loaded.
    [[nodiscard]] Result<void> look_for_orphans(const model::Table& table,
                                                const model::Column& column) {
        const model::Table& parent = *registry_.find(column.references);
        const std::string match = " p WHERE p." + sql::quoted(parent.primary_key().name) + " = s." +
                                  sql::quoted(column.name) + ")";
        std::string sql = "SELECT s." + std::string(kPlace) + " FROM " + stage_of(table) +
                          " s WHERE s." + sql::quoted(column.name) +
                          " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " + sql::quoted(parent.name) +
                          match;
        if (spools_.contains(&parent))
            sql += " AND NOT EXISTS (SELECT 1 FROM " + stage_of(parent) + match;
        return name_rows(table, std::string(column.name),
                         "points at no row of " + std::string(parent.name), sql);
    }

    /// Adds a fault for each place that `sql` gives.
    [[nodiscard]] Result<void> name_rows(const model::Table& table, std::string_view columns,
                                         const std::string& message, const std::string& sql) {
        auto sink = sql::each_row([&](const sql::Row& row) {
            faults_.add(row.integer(0), table.name, columns, message);
        });
        const auto found = session_.run(sql + " ORDER BY 1", {}, &sink);
        if (!found) return std::unexpected(found.error());
        return {};
    }

    sql::Session& session_;
    const model::Registry& registry_;
    Spools& spools_;
    FaultList& faults_;
};

}  // namespace

Result<void> diagnose(sql::Session& session, const model::Registry& registry,
                      std::map<const model::Table*, Spool>& spools, FaultList& faults) {
    SEGURIFAI_TRY(session.begin());
    auto found = Diagnosis(session, registry, spools, faults).run();
    session.rollback();
    return found;
}

}  // namespace segurifai::transfer
