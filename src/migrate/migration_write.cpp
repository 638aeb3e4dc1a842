#include <algorithm>

#include <fmt/format.h>

#include "migrate/migration.hpp"
#include "migrate/migration_words.hpp"

namespace segurifai::migrate {

namespace {

/// A TOML basic string. Control characters are escaped; everything else stays readable.
void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\t': out += "\\t"; break;
            case '\r': out += "\\r"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
                    out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
                else
                    out += c;
        }
    }
    out += '"';
}

/// SQL of several lines as a literal block, where nothing needs escaping; else a basic string.
void append_sql(std::string& out, std::string_view text) {
    const bool block =
        text.find('\n') != std::string_view::npos && text.find("'''") == std::string_view::npos &&
        !text.ends_with('\'') && std::ranges::none_of(text, [](char c) {
            return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
        });
    if (!block) return append_quoted(out, text);
    out += "'''\n";
    out += text;
    out += "'''";
}

std::string quoted(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

std::string list(const std::vector<std::string>& items) {
    std::string out = "[";
    for (const std::string& item : items) {
        if (out.size() > 1) out += ", ";
        append_quoted(out, item);
    }
    return out + "]";
}

std::string list(const std::vector<MigrationId>& ids) {
    std::vector<std::string> names;
    for (const MigrationId& id : ids) names.push_back(id.to_string());
    return list(names);
}

std::string preset_text(const PresetState& preset) {
    if (const bool* truth = std::get_if<bool>(&preset)) return *truth ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&preset)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&preset)) return quoted(*text);
    return {};
}

/// Members of an inline table, in the order of a CREATE TABLE.
class Inline {
public:
    void add(std::string_view key, std::string_view value) {
        text_ += fmt::format("{}{} = {}", text_.empty() ? "" : ", ", key, value);
    }
    void add_true(std::string_view key, bool set) {
        if (set) add(key, "true");
    }
    void add_text(std::string_view key, std::string_view text) {
        if (!text.empty()) add(key, quoted(text));
    }
    [[nodiscard]] std::string text() const { return "{ " + text_ + " }"; }

private:
    std::string text_;
};

std::string inline_text(const ColumnState& column) {
    Inline members;
    members.add("number", std::to_string(column.number));
    members.add("name", quoted(column.name));
    members.add("type", quoted(model::spelling(column.type, column.length, column.precision,
                                               column.scale)));
    members.add_true("primary_key", column.primary_key);
    members.add_true("identity", column.identity);
    members.add_true("null", column.null);
    if (!std::holds_alternative<std::monostate>(column.preset))
        members.add("default", preset_text(column.preset));
    if (!column.choices.empty()) members.add("choices", list(column.choices));
    members.add_text("min", column.min);
    members.add_text("max", column.max);
    if (column.json != JsonKind::kAny)
        members.add("json", quoted(words::word_of(words::kJson, column.json)));
    if (column.references) {
        members.add("references",
                    quoted(column.references->table + "." + column.references->column));
        members.add("on_delete",
                    quoted(words::word_of(words::kOnDelete, column.references->on_delete)));
    }
    return members.text();
}

std::string inline_text(const IndexState& index) {
    Inline members;
    members.add("name", quoted(index.name));
    members.add("columns", list(index.columns));
    members.add_true("unique", index.unique);
    members.add_text("where", index.where);
    return members.text();
}

std::string inline_text(const CheckState& check) {
    Inline members;
    members.add("name", quoted(check.name));
    members.add("expression", quoted(check.expression));
    return members.text();
}

/// Lines of one [[operation]].
class Writer {
public:
    Writer(std::string& out, std::string_view app) : out_(out), app_(app) {}

