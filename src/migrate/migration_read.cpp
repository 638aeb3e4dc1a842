#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "migrate/migration.hpp"
#include "migrate/migration_words.hpp"

namespace segurifai::migrate {

namespace {

/// Collects what is wrong with a file; each fault has its line.
class Faults {
public:
    template <class... Args>
    void add(const toml::source_region& where, fmt::format_string<Args...> text, Args&&... args) {
        list_.push_back({.path = fmt::format("line {}", where.begin.line),
                         .message = fmt::format(text, std::forward<Args>(args)...)});
    }
    [[nodiscard]] std::vector<Fault> take() { return std::move(list_); }
    [[nodiscard]] bool empty() const noexcept { return list_.empty(); }

private:
    std::vector<Fault> list_;
};

/// One table of the file. Every key that is asked for counts as known; refuse_unknown() names
/// the others.
class Keys {
public:
    Keys(const toml::table& table, Faults& faults) : table_(table), faults_(faults) {}

    [[nodiscard]] const toml::node* find(std::string_view key) {
        known_.insert(key);
        return table_.get(key);
    }

    [[nodiscard]] std::string text(std::string_view key, bool required = false) {
        const toml::node* node = find(key);
        if (node == nullptr) {
            if (required) missing(key);
            return {};
        }
        if (const auto* text = node->as_string()) {
            if (required && text->get().empty()) faults_.add(node->source(), "{} is empty.", key);
            return text->get();
        }
        faults_.add(node->source(), "{} must be a text.", key);
        return {};
    }

    [[nodiscard]] bool truth(std::string_view key) {
        const toml::node* node = find(key);
        if (node == nullptr) return false;
        if (const auto* truth = node->as_boolean()) return truth->get();
        faults_.add(node->source(), "{} must be true or false.", key);
        return false;
    }

    [[nodiscard]] std::uint16_t number(std::string_view key) {
        const toml::node* node = find(key);
        if (node == nullptr) {
            missing(key);
            return 0;
        }
        const auto* number = node->as_integer();
        if (number != nullptr && number->get() >= 1 && number->get() <= 65'535)
            return static_cast<std::uint16_t>(number->get());
        faults_.add(node->source(), "{} must be a number from 1 to 65535.", key);
        return 0;
    }

    [[nodiscard]] PresetState preset(std::string_view key) {
        const toml::node* node = find(key);
        if (node == nullptr) return {};
        if (const auto* truth = node->as_boolean()) return truth->get();
        if (const auto* number = node->as_integer()) return number->get();
        if (const auto* text = node->as_string()) return text->get();
        faults_.add(node->source(),
                    "{} must be true, false, a whole number or a text "
                    "(decimals are texts).",
                    key);
        return {};
    }

    [[nodiscard]] std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> texts;
        const toml::node* node = find(key);
        if (node == nullptr) return texts;
        const toml::array* items = node->as_array();
        if (items == nullptr) {
            faults_.add(node->source(), "{} must be a list of texts.", key);
            return texts;
        }
        for (const toml::node& item : *items) {
            if (const auto* text = item.as_string())
                texts.push_back(text->get());
            else
                faults_.add(item.source(), "{} must be a list of texts.", key);
        }
        return texts;
    }

    /// The inline tables of a list, each read by `read(Keys&)`.
    template <class Read>
    void each(std::string_view key, Read read) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        const toml::array* items = node->as_array();
        if (items == nullptr) return faults_.add(node->source(), "{} must be a list.", key);
        for (const toml::node& item : *items) {
            if (const toml::table* table = item.as_table()) {
                Keys keys(*table, faults_);
                read(keys);
                keys.refuse_unknown();
            } else {
                faults_.add(item.source(), "Each of {} must be {{ … }}.", key);
            }
        }
    }

    template <class Read>
    void one(std::string_view key, Read read) {
        const toml::node* node = find(key);
        if (node == nullptr) return missing(key);
        const toml::table* table = node->as_table();
        if (table == nullptr) return faults_.add(node->source(), "{} must be {{ … }}.", key);
        Keys keys(*table, faults_);
        read(keys);
        keys.refuse_unknown();
    }

    /// After a fault that leaves open which keys belong here.
    void accept_the_rest() { all_known_ = true; }

    void refuse_unknown() {
        if (all_known_) return;
        for (const auto& [key, node] : table_)
            if (!known_.contains(key.str()))
                faults_.add(key.source(), "{} is no key of this place.", key.str());
    }

