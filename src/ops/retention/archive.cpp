#include "ops/retention/archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text_folding.hpp"
#include "model/cells.hpp"
#include "model/text_value.hpp"
#include "ops/retention/batch.hpp"
#include "ops/retention/request_text.hpp"
#include "ops/retention/request_tree.hpp"
#include "ops/retention/trail.hpp"

namespace segurifai::retention {
namespace {

using archive::ArchivedRequest;

/// `text` for LIKE … ESCAPE '!', found anywhere.
std::string anywhere(std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '!') pattern += '!';
        pattern += c;
    }
    return pattern + "%";
}

Instant begin_of(Date day) {
    return Instant{day.days * kMicrosPerDay};
}

/// The positions of all columns but those of the packed text.
std::vector<std::size_t> shown_columns() {
    const model::Table& table = model::table_of<ArchivedRequest>();
    std::vector<std::size_t> positions;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (table.columns[i].name != "packed" && table.columns[i].name != "search_text")
            positions.push_back(i);
    return positions;
}

/// Puts the rows of one archived request back.
class Restoring {
public:
    Restoring(sql::Session& session, Clock& clock, const model::Registry& registry)
        : session_(session), clock_(clock), registry_(registry) {}

    Result<Restored> run(const std::string& number) {
        restored_ = {};
        SEGURIFAI_TRY(lock(number));
        SEGURIFAI_TRY_AS(Opened opened, open(session_, registry_, number));
        for (model::Record& row : opened.rows) {
            SEGURIFAI_TRY(part(row));
            SEGURIFAI_TRY(insert(row));
        }
        for (const archive::RequestLink& link : opened.links) SEGURIFAI_TRY(point_again(link));
        SEGURIFAI_TRY(take_out(number));
        SEGURIFAI_TRY(compare(opened));
        Deed deed{.action = "archive.restore",
                  .object_table = "assistance_assistancerequest",
                  .object_id = std::to_string(opened.archived.request_id)};
        SEGURIFAI_TRY(record(session_, clock_, std::move(deed)));
        return restored_;
    }

private:
    /// Two that restore the same request do it one after the other.
    Result<void> lock(const std::string& number) {
        if (session_.engine() == sql::Engine::kSqlite) return {};  // BEGIN took the write lock
        const std::array params{sql::Value::text(number)};
        auto nothing = sql::each_row([](const sql::Row&) {});
        SEGURIFAI_TRY(
            session_.run("SELECT id FROM archive_request WHERE request_number = $1 FOR UPDATE",
                         params, &nothing));
        return {};
    }

    /// An optional reference to a row that is no more becomes NULL, as it would have in a live row.
    Result<void> part(model::Record& row) {
        const auto columns = row.table().columns;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const model::Column& column = columns[i];
            if (column.references.empty() || column.on_delete != model::OnDelete::kSetNull ||
                row.at(i).is_null())
                continue;
            const model::Table& parent = *registry_.find(column.references);
            const std::array params{row.at(i)};
            SEGURIFAI_TRY_AS(
                const std::int64_t there,
                count(session_,
                      fmt::format("SELECT COUNT(*) FROM {} WHERE {} = $1", sql::quoted(parent.name),
                                  sql::quoted(parent.primary_key().name)),
                      params));
            if (there > 0) continue;
            row.set(i, model::null_of(column));
            ++restored_.parted;
        }
        return {};
    }

    Result<void> insert(const model::Record& row) {
        std::vector<sql::Value> params;
        for (const sql::OwnedValue& value : row.values()) params.push_back(value.view());
        const auto& statements = model::plan_of(row.table()).statements;
        SEGURIFAI_TRY(session_.run(statements.insert_whole.on(session_.engine()).text, params));
        ++restored_.rows;
        return {};
    }

    /// Unless the row is no more, or has come to point elsewhere.
    Result<void> point_again(const archive::RequestLink& link) {
        const model::Table* table = registry_.find(link.table_name);
        const model::Column* column = table == nullptr ? nullptr : table->find(link.column_name);
        if (column == nullptr) return {};  // dropped since, and with it what it pointed at
        const auto target = model::parse_value(*column, link.target_id);
        const auto key = model::parse_value(table->primary_key(), link.row_id);
        if (!target || !key) return model::corrupt(*table, *column);
        const std::array params{*target, *key};
        SEGURIFAI_TRY_AS(
            const std::int64_t pointed,
            session_.run(fmt::format("UPDATE {0} SET {1} = $1 WHERE {2} = $2 AND {1} IS NULL",
                                     sql::quoted(table->name), sql::quoted(column->name),
                                     sql::quoted(table->primary_key().name)),
                         params));
        restored_.links += pointed;
        return {};
    }

    Result<void> take_out(const std::string& number) {
        const std::array params{sql::Value::text(number)};
        SEGURIFAI_TRY(
            session_.run("DELETE FROM archive_requestlink WHERE request_number = $1", params));
        SEGURIFAI_TRY(
            session_.run("DELETE FROM archive_request WHERE request_number = $1", params));
        return {};
    }

    /// What the live tables now hold is what the archive held, and nothing else hangs on it.
    Result<void> compare(const Opened& opened) {
        SEGURIFAI_TRY_AS(const TreeShape shape, TreeShape::of(registry_));
        const std::array ids{std::int64_t{opened.archived.request_id}};
        SEGURIFAI_TRY_AS(const auto trees, read_trees(session_, shape, ids));
        if (trees.size() != 1 || trees.front().rows != opened.rows)
            return fail(Code::kCorrupt,
                        fmt::format("{} does not read back as it was archived; nothing was "
                                    "changed.",
                                    opened.archived.request_number));
        return {};
    }

    sql::Session& session_;
    Clock& clock_;
    const model::Registry& registry_;
    Restored restored_;
};

}  // namespace

