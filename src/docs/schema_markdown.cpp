#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docs/schema.hpp"

namespace segurifai::docs {

namespace {

using model::Column;
using model::Table;

/// Text inside a table cell: a bar would end the cell.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

/// Text as code inside a table cell.
std::string code(std::string_view text) {
    return "`" + cell(text) + "`";
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty()) out += between;
        out += part;
    }
    return out;
}

std::string_view words(model::Personal personal) noexcept {
    switch (personal) {
        case model::Personal::kUnset: return "not stated";
        case model::Personal::kNone: return "";
        case model::Personal::kReference: return "reference";
        case model::Personal::kIdentity: return "identity";
        case model::Personal::kContact: return "contact";
        case model::Personal::kLocation: return "location";
        case model::Personal::kFinancial: return "financial";
        case model::Personal::kHealth: return "health";
        case model::Personal::kContent: return "content";
        case model::Personal::kCredential: return "credential";
    }
    return "";
}

std::string_view words(model::Retention retention) noexcept {
    switch (retention) {
        case model::Retention::kUnset: return "not stated";
        case model::Retention::kTable: return "as the table";
        case model::Retention::kReferenceData: return "reference data, kept";
        case model::Retention::kAccount:
            return "kept with the account, archived when it is deleted";
        case model::Retention::kRequest: return "archived after 2 years, gone after 7";
        case model::Retention::kLocationHistory: return "90 days";
        case model::Retention::kLedger: return "financial evidence, kept with the account";
        case model::Retention::kSession: return "24 hours";
        case model::Retention::kAudit: return "2 years";
        case model::Retention::kOperational: return "as long as the platform needs it";
    }
    return "";
}

std::string_view words(model::OnDelete on_delete) noexcept {
    switch (on_delete) {
        case model::OnDelete::kRestrict: return "restrict";
        case model::OnDelete::kCascade: return "cascade";
        case model::OnDelete::kSetNull: return "set null";
    }
    return "";
}

std::string default_words(const Column& column) {
    if (column.identity) return "counted up";
    switch (column.auto_time) {
        case model::AutoTime::kInsert: return "time of insert";
        case model::AutoTime::kWrite: return "time of each write";
        case model::AutoTime::kNone: break;
    }
    switch (column.preset.kind()) {
        case model::Default::Kind::kNone: return "";
        case model::Default::Kind::kBoolean:
            return code(column.preset.integer() != 0 ? "true" : "false");
        case model::Default::Kind::kInteger: return code(std::to_string(column.preset.integer()));
        case model::Default::Kind::kText: return code(fmt::format("'{}'", column.preset.text()));
    }
    return "";
}

/// "[users_user](#users_user), cascade"
std::string key_words(const Column& column) {
    std::vector<std::string> parts;
    if (column.primary_key) parts.emplace_back("primary");
    if (column.unique) parts.emplace_back("unique");
    if (!column.references.empty())
        parts.push_back(
            fmt::format("→ [{0}](#{0}), {1}", column.references, words(column.on_delete)));
    return joined(parts, "; ");
}

std::string rule_words(const Column& column) {
    std::vector<std::string> parts;
    if (!column.choices.empty()) {
        std::vector<std::string> choices;
        for (const std::string_view choice : column.choices) choices.push_back(code(choice));
        parts.push_back("one of " + joined(choices, ", "));
    }
    if (!column.min.empty() && !column.max.empty()) {
        parts.push_back(fmt::format("{} to {}", column.min, column.max));
    } else if (!column.min.empty()) {
        parts.push_back(fmt::format("at least {}", column.min));
    } else if (!column.max.empty()) {
        parts.push_back(fmt::format("at most {}", column.max));
    }
    if (column.json == JsonKind::kArray) parts.emplace_back("an array");
    if (column.json == JsonKind::kObject) parts.emplace_back("an object");
    if (column.validate != nullptr) parts.emplace_back("checked by the program");
    return joined(parts, "; ");
}

std::string index_line(const Table& table, std::string_view name,
                       const std::vector<std::string>& columns, bool unique,
                       std::string_view where) {
    std::string line = fmt::format("- `{}`: {}{}", model::physical_name(table.name, name),
                                   unique ? "unique, " : "", joined(columns, ", "));
    if (!where.empty()) line += fmt::format(", where `{}`", where);
    return line + '\n';
}

/// Writes the document of a set of tables.
class Document {
public:
    explicit Document(std::span<const Table* const> tables) : tables_(tables) {}

