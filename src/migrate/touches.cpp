#include "migrate/touches.hpp"

namespace segurifai::migrate {

namespace {

std::string identity(std::uint16_t table) {
    return "table " + std::to_string(table);
}
std::string parts(std::uint16_t table) {
    return "parts " + std::to_string(table);
}
std::string name(std::string_view name) {
    return "name " + std::string(name);
}

class Collect {
public:
    explicit Collect(const SchemaState& before) : before_(before) {}

    void operator()(const CreateTable& o) {
        found_.app = o.table.app;
        whole(o.table.number);
        names(o.table);
        for (const ColumnState& column : o.table.columns) parent(column);
    }
    void operator()(const DropTable& o) {
        const TableState* table = own(o.table);
        if (table == nullptr) return;
        whole(table->number);
        names(*table);
        for (const ColumnState& column : table->columns) parent(column);
    }
    void operator()(const RenameTable& o) {
        const TableState* table = own(o.from);
        if (table == nullptr) return;
        found_.app = o.app;
        whole(table->number);
        found_.writes.insert(name(o.from));
        found_.writes.insert(name(o.to));
    }
    void operator()(const AddColumn& o) {
        own(o.table);
        parent(o.column);
    }
    void operator()(const DropColumn& o) { column(o.table, o.column); }
    void operator()(const RenameColumn& o) { column(o.table, o.from); }
    void operator()(const AlterColumn& o) {
        column(o.table, o.column.name);
        parent(o.column);
    }
    void operator()(const AddIndex& o) { index(o.table, o.index.name); }
    void operator()(const DropIndex& o) { index(o.table, o.index); }
    void operator()(const RenameIndex& o) {
        index(o.table, o.from);
        index(o.table, o.to);
    }
    void operator()(const AddCheck& o) { own(o.table); }
    void operator()(const DropCheck& o) { own(o.table); }
    void operator()(const RunSql&) {}  // what it touches, its author states as `depends`

    [[nodiscard]] Touches take() { return std::move(found_); }

private:
    const TableState* own(std::string_view table_name) {
        const TableState* table = before_.find(table_name);
        if (table == nullptr) return nullptr;
        found_.app = table->app;
        found_.reads.insert(identity(table->number));
        found_.writes.insert(parts(table->number));
        return table;
    }
    void whole(std::uint16_t number) {
        found_.writes.insert(identity(number));
        found_.writes.insert(parts(number));
    }
    void names(const TableState& table) {
        found_.writes.insert(name(table.name));
        for (const IndexState& index : table.indexes) found_.writes.insert(name(index.name));
    }
    void index(std::string_view table, std::string_view index_name) {
        own(table);
        found_.writes.insert(name(index_name));
    }
    /// An existing column: what it points at, and who may point at it.
    void column(std::string_view table_name, std::string_view column_name) {
        const TableState* table = own(table_name);
        const ColumnState* column = table == nullptr ? nullptr : table->find_column(column_name);
        if (column == nullptr) return;
        parent(*column);
        if (column->primary_key) whole(table->number);
    }
    void parent(const ColumnState& column) {
        if (!column.references) return;
        if (const TableState* table = before_.find(column.references->table))
            found_.reads.insert(identity(table->number));
    }

    const SchemaState& before_;
    Touches found_;
};

}  // namespace

Touches touches(const Operation& operation, const SchemaState& before) {
    Collect collect(before);
    std::visit(collect, operation);
    return collect.take();
}

std::set<std::string> HistoryOfTouches::before(const Touches& touches) const {
    std::set<std::string> apps;
    const auto add = [&](const auto& map, const std::string& thing) {
        if (const auto found = map.find(thing); found != map.end())
            apps.insert(found->second.begin(), found->second.end());
    };
    for (const std::string& thing : touches.reads) add(writers, thing);
    for (const std::string& thing : touches.writes) {
        add(writers, thing);
        add(readers, thing);
    }
    return apps;
}

Result<HistoryOfTouches> history_of_touches(const MigrationGraph& history) {
    HistoryOfTouches all;
    SchemaState schema;
    for (const Migration* migration : history.effective())
        for (const Operation& operation : migration->operations) {
            const Touches found = touches(operation, schema);
            for (const std::string& thing : found.reads)
                all.readers[thing].insert(migration->id.app);
            for (const std::string& thing : found.writes)
                all.writers[thing].insert(migration->id.app);
            SEGURIFAI_TRY(apply(schema, operation));
        }
    return all;
}

}  // namespace segurifai::migrate
