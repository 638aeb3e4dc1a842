#include "migrate/partitions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace segurifai::migrate {
namespace {

/// Makers of partitions wait for one another: an advisory lock until the end of the transaction.
/// Whoever holds it is quick, and never makes an index CONCURRENTLY, which would wait in turn.
constexpr std::string_view kOneMaker =
    "SELECT pg_advisory_xact_lock(hashtextextended('segurifai partitions', 0))";

std::string bound(const ColumnState& column, Date day) {
    return column.type == model::Type::kDate ? fmt::format("'{}'", day.to_string())
                                             : fmt::format("'{} 00:00:00+00'", day.to_string());
}

/// The day after, which the calendar of both engines does not have after its last one.
std::string bound_after(const ColumnState& column, Date day) {
    return day.days == kDateMaxDays ? "MAXVALUE" : bound(column, Date{day.days + 1});
}

/// The statements that make what is missing; empty when nothing is.
Result<std::string> missing(sql::Session& session, const TableState& table, const ColumnState& by,
                            Date from, Date to) {
    const std::string parent = sql::quoted(table.name);
    std::set<std::string> present;
    auto sink = sql::each_row([&](const sql::Row& row) { present.emplace(row.text(0)); });
    const sql::Value name = sql::Value::text(parent);
    SEGURIFAI_TRY(
        session.run("SELECT c.relname::text FROM pg_inherits i JOIN pg_class c "
                    "ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass",
                    {&name, 1}, &sink));
    std::string script;
    for (Date day = from; day <= to; ++day.days) {
        std::string digits = day.to_string();
        std::erase(digits, '-');
        const std::string partition = fmt::format("{}_p{}", table.name, digits);
        if (present.contains(partition)) continue;
        // Made first and attached then: that lets reads and writes of the table go on, which
        // CREATE TABLE … PARTITION OF does not.
        script += fmt::format(
            "CREATE TABLE {0} (LIKE {1} INCLUDING DEFAULTS INCLUDING CONSTRAINTS);\n"
            "ALTER TABLE {1} ATTACH PARTITION {0} FOR VALUES FROM ({2}) TO ({3});\n",
            sql::quoted(partition), parent, bound(by, day), bound_after(by, day));
    }
    return script;
}

/// With the lock: another maker may have made them meanwhile.
Result<void> make_missing(sql::Session& session, const TableState& table, const ColumnState& by,
                          Date from, Date to) {
    auto nothing = sql::each_row([](const sql::Row&) {});
    if (const auto locked = session.run(kOneMaker, {}, &nothing); !locked)
        return std::unexpected(locked.error());
    SEGURIFAI_TRY_AS(const std::string script, missing(session, table, by, from, to));
    return script.empty() ? Result<void>() : session.script(script);
}

}  // namespace

Result<void> ensure_partitions(sql::Session& session, const TableState& table, Date from, Date to) {
    if (session.engine() != sql::Engine::kPostgres || table.partition_by.empty()) return {};
    const ColumnState* by = table.find_column(table.partition_by);
    if (by == nullptr)
        return fail(Code::kConflict, fmt::format("Table {} is partitioned by {}, which it does not "
                                                 "have.",
                                                 table.name, table.partition_by));
    SEGURIFAI_TRY_AS(const std::string script, missing(session, table, *by, from, to));
    if (script.empty()) return {};
    if (session.in_transaction()) return make_missing(session, table, *by, from, to);
    SEGURIFAI_TRY(session.begin());
    auto made = make_missing(session, table, *by, from, to);
    if (made) made = session.commit();
    if (!made) session.rollback();
    return made;
}

std::optional<Date> day_of_partition(std::string_view table, std::string_view partition) noexcept {
    constexpr std::string_view kMark = "_p";
    constexpr std::size_t kDigits = 8;
    if (partition.size() != table.size() + kMark.size() + kDigits || !partition.starts_with(table))
        return std::nullopt;
    partition.remove_prefix(table.size());
    if (!partition.starts_with(kMark)) return std::nullopt;
    const std::string_view digits = partition.substr(kMark.size());
    std::array<char, Date::kTextSize> text{};
    for (std::size_t from = 0, to = 0; from < kDigits; ++from) {
        if (from == 4 || from == 6) text[to++] = '-';
        text[to++] = digits[from];
    }
    return Date::parse({text.data(), text.size()});
}

}  // namespace segurifai::migrate
