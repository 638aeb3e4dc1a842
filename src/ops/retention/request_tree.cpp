#include "ops/retention/request_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "apps/assistance/tables.hpp"
#include "base/json.hpp"
#include "model/plan.hpp"
#include "model/row_mapping.hpp"
#include "ops/retention/batch.hpp"
#include "ops/retention/holds.hpp"
#include "ops/retention/reference_checks.hpp"

namespace segurifai::retention {
namespace {

using model::table_of;

const model::Table& request_table() {
    return table_of<assistance::AssistanceRequest>();
}

std::vector<sql::Value> values_of(std::span<const std::int64_t> ids) {
    std::vector<sql::Value> values;
    values.reserve(ids.size());
    for (const std::int64_t id : ids) values.push_back(sql::Value::integer(id));
    return values;
}

std::size_t position_of(const model::Table& table, const model::Column& column) {
    return static_cast<std::size_t>(&column - table.columns.data());
}

/// SQLite keeps JSON as it was written, by whoever wrote it. An archive holds it as it is
/// everywhere else: canonical.
Result<void> make_canonical(model::Record& row) {
    const auto columns = row.table().columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].type != model::Type::kJson || row.at(i).is_null()) continue;
        const auto json = Json::parse(row.at(i).as_text());
        if (!json)
            return fail(Code::kCorrupt,
                        fmt::format("{}.{} of the row {} is no JSON that can be "
                                    "archived: {}",
                                    row.table().name, columns[i].name,
                                    sql::to_display(row.at(row.table().primary_key().name)),
                                    json.error().message));
        if (json->text != row.at(i).as_text()) row.set(i, sql::Value::json(json->text));
    }
    return {};
}

/// Fills trees from the database.
class Reading {
public:
    Reading(sql::Session& session, const TreeShape& shape, std::span<const std::int64_t> ids,
            bool takes)
        : session_(session), shape_(shape), takes_(takes) {
        for (const std::int64_t id : ids) {
            place_of_.emplace(id, trees_.size());
            trees_.push_back({.id = id, .rows = {}, .links = {}});
        }
        keys_ = values_of(ids);
    }

    Result<std::vector<RequestTree>> run() {
        // Before the rows: with them goes what points at them.
        SEGURIFAI_TRY_AS(const bool holds, any_holds(session_));
        for (const TreeShape::Pointer& pointer : shape_.pointers())
            if (holds || !pointer.only_held) SEGURIFAI_TRY(read(pointer));
        const auto branches = shape_.branches();
        std::vector<std::vector<model::Record>> rows(branches.size());
        for (std::size_t i = branches.size(); i-- > 1;) {  // children first
            SEGURIFAI_TRY_AS(rows[i], read(branches[i]));
        }
        SEGURIFAI_TRY_AS(rows.front(), read_requests(branches.front()));
        for (std::size_t i = 0; i < branches.size(); ++i) {
            const std::size_t anchor = position_of(*branches[i].table, *branches[i].anchor);
            for (model::Record& row : rows[i])
                tree_of(row.at(anchor).as_integer()).rows.push_back(std::move(row));
        }
        // Nobody locks what is only read: a request may have gone since its id was found.
        const auto gone = std::erase_if(trees_, [](const RequestTree& tree) {
            return tree.rows.empty() || &tree.rows.front().table() != &request_table();
        });
        if (takes_ && gone > 0)
            return fail(Code::kConflict, "A request went while it was moved to the archive.");
        for (RequestTree& tree : trees_)
            for (archive::RequestLink& link : tree.links)
                link.request_number = tree.rows.front().at("request_number").as_text();
        return std::move(trees_);
    }

private:
    RequestTree& tree_of(std::int64_t id) { return trees_[place_of_.at(id)]; }

    /// When nothing else is left of them.
    Result<std::vector<model::Record>> read_requests(const TreeShape::Branch& branch) {
        if (!takes_) return read(branch);
        SEGURIFAI_TRY_AS(const bool unchecked,
                         may_skip_reference_checks(session_, *branch.table, shape_.references()));
        if (!unchecked) return read(branch);
        for (const TreeShape::Pointer& pointer : shape_.pointers())
            if (pointer.target == branch.table) SEGURIFAI_TRY(part(pointer));
        std::vector<model::Record> rows;
        SEGURIFAI_TRY(without_reference_checks(session_, [&]() -> Result<void> {
            SEGURIFAI_TRY_AS(rows, read(branch));
            return {};
        }));
        return rows;
    }

    /// What points at the requests points at nothing any more, as ON DELETE SET NULL has it. One
    /// look into each partition tells for all of them whether there is anything.
    Result<void> part(const TreeShape::Pointer& pointer) {
        const auto [first, last] = std::ranges::minmax(keys_, {}, &sql::Value::as_integer);
        const std::array range{first, last};
        const std::string table = sql::quoted(pointer.table->name);
        const std::string column = sql::quoted(pointer.column->name);
        SEGURIFAI_TRY_AS(
            const auto any,
            session_.one_integer(fmt::format("SELECT 1 FROM {0} WHERE {1} >= $1 AND {1} <= "
                                             "$2 LIMIT 1",
                                             table, column),
                                 range));
        if (!any) return {};
        for (const auto& piece : pieces(keys_, kBatchRequests))
            SEGURIFAI_TRY(session_.run(fmt::format("UPDATE {0} SET {1} = NULL WHERE {1} IN ({2})",
                                                   table, column, parameters(1, kBatchRequests)),
                                       piece));
        return {};
    }