    std::string write() {
        std::size_t columns = 0;
        for (const Table* table : tables_) columns += table->columns.size();
        add("# The tables\n\n");
        add("{} tables with {} columns, as the program describes them. This page is written by "
            "`segurifai docs schema`; the picture of it is [schema.svg](schema.svg).\n\n",
            tables_.size(), columns);
        out_ +=
            "- **Null**: whether the column may be NULL. **Default**: what a row gets when the "
            "column is not given.\n"
            "- **Key**: `→` names the parent of a foreign key and what happens to the row when "
            "the parent is deleted.\n"
            "- **Personal**: whose data it is. `reference` points at a person, `credential` never "
            "leaves the database; an empty cell says nothing about a person.\n"
            "- **Kept**: how long, where it differs from the table.\n\n";
        contents();
        std::string_view app;
        for (const Table* table : by_app()) {
            if (table->app != app) add("## {}\n\n", app = table->app);
            describe(*table);
        }
        while (out_.ends_with("\n\n")) out_.pop_back();
        return std::move(out_);
    }

private:
    template <class... Args>
    void add(fmt::format_string<Args...> text, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), text, std::forward<Args>(args)...);
    }

    /// Apps in the order of their first table, tables in the order given.
    [[nodiscard]] std::vector<const Table*> by_app() const {
        std::vector<std::string_view> apps;
        std::vector<const Table*> ordered;
        for (const Table* table : tables_) {
            bool seen = false;
            for (const std::string_view app : apps) seen = seen || app == table->app;
            if (!seen) apps.push_back(table->app);
        }
        for (const std::string_view app : apps)
            for (const Table* table : tables_)
                if (table->app == app) ordered.push_back(table);
        return ordered;
    }

    void contents() {
        out_ += "| App | Table | Columns | What it holds |\n|---|---|---:|---|\n";
        for (const Table* table : by_app())
            add("| {0} | [{1}](#{1}) | {2} | {3} |\n", table->app, table->name,
                table->columns.size(), cell(table->help));
        out_ += '\n';
    }

    void describe(const Table& table) {
        add("### {}\n\n", table.name);
        if (!table.help.empty()) add("{}\n\n", table.help);
        add("Table number {}. Retention: {}", table.number, words(table.retention));
        if (!table.retained_from.empty()) add(", counted from `{}`", table.retained_from);
        out_ += '.';
        if (!table.partition_by.empty())
            add(" PostgreSQL keeps it in daily partitions by `{}`.", table.partition_by);
        out_ +=
            "\n\n| № | Column | Type | Null | Default | Key | Rules | Personal | Kept | Meaning |\n"
            "|---:|---|---|---|---|---|---|---|---|---|\n";
        for (const Column& column : table.columns) describe(column);
        out_ += '\n';
        indexes(table);
        checks(table);
        children(table);
    }

    void describe(const Column& column) {
        const bool as_table = column.retention == model::Retention::kTable;
        add("| {} | `{}` | {} | {} | {} | {} | {} | {} | {} | {} |\n", column.number, column.name,
            column.type_spelling(), column.null ? "yes" : "no", default_words(column),
            key_words(column), rule_words(column), words(column.personal),
            as_table ? std::string_view() : words(column.retention), cell(column.help));
    }

    void indexes(const Table& table) {
        std::string lines;
        for (const Column& column : table.columns) {
            if (!column.unique || column.primary_key) continue;
            const std::string name = model::unique_index_name(table, column);
            lines += index_line(table, name.substr(table.name.size() + 1),
                                {std::string(column.name)}, true, {});
        }
        for (const model::Index& index : table.indexes) {
            std::vector<std::string> columns;
            for (const std::string_view column : index.columns)
                if (!column.empty()) columns.emplace_back(column);
            lines += index_line(table, index.name, columns, index.unique, index.where);
        }
        if (!lines.empty()) add("Indexes:\n\n{}\n", lines);
    }

    void checks(const Table& table) {
        if (table.checks.empty()) return;
        out_ += "Rules over several columns:\n\n";
        for (const model::Check& check : table.checks)
            add("- `{}`: `{}`\n", model::physical_name(table.name, check.name), check.expression);
        out_ += '\n';
    }

    void children(const Table& table) {
        std::vector<std::string> references;
        for (const Table* other : tables_)
            for (const Column& column : other->columns)
                if (column.references == table.name)
                    references.push_back(fmt::format("[{0}](#{0}).`{1}` ({2})", other->name,
                                                     column.name, words(column.on_delete)));
        if (!references.empty()) add("Referenced by {}.\n\n", joined(references, ", "));
    }

    std::span<const Table* const> tables_;
    std::string out_;
};

}  // namespace

std::string schema_markdown(std::span<const Table* const> tables) {
    return Document(tables).write();
}

}  // namespace segurifai::docs
