#include "ops/retention/request_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "apps/assistance/tables.hpp"
#include "base/json.hpp"
#include "model/plan.hpp"
#include "model/row_mapping.hpp"
#include "ops/retention/batch.hpp"
#include "ops/retention/holds.hpp"

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
            bool lock)
        : session_(session),
          shape_(shape),
          for_update_(lock && session.engine() == sql::Engine::kPostgres ? " FOR UPDATE" : "") {
        for (const std::int64_t id : ids) {
            place_of_.emplace(id, trees_.size());
            trees_.push_back({.id = id, .rows = {}, .links = {}});
        }
        keys_ = values_of(ids);
    }

    Result<std::vector<RequestTree>> run() {
        for (const TreeShape::Branch& branch : shape_.branches()) SEGURIFAI_TRY(read(branch));
        SEGURIFAI_TRY_AS(const bool holds, any_holds(session_));
        for (const TreeShape::Pointer& pointer : shape_.pointers())
            if (holds || !pointer.only_held) SEGURIFAI_TRY(read(pointer));
        return std::move(trees_);
    }

private:
    Result<void> read(const TreeShape::Branch& branch) {
        const model::Table& table = *branch.table;
        const std::string sql =
            fmt::format("SELECT {} FROM {} WHERE {} IN ({}) ORDER BY {}{}",
                        model::plan_of(table).statements.column_list(), sql::quoted(table.name),
                        sql::quoted(branch.anchor->name), parameters(1, kBatchRequests),
                        sql::quoted(table.primary_key().name), for_update_);
        const std::size_t anchor = position_of(table, *branch.anchor);
        for (const auto& piece : pieces(keys_, kBatchRequests)) {
            model::RecordsOf sink(table);
            SEGURIFAI_TRY(session_.run(sql, piece, &sink));
            if (sink.error) return std::unexpected(std::move(*sink.error));
            for (model::Record& row : sink.rows) {
                if (session_.engine() == sql::Engine::kSqlite) SEGURIFAI_TRY(make_canonical(row));
                trees_[place_of_.at(row.at(anchor).as_integer())].rows.push_back(std::move(row));
            }
        }
        return {};
    }

    Result<void> read(const TreeShape::Pointer& pointer) {
        const std::size_t key = position_of(*pointer.target, pointer.target->primary_key());
        std::map<std::int64_t, std::size_t> owner;  // row of the tree → its tree
        std::vector<sql::Value> targets;
        for (std::size_t i = 0; i < trees_.size(); ++i)
            for (const model::Record& row : trees_[i].rows)
                if (&row.table() == pointer.target) {
                    owner.emplace(row.at(key).as_integer(), i);
                    targets.push_back(row.at(key));
                }
        const model::Column& row_key = pointer.table->primary_key();
        const std::string sql = fmt::format(
            "SELECT t.{0}, t.{1} FROM {2} t WHERE t.{1} IN ({3}) AND {4} ORDER BY t.{0}",
            sql::quoted(row_key.name), sql::quoted(pointer.column->name),
            sql::quoted(pointer.table->name), parameters(1, kBatchRequests), pointer.which);
        for (const auto& piece : pieces(targets, kBatchRequests)) {
            bool readable = true;
            auto sink = sql::each_row([&](const sql::Row& row) {
                sql::Value id;
                readable = row.get(0, row_key.value_type(), 0, id);
                if (readable) add_link(pointer, id, row.integer(1), owner);
                return readable;
            });
            SEGURIFAI_TRY(session_.run(sql, piece, &sink));
            if (!readable) return model::corrupt(*pointer.table, row_key);
        }
        return {};
    }

    void add_link(const TreeShape::Pointer& pointer, const sql::Value& row, std::int64_t target,
                  const std::map<std::int64_t, std::size_t>& owner) {
        RequestTree& tree = trees_[owner.at(target)];
        archive::RequestLink link;
        link.request_number = tree.rows.front().at("request_number").as_text();
        link.table_name = pointer.table->name;
        link.row_id = sql::to_display(row);
        link.column_name = pointer.column->name;
        link.target_id = std::to_string(target);
        tree.links.push_back(std::move(link));
    }

    sql::Session& session_;
    const TreeShape& shape_;
    std::string for_update_;
    std::vector<RequestTree> trees_;
    std::map<std::int64_t, std::size_t> place_of_;
    std::vector<sql::Value> keys_;
};

}  // namespace

Result<TreeShape> TreeShape::of(const model::Registry& registry) {
    TreeShape shape;
    const model::Table& request = request_table();
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
                                            std::span<const std::int64_t> ids, bool lock) {
    SEGURIFAI_TRY_AS(auto trees, Reading(session, shape, ids, lock).run());
    // Without a lock a request may have gone since its id was found.
    std::erase_if(trees, [](const RequestTree& tree) {
        return tree.rows.empty() || &tree.rows.front().table() != &request_table();
    });
    return trees;
}

Result<void> delete_trees(sql::Session& session, const TreeShape& shape,
                          std::span<const RequestTree> trees) {
    std::map<const model::Table*, std::int64_t> expected;
    std::vector<sql::Value> keys;
    for (const RequestTree& tree : trees) {
        keys.push_back(sql::Value::integer(tree.id));
        for (const model::Record& row : tree.rows) ++expected[&row.table()];
    }
    const auto branches = shape.branches();
    for (auto branch = branches.rbegin(); branch != branches.rend(); ++branch) {
        const std::string sql =
            fmt::format("DELETE FROM {} WHERE {} IN ({})", sql::quoted(branch->table->name),
                        sql::quoted(branch->anchor->name), parameters(1, kBatchRequests));
        std::int64_t deleted = 0;
        for (const auto& piece : pieces(keys, kBatchRequests)) {
            SEGURIFAI_TRY_AS(const std::int64_t some, session.run(sql, piece));
            deleted += some;
        }
        if (deleted != expected[branch->table])
            return fail(Code::kConflict,
                        fmt::format("{} rows of {} would go, but {} were archived.", deleted,
                                    branch->table->name, expected[branch->table]));
    }
    return {};
}

}  // namespace segurifai::retention