    void missing(std::string_view key) { faults_.add(table_.source(), "{} is missing.", key); }
    template <class... Args>
    void fault(std::string_view key, fmt::format_string<Args...> text, Args&&... args) {
        const toml::node* node = table_.get(key);
        faults_.add(node == nullptr ? table_.source() : node->source(), text,
                    std::forward<Args>(args)...);
    }

private:
    const toml::table& table_;
    Faults& faults_;
    std::set<std::string_view> known_;
    bool all_known_ = false;
};

void read_type(Keys& keys, ColumnState& column) {
    const std::string spelled = keys.text("type", true);
    if (spelled.empty()) return;
    const auto type = words::parse_type(spelled);
    if (!type) return keys.fault("type", "{} is no type; write for example VARCHAR(254).", spelled);
    column.type = type->type;
    column.length = type->length;
    column.precision = type->precision;
    column.scale = type->scale;
}

void read_reference(Keys& keys, ColumnState& column) {
    const std::string target = keys.text("references");
    const std::string on_delete = keys.text("on_delete");
    if (target.empty()) {
        if (!on_delete.empty()) keys.fault("on_delete", "on_delete stands without references.");
        return;
    }
    const std::size_t dot = target.find('.');
    const auto action = words::value_of(words::kOnDelete, on_delete);
    if (dot == std::string::npos || dot == 0 || dot + 1 == target.size())
        return keys.fault("references", "references must be \"table.column\".");
    if (!action) return keys.fault("on_delete", "on_delete must be restrict, cascade or set null.");
    column.references = ForeignKeyState{
        .table = target.substr(0, dot), .column = target.substr(dot + 1), .on_delete = *action};
}

ColumnState read_column(Keys& keys) {
    ColumnState column{.number = keys.number("number"), .name = keys.text("name", true)};
    read_type(keys, column);
    column.primary_key = keys.truth("primary_key");
    column.identity = keys.truth("identity");
    column.null = keys.truth("null");
    column.preset = keys.preset("default");
    column.choices = keys.texts("choices");
    column.min = keys.text("min");
    column.max = keys.text("max");
    if (keys.find("json") != nullptr) {
        const auto kind = words::value_of(words::kJson, keys.text("json"));
        if (kind)
            column.json = *kind;
        else
            keys.fault("json", "json must be any, array or object.");
    }
    read_reference(keys, column);
    return column;
}

IndexState read_index(Keys& keys) {
    IndexState index{.name = keys.text("name", true),
                     .columns = keys.texts("columns"),
                     .unique = keys.truth("unique"),
                     .where = keys.text("where")};
    if (index.columns.empty()) keys.fault("columns", "An index needs columns.");
    return index;
}

CheckState read_check(Keys& keys) {
    return {.name = keys.text("name", true), .expression = keys.text("expression", true)};
}

TableState read_table(Keys& keys, std::string_view app) {
    TableState table{.number = keys.number("number"),
                     .app = keys.text("app"),
                     .name = keys.text("table", true),
                     .partition_by = keys.text("partition_by"),
                     .columns = {}};
    if (table.app.empty()) table.app = app;
    keys.each("columns", [&](Keys& part) { table.columns.push_back(read_column(part)); });
    keys.each("indexes", [&](Keys& part) { table.indexes.push_back(read_index(part)); });
    keys.each("checks", [&](Keys& part) { table.checks.push_back(read_check(part)); });
    if (table.columns.empty()) keys.fault("columns", "A table needs columns.");
    // Written in another order they are still the same table.
    std::ranges::sort(table.columns, {}, &ColumnState::number);
    std::ranges::sort(table.indexes, {}, &IndexState::name);
    std::ranges::sort(table.checks, {}, &CheckState::name);
    return table;
}

RunSql read_sql(Keys& keys) {
    RunSql sql{.about = keys.text("about"),
               .sqlite = keys.text("sqlite"),
               .postgres = keys.text("postgres"),
               .sqlite_reverse = keys.text("sqlite_reverse"),
               .postgres_reverse = keys.text("postgres_reverse"),
               .reversible = keys.truth("reversible"),
               .lossy = keys.truth("lossy")};
    if (!sql.reversible && !(sql.sqlite_reverse.empty() && sql.postgres_reverse.empty()))
        keys.fault("kind", "There is a reverse, but not reversible = true.");
    return sql;
}

std::optional<Operation> read_table_operation(std::string_view kind, Keys& keys,
                                              std::string_view app) {
    if (kind == "create_table") return CreateTable{read_table(keys, app)};
    if (kind == "run_sql") return read_sql(keys);
    const auto table = [&] { return keys.text("table", true); };
    if (kind == "drop_table") return DropTable{table()};
    if (kind == "rename_table") {
        RenameTable rename{table(), keys.text("to", true), keys.text("app")};
        if (rename.app.empty()) rename.app = app;
        return rename;
    }
    if (kind == "drop_column") return DropColumn{table(), keys.text("column", true)};
    if (kind == "rename_column")
        return RenameColumn{table(), keys.text("column", true), keys.text("to", true)};
    if (kind == "drop_index") return DropIndex{table(), keys.text("index", true)};
    if (kind == "rename_index")
        return RenameIndex{table(), keys.text("index", true), keys.text("to", true)};
    if (kind == "drop_check") return DropCheck{table(), keys.text("check", true)};
    return std::nullopt;
}

std::optional<Operation> read_part_operation(std::string_view kind, Keys& keys) {
    const auto table = [&] { return keys.text("table", true); };
    if (kind == "add_column") {
        AddColumn add{.table = table(), .column = {}, .fill = keys.preset("fill")};
        keys.one("column", [&](Keys& part) { add.column = read_column(part); });
        return add;
    }
    if (kind == "alter_column") {
        AlterColumn alter{.table = table(), .column = {}, .fill = keys.preset("fill")};
        keys.one("column", [&](Keys& part) { alter.column = read_column(part); });
        return alter;
    }
    if (kind == "add_index") {
        AddIndex add{.table = table(), .index = {}};
        keys.one("index", [&](Keys& part) { add.index = read_index(part); });
        return add;
    }
    if (kind == "add_check") {
        AddCheck add{.table = table(), .check = {}};
        keys.one("check", [&](Keys& part) { add.check = read_check(part); });
        return add;
    }
    return std::nullopt;
}

void read_operation(Keys& keys, std::string_view app, std::vector<Operation>& operations) {
    const std::string kind = keys.text("kind", true);
    auto operation = read_table_operation(kind, keys, app);
    if (!operation) operation = read_part_operation(kind, keys);
    if (operation) return operations.push_back(std::move(*operation));
    if (!kind.empty()) keys.fault("kind", "{} is no kind of operation.", kind);
    keys.accept_the_rest();
}

std::vector<MigrationId> read_ids(Keys& keys, std::string_view key) {
    std::vector<MigrationId> ids;
    for (const std::string& text : keys.texts(key)) {
        const std::size_t dot = text.find('.');
        if (dot == std::string::npos || dot == 0 || dot + 1 == text.size())
            keys.fault(key, "{} is no migration; write \"app.0001_name\".", text);
        else
            ids.push_back({.app = text.substr(0, dot), .name = text.substr(dot + 1)});
    }
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

void check_format(Keys& keys) {
    const toml::node* format = keys.find("format");
    if (format == nullptr) return keys.missing("format");
    if (const auto* number = format->as_integer(); number == nullptr || number->get() != 1)
        keys.fault("format", "This program reads migrations of format = 1.");
}

}  // namespace

Result<Migration> parse_migration(const MigrationSource& source) {
    const auto refuse = [&](std::vector<Fault> faults) {
        return std::unexpected(
            Error{.code = Code::kInvalid,
                  .message = fmt::format("Migration {}.{} cannot be read; correct its file.",
                                         source.app, source.name),
                  .faults = std::move(faults)});
    };
    Faults faults;
    toml::table file;
    try {
        file = toml::parse(source.text);
    } catch (const toml::parse_error& error) {
        faults.add(error.source(), "{}.", error.description());
        return refuse(faults.take());
    }
    Migration migration{.id = {.app = source.app, .name = source.name}};
    Keys keys(file, faults);
    check_format(keys);
    migration.depends = read_ids(keys, "depends");
    migration.replaces = read_ids(keys, "replaces");
    migration.allow = keys.texts("allow");
    keys.each("operation", [&](Keys& operation) {
        read_operation(operation, source.app, migration.operations);
    });
    keys.refuse_unknown();
    if (!faults.empty()) return refuse(faults.take());
    return migration;
}

}  // namespace segurifai::migrate