    /// The rows of one table, in the order of their keys.
    Result<std::vector<model::Record>> read(const TreeShape::Branch& branch) {
        const model::Table& table = *branch.table;
        const std::string columns(model::plan_of(table).statements.column_list());
        const std::string name = sql::quoted(table.name);
        const std::string which = fmt::format("WHERE {} IN ({})", sql::quoted(branch.anchor->name),
                                              parameters(1, kBatchRequests));
        const std::string sql =
            takes_ ? fmt::format("DELETE FROM {} {} RETURNING {}", name, which, columns)
                   : fmt::format("SELECT {} FROM {} {}", columns, name, which);
        std::vector<model::Record> rows;
        for (const auto& piece : pieces(keys_, kBatchRequests)) {
            model::RecordsOf sink(table);
            SEGURIFAI_TRY(session_.run(sql, piece, &sink));
            if (sink.error) return std::unexpected(std::move(*sink.error));
            std::ranges::move(sink.rows, std::back_inserter(rows));
        }
        if (session_.engine() == sql::Engine::kSqlite)
            for (model::Record& row : rows) SEGURIFAI_TRY(make_canonical(row));
        const std::size_t key = position_of(table, table.primary_key());
        std::ranges::sort(rows, {},
                          [key](const model::Record& row) { return row.at(key).as_integer(); });
        return rows;
    }

    Result<void> read(const TreeShape::Pointer& pointer) {
        const model::Column& row_key = pointer.table->primary_key();
        const auto target =
            std::ranges::find(shape_.branches(), pointer.target, &TreeShape::Branch::table);
        const std::string sql = fmt::format(
            "SELECT t.{0}, t.{1}, x.{2} FROM {3} t JOIN {4} x ON x.{5} = t.{1} "
            "WHERE x.{2} IN ({6}) AND {7} ORDER BY t.{0}",
            sql::quoted(row_key.name), sql::quoted(pointer.column->name),
            sql::quoted(target->anchor->name), sql::quoted(pointer.table->name),
            sql::quoted(pointer.target->name), sql::quoted(pointer.target->primary_key().name),
            parameters(1, kBatchRequests), pointer.which);
        for (const auto& piece : pieces(keys_, kBatchRequests)) {
            bool readable = true;
            auto sink = sql::each_row([&](const sql::Row& row) {
                sql::Value id;
                readable = row.get(0, row_key.value_type(), 0, id);
                if (readable)
                    tree_of(row.integer(2))
                        .links.push_back({.table_name = std::string(pointer.table->name),
                                          .row_id = sql::to_display(id),
                                          .column_name = std::string(pointer.column->name),
                                          .target_id = std::to_string(row.integer(1))});
                return readable;
            });
            SEGURIFAI_TRY(session_.run(sql, piece, &sink));
            if (!readable) return model::corrupt(*pointer.table, row_key);
        }
        return {};
    }

    sql::Session& session_;
    const TreeShape& shape_;
    const bool takes_;
    std::vector<RequestTree> trees_;
    std::map<std::int64_t, std::size_t> place_of_;
    std::vector<sql::Value> keys_;
};

}  // namespace

Result<TreeShape> TreeShape::of(const model::Registry& registry) {
    TreeShape shape;
    const model::Table& request = request_table();
    shape.references_ = registry.references_to(request).size();
    shape.branches_.push_back({&request, &request.primary_key()});
    for (const model::Registry::Reference& reference : registry.references_to(request))
        if (reference.table->retention == model::Retention::kRequest && !reference.column->null)
            shape.branches_.push_back({reference.table, reference.column});
    // Parents first, as the registry has them.
    const auto tables = registry.tables();
    std::ranges::sort(shape.branches_, {}, [&](const Branch& branch) {
        return std::ranges::find(tables, branch.table) - tables.begin();
    });
    const auto belongs = [&](const model::Table* table) {
        return std::ranges::find(shape.branches_, table, &Branch::table) != shape.branches_.end();
    };
    for (const Branch& branch : shape.branches_)
        for (const model::Registry::Reference& reference : registry.references_to(*branch.table)) {
            if (belongs(reference.table)) continue;
            if (reference.column->on_delete != model::OnDelete::kSetNull)
                return fail(Code::kUnsupported,
                            fmt::format("{}.{} does not let a request move to the archive: its "
                                        "table is not of the requests' retention class.",
                                        reference.table->name, reference.column->name));
            const bool by_the_clock =
                reference.table->retention == model::Retention::kLocationHistory;
            shape.pointers_.push_back(
                {reference.table, reference.column, branch.table,
                 by_the_clock ? held_sql(registry, *reference.table, "t") : "TRUE", by_the_clock});
        }
    return shape;
}

Result<std::vector<RequestTree>> read_trees(sql::Session& session, const TreeShape& shape,
                                            std::span<const std::int64_t> ids) {
    return Reading(session, shape, ids, false).run();
}

Result<std::vector<RequestTree>> take_trees(sql::Session& session, const TreeShape& shape,
                                            std::span<const std::int64_t> ids) {
    return Reading(session, shape, ids, true).run();
}

}  // namespace segurifai::retention
