#include <sodium.h>

#include <array>

#include <fmt/format.h>

#include "base/json.hpp"
#include "migrate/migration.hpp"
#include "migrate/migration_words.hpp"

/// The text that is summed is a format of its own, apart from how files are written, because it
/// may never change: databases keep its checksum. Facts that have their ordinary value are left
/// out, so that a fact added later leaves old checksums alone. Anything that would change the text
/// of an existing migration needs a new version beside "v1".

namespace segurifai::migrate {

namespace {

class Canonical {
public:
    void operator()(const CreateTable& o) {
        start("create_table", o.table.name);
        fact("number", std::to_string(o.table.number));
        text("app", o.table.app);
        text("partition_by", o.table.partition_by);
        for (const ColumnState& column : o.table.columns) part("  column", column);
        for (const IndexState& index : o.table.indexes) part("  index", index);
        for (const CheckState& check : o.table.checks) part("  check", check);
    }
    void operator()(const DropTable& o) { start("drop_table", o.table); }
    void operator()(const RenameTable& o) {
        start("rename_table", o.from);
        text("to", o.to);
        text("app", o.app);
    }
    void operator()(const AddColumn& o) {
        start("add_column", o.table);
        facts(o.column);
        preset("fill", o.fill);
    }
    void operator()(const DropColumn& o) {
        start("drop_column", o.table);
        text("column", o.column);
    }
    void operator()(const RenameColumn& o) {
        start("rename_column", o.table);
        text("from", o.from);
        text("to", o.to);
    }
    void operator()(const AlterColumn& o) {
        start("alter_column", o.table);
        facts(o.column);
        preset("fill", o.fill);
    }
    void operator()(const AddIndex& o) {
        start("add_index", o.table);
        facts(o.index);
    }
    void operator()(const DropIndex& o) {
        start("drop_index", o.table);
        text("index", o.index);
    }
    void operator()(const RenameIndex& o) {
        start("rename_index", o.table);
        text("from", o.from);
        text("to", o.to);
    }
    void operator()(const AddCheck& o) {
        start("add_check", o.table);
        facts(o.check);
    }
    void operator()(const DropCheck& o) {
        start("drop_check", o.table);
        text("check", o.check);
    }
    /// `about` is for people and no part of what is done.
    void operator()(const RunSql& o) {
        start("run_sql", {});
        sql("sqlite", o.sqlite);
        sql("postgres", o.postgres);
        sql("sqlite_reverse", o.sqlite_reverse);
        sql("postgres_reverse", o.postgres_reverse);
        truth("reversible", o.reversible);
        truth("lossy", o.lossy);
    }

    [[nodiscard]] std::string take() { return out_.empty() ? std::move(out_) : out_ + '\n'; }

private:
    void start(std::string_view kind, std::string_view table) {
        if (!out_.empty()) out_ += '\n';
        out_ += kind;
        text("table", table);
    }
    template <class Part>
    void part(std::string_view kind, const Part& part) {
        out_.append("\n").append(kind);
        facts(part);
    }
    void facts(const ColumnState& c) {
        fact("number", std::to_string(c.number));
        text("name", c.name);
        fact("type", model::spelling(c.type, c.length, c.precision, c.scale));
        truth("primary_key", c.primary_key);
        truth("identity", c.identity);
        truth("null", c.null);
        preset("default", c.preset);
        texts("choices", c.choices);
        text("min", c.min);
        text("max", c.max);
        if (c.json != JsonKind::kAny) fact("json", words::word_of(words::kJson, c.json));
        if (!c.references) return;
        text("references", c.references->table + "." + c.references->column);
        text("on_delete", words::word_of(words::kOnDelete, c.references->on_delete));
    }
    void facts(const IndexState& i) {
        text("name", i.name);
        texts("columns", i.columns);
        truth("unique", i.unique);
        text("where", i.where);
    }
    void facts(const CheckState& c) {
        text("name", c.name);
        text("expression", c.expression);
    }

    void fact(std::string_view key, std::string_view value) {
        out_ += ' ';
        out_.append(key).append("=").append(value);
    }
    void truth(std::string_view key, bool set) {
        if (set) fact(key, "true");
    }
    void text(std::string_view key, std::string_view value) {
        if (value.empty()) return;
        fact(key, {});
        append_json_string(out_, value);
    }
    /// Line ends and spaces around a statement mean nothing.
    void sql(std::string_view key, std::string_view statement) {
        constexpr std::string_view kSpace = " \t\r\n";
        const std::size_t first = statement.find_first_not_of(kSpace);
        if (first == std::string_view::npos) return;
        text(key, statement.substr(first, statement.find_last_not_of(kSpace) - first + 1));
    }
    void texts(std::string_view key, const std::vector<std::string>& values) {
        if (values.empty()) return;
        fact(key, "[");
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0) out_ += ',';
            append_json_string(out_, values[i]);
        }
        out_ += ']';
    }
    void preset(std::string_view key, const PresetState& preset) {
        if (const bool* truth = std::get_if<bool>(&preset)) {
            fact(key, *truth ? "true" : "false");
        } else if (const auto* number = std::get_if<std::int64_t>(&preset)) {
            fact(key, std::to_string(*number));
        } else if (const auto* words = std::get_if<std::string>(&preset)) {
            fact(key, {});
            append_json_string(out_, *words);
        }
    }

    std::string out_;
};

}  // namespace

std::string canonical_text(const Migration& migration) {
    Canonical canonical;
    for (const Operation& operation : migration.operations) std::visit(canonical, operation);
    return canonical.take();
}

std::string checksum(const Migration& migration) {
    const std::string text = canonical_text(migration);
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size());
    std::string sum = "v1:";
    for (const unsigned char byte : hash) sum += fmt::format("{:02x}", byte);
    return sum;
}

}  // namespace segurifai::migrate