    void operator()(const CreateTable& o) {
        kind("create_table", o.table.name);
        line("number", std::to_string(o.table.number));
        if (o.table.app != app_) text("app", o.table.app);
        if (!o.table.partition_by.empty()) text("partition_by", o.table.partition_by);
        block("columns", o.table.columns);
        block("indexes", o.table.indexes);
        block("checks", o.table.checks);
    }
    void operator()(const DropTable& o) { kind("drop_table", o.table); }
    void operator()(const RenameTable& o) {
        kind("rename_table", o.from);
        text("to", o.to);
        if (o.app != app_) text("app", o.app);
    }
    void operator()(const AddColumn& o) {
        kind("add_column", o.table);
        line("column", inline_text(o.column));
        fill(o.fill);
    }
    void operator()(const DropColumn& o) {
        kind("drop_column", o.table);
        text("column", o.column);
    }
    void operator()(const RenameColumn& o) {
        kind("rename_column", o.table);
        text("column", o.from);
        text("to", o.to);
    }
    void operator()(const AlterColumn& o) {
        kind("alter_column", o.table);
        line("column", inline_text(o.column));
        fill(o.fill);
    }
    void operator()(const AddIndex& o) {
        kind("add_index", o.table);
        line("index", inline_text(o.index));
    }
    void operator()(const DropIndex& o) {
        kind("drop_index", o.table);
        text("index", o.index);
    }
    void operator()(const RenameIndex& o) {
        kind("rename_index", o.table);
        text("index", o.from);
        text("to", o.to);
    }
    void operator()(const AddCheck& o) {
        kind("add_check", o.table);
        line("check", inline_text(o.check));
    }
    void operator()(const DropCheck& o) {
        kind("drop_check", o.table);
        text("check", o.check);
    }
    void operator()(const RunSql& o) {
        kind("run_sql", {});
        if (!o.about.empty()) text("about", o.about);
        sql("sqlite", o.sqlite);
        sql("postgres", o.postgres);
        if (o.reversible) line("reversible", "true");
        sql("sqlite_reverse", o.sqlite_reverse);
        sql("postgres_reverse", o.postgres_reverse);
        if (o.lossy) line("lossy", "true");
    }

private:
    void kind(std::string_view kind, std::string_view table) {
        out_ += "\n[[operation]]\n";
        text("kind", kind);
        if (!table.empty()) text("table", table);
    }
    void line(std::string_view key, std::string_view value) {
        out_.append(key).append(" = ").append(value) += '\n';
    }
    void text(std::string_view key, std::string_view value) { line(key, quoted(value)); }
    void fill(const PresetState& fill) {
        if (!std::holds_alternative<std::monostate>(fill)) line("fill", preset_text(fill));
    }
    void sql(std::string_view key, std::string_view statement) {
        if (statement.empty()) return;
        out_.append(key).append(" = ");
        append_sql(out_, statement);
        out_ += '\n';
    }
    template <class Part>
    void block(std::string_view key, const std::vector<Part>& parts) {
        if (parts.empty()) return;
        out_.append(key).append(" = [\n");
        for (const Part& part : parts) out_ += "    " + inline_text(part) + ",\n";
        out_ += "]\n";
    }

    std::string& out_;
    std::string_view app_;
};

constexpr std::string_view kHowToWriteSql = R"(
# Write the operations here; a change of rows looks like this:
#
#   [[operation]]
#   kind = "run_sql"
#   about = "what it does, in a few words"
#   sqlite = "UPDATE …"
#   postgres = "UPDATE …"
#   reversible = true        # leave out when there is no way back
#   sqlite_reverse = "UPDATE …"
#   postgres_reverse = "UPDATE …"
#   lossy = true             # leave out when going back restores every row
)";

}  // namespace

std::string write_migration(const Migration& migration) {
    std::string out = "format = 1\n";
    if (!migration.depends.empty()) out += "depends = " + list(migration.depends) + "\n";
    if (!migration.replaces.empty()) out += "replaces = " + list(migration.replaces) + "\n";
    if (!migration.allow.empty()) out += "allow = " + list(migration.allow) + "\n";
    for (const Operation& operation : migration.operations)
        std::visit(Writer(out, migration.id.app), operation);
    // A migration that joins others is complete without operations; any other waits for some.
    if (migration.operations.empty() && migration.depends.size() < 2) out += kHowToWriteSql;
    return out;
}

}  // namespace segurifai::migrate