Result<std::vector<ArchivedRequest>> search(sql::Session& session, const Search& search) {
    const model::Table& table = model::table_of<ArchivedRequest>();
    const std::vector<std::size_t> columns = shown_columns();
    std::string sql = "SELECT ";
    for (const std::size_t position : columns)
        sql += (sql.size() > 7 ? ", " : "") + sql::quoted(table.columns[position].name);
    sql += " FROM archive_request WHERE TRUE";
    std::vector<sql::Value> params;
    const auto demand = [&](std::string_view condition, const sql::Value& value) {
        params.push_back(value);
        sql += " AND " + fmt::format(fmt::runtime(condition), params.size());
    };
    const std::string pattern = anywhere(folded(search.text.value_or("")));
    if (search.number) demand("request_number = ${}", sql::Value::text(*search.number));
    if (search.text) demand("search_text LIKE ${} ESCAPE '!'", sql::Value::text(pattern));
    if (search.member)
        demand(
            "user_id IN (SELECT id FROM users_user WHERE CAST(id AS TEXT) = ${0} OR email = "
            "${0} OR phone_number = ${0})",
            sql::Value::text(*search.member));
    if (search.from) demand("ended_at >= ${}", sql::Value::instant(begin_of(*search.from)));
    if (search.to)
        demand("ended_at < ${}", sql::Value::instant(begin_of(Date{search.to->days + 1})));
    sql += fmt::format(" ORDER BY ended_at DESC, id DESC LIMIT {}", search.limit);
    model::RowsOf<ArchivedRequest> sink(columns);
    SEGURIFAI_TRY(session.run(sql, params, &sink));
    if (sink.error) return std::unexpected(std::move(*sink.error));
    return std::move(sink.rows);
}

Result<Opened> open(sql::Session& session, const model::Registry& registry,
                    const std::string& number) {
    const std::array params{sql::Value::text(number)};
    SEGURIFAI_TRY_AS(auto found,
                     read_rows<ArchivedRequest>(
                         session,
                         fmt::format("SELECT {} FROM archive_request WHERE request_number = $1",
                                     model::plan_of<ArchivedRequest>().statements.column_list()),
                         params));
    if (found.empty())
        return fail(Code::kNotFound, fmt::format("The archive has no request {}.", number));
    Opened opened{.archived = std::move(found.front()), .text = {}, .rows = {}, .links = {}};
    SEGURIFAI_TRY_AS(opened.text, unpack(opened.archived));
    SEGURIFAI_TRY_AS(opened.rows, rows_of(registry, opened.text));
    SEGURIFAI_TRY_AS(
        opened.links,
        read_rows<archive::RequestLink>(
            session,
            fmt::format("SELECT {} FROM archive_requestlink WHERE request_number = $1 ORDER BY id",
                        model::plan_of<archive::RequestLink>().statements.column_list()),
            params));
    return opened;
}

Result<Restored> restore(sql::Session& session, Clock& clock, const model::Registry& registry,
                         const std::string& number) {
    Restored restored;
    SEGURIFAI_TRY(in_transaction(session, [&]() -> Result<void> {
        SEGURIFAI_TRY_AS(restored, Restoring(session, clock, registry).run(number));
        return {};
    }));
    return restored;
}

}  // namespace segurifai::retention
