#include "migrate/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace segurifai::migrate {

namespace {

// A partitioned table has the sum of its partitions. A table never analysed has reltuples -1: then
// 40 bytes a row, as the planner of a new table would say.
constexpr std::string_view kPostgresSizes = R"sql(
SELECT c.relname::text,
       sum(CASE WHEN p.reltuples >= 0 THEN p.reltuples
                WHEN p.relkind = 'r' THEN pg_relation_size(p.oid) / 40 ELSE 0 END)::bigint,
       sum(pg_total_relation_size(p.oid))::bigint
FROM pg_class c
CROSS JOIN LATERAL (SELECT relid FROM pg_partition_tree(c.oid)
                    UNION SELECT c.oid) t
JOIN pg_class p ON p.oid = t.relid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition
GROUP BY c.relname)sql";

constexpr std::string_view kSqliteTables = R"sql(
SELECT CAST(name AS TEXT) FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND sql NOT LIKE 'CREATE VIRTUAL%')sql";

/// dbstat is compiled into some builds only.
constexpr std::string_view kSqliteBytes = R"sql(
SELECT CAST(m.tbl_name AS TEXT), CAST(sum(s.pgsize) AS INTEGER)
FROM dbstat s JOIN sqlite_schema m ON m.name = s.name WHERE s.aggregate = TRUE
GROUP BY m.tbl_name)sql";

Result<TableSizes> sqlite_sizes(sql::Session& session) {
    TableSizes sizes;
    auto names =
        sql::each_row([&](const sql::Row& row) { sizes.try_emplace(std::string(row.text(0))); });
    SEGURIFAI_TRY(session.run(kSqliteTables, {}, &names));
    for (auto& [name, size] : sizes) {
        const auto rows = session.one_integer(fmt::format(
            "SELECT CAST(coalesce(max(rowid), 0) AS INTEGER) FROM {}", sql::quoted(name)));
        if (rows) size.rows = rows->value_or(0);  // WITHOUT ROWID: not ours, stays 0
    }
    if (!session.prepare(kSqliteBytes)) return sizes;
    auto bytes = sql::each_row([&](const sql::Row& row) {
        const auto found = sizes.find(row.text(0));
        if (found != sizes.end()) found->second.bytes = row.integer(1);
    });
    SEGURIFAI_TRY(session.run(kSqliteBytes, {}, &bytes));
    return sizes;
}

Result<TableSizes> postgres_sizes(sql::Session& session) {
    TableSizes sizes;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sizes[std::string(row.text(0))] = {row.integer(1), row.integer(2)};
    });
    SEGURIFAI_TRY(session.run(kPostgresSizes, {}, &sink));
    return sizes;
}

std::string with_commas(std::int64_t number) {
    std::string digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string size_words(std::int64_t bytes) {
    if (bytes >= 1 << 30) return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30));
    if (bytes >= 1 << 20) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
    return fmt::format("{} KiB", (bytes + 1023) / 1024);
}

std::string time_words(double seconds) {
    if (seconds < 0.1) return "less than 0.1 s";
    if (seconds < 120) return fmt::format("about {:.1f} s", seconds);
    return fmt::format("about {:.0f} min", seconds / 60);
}

/// "batches by key", "writes the table anew", …: how the step goes through the rows.
std::string_view way_of(const Step& step) noexcept {
    if (step.batches) return "changes rows in batches by key";
    if (step.rewrites) return "writes the table anew";
    if (step.scans) return "reads the table";
    return "changes the catalogue alone";
}

void append_step(std::string& text, const Step& step, std::size_t number, const TableSizes& sizes,
                 sql::Engine engine) {
    const StepEstimate cost = estimate(step, sizes);
    auto out = std::back_inserter(text);
    fmt::format_to(out, "  {}. {}{}\n", number, step.about,
                   step.transactional ? "" : "  (outside a transaction)");
    if (!step.table.empty()) {
        if (engine == sql::Engine::kPostgres) {
            fmt::format_to(out, "     locks {}: {}, {}\n", step.table, label(step.lock),
                           in_words(step.lock));
        } else {
            fmt::format_to(out, "     locks the database against other writers\n");
        }
    }
    fmt::format_to(out, "     {}", way_of(step));
    if (cost.rows > 0 || cost.bytes > 0) {
        fmt::format_to(out, ": about {} rows", with_commas(cost.rows));
        if (cost.bytes > 0) fmt::format_to(out, ", {}", size_words(cost.bytes));
    }
    fmt::format_to(out, "; {}\n", time_words(cost.seconds));
}

}  // namespace

Result<TableSizes> table_sizes(sql::Session& session) {
    return session.engine() == sql::Engine::kSqlite ? sqlite_sizes(session)
                                                    : postgres_sizes(session);
}

StepEstimate estimate(const Step& step, const TableSizes& sizes, const Rates& rates) {
    const auto found = sizes.find(step.table);
    if (found == sizes.end()) return {};
    StepEstimate cost{.rows = found->second.rows, .bytes = found->second.bytes};
    const auto rows = static_cast<double>(cost.rows);
    if (step.batches) {
        cost.seconds = rows / rates.update;
    } else if (step.rewrites) {
        cost.seconds = rows / rates.rewrite;
    } else if (step.scans) {
        cost.seconds = rows / rates.scan;
    }
    return cost;
}

std::string_view in_words(Lock lock) noexcept {
    switch (lock) {
        case Lock::kNone: return "nobody waits";
        case Lock::kRowExclusive:
        case Lock::kShareUpdateExclusive: return "reads and writes go on";
        case Lock::kShare:
        case Lock::kShareRowExclusive: return "reads go on, writes wait";
        case Lock::kAccessExclusive: return "reads and writes wait";
    }
    return "reads and writes wait";
}

std::string explain_plan(std::span<const PlannedSteps> plan, const TableSizes& sizes,
                         sql::Engine engine) {
    if (plan.empty()) return "Nothing to do.\n";
    std::string text;
    for (const PlannedSteps& entry : plan) {
        const bool back = entry.planned.direction == Direction::kBackwards;
        double seconds = 0;
        for (const Step& step : entry.steps) seconds += estimate(step, sizes).seconds;
        fmt::format_to(std::back_inserter(text), "{}{}  [{}]  {}\n",
                       entry.planned.migration->id.to_string(), back ? "  (backwards)" : "",
                       label(entry.planned.safety), time_words(seconds));
        std::size_t number = 0;
        for (const Step& step : entry.steps) append_step(text, step, ++number, sizes, engine);
        for (const Finding& finding : entry.findings) text += to_text(finding);
    }
    return text;
}

Result<std::string> explain_plan(sql::Session& session, std::span<const PlannedSteps> plan) {
    SEGURIFAI_TRY_AS(const TableSizes sizes, table_sizes(session));
    return explain_plan(plan, sizes, session.engine());
}

}  // namespace segurifai::migrate
