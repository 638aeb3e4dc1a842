#include "ops/transfer/dump.hpp"

#include "model/json_mapping.hpp"
#include "model/record.hpp"
#include "ops/transfer/csv.hpp"

namespace segurifai::transfer {
namespace {

constexpr std::size_t kPieceBytes = 65'536;
constexpr std::int64_t kProgressRows = 1'000;

/// Closes the reading transaction on every way out.
class Snapshot {
public:
    explicit Snapshot(sql::Session& session) : session_(session) {}
    ~Snapshot() { session_.rollback(); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    [[nodiscard]] Result<void> open() {
        return session_.script(session_.engine() == sql::Engine::kSqlite
                                   ? "BEGIN"
                                   : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }

private:
    sql::Session& session_;
};

std::string select_all(const model::Table& table) {
    std::string sql = "SELECT ";
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        sql += (i > 0 ? ", " : "") + sql::quoted(table.columns[i].name);
    sql +=
        " FROM " + sql::quoted(table.name) + " ORDER BY " + sql::quoted(table.primary_key().name);
    return sql;
}

/// Turns the rows of one table into text and hands it on in pieces.
class TableWriter final : public sql::RowSink {
public:
    TableWriter(const model::Table& table, Format format, const Output& output,
                const DumpOptions& options)
        : table_(table), format_(format), output_(output), options_(options) {}

    [[nodiscard]] Result<void> begin() {
        if (options_.on_table) SEGURIFAI_TRY(options_.on_table(table_));
        if (format_ == Format::kNdjson) return {};
        for (std::size_t i = 0; i < table_.columns.size(); ++i)
            append_csv_field(text_, i == 0, table_.columns[i].name);
        text_ += '\n';
        return {};
    }

    bool on_row(const sql::Row& row) override {
        auto record = model::Record::of_row(table_, row);
        if (!record) return stop(std::move(record).error());
        append(*record);
        ++rows_;
        if (options_.on_progress && rows_ % kProgressRows == 0)
            options_.on_progress(table_.name, rows_);
        return text_.size() < kPieceBytes || flush();
    }

    [[nodiscard]] Result<std::int64_t> end() {
        if (!error_) flush();
        if (error_) return std::unexpected(std::move(*error_));
        if (options_.on_progress) options_.on_progress(table_.name, rows_);
        return rows_;
    }

private:
    void append(const model::Record& record) {
        if (format_ == Format::kNdjson) {
            text_ += R"({"table":")";
            text_ += table_.name;
            text_ += R"(","row":)";
            model::append_json(text_, record, model::JsonOptions{.leave_out_credentials = false});
            text_ += "}\n";
            return;
        }
        for (std::size_t i = 0; i < record.values().size(); ++i) {
            const sql::Value value = record.at(i);
            const bool first = i == 0;
            if (value.is_null())
                append_csv_field(text_, first, std::nullopt);
            else
                append_csv_field(text_, first, sql::to_display(value));
        }
        text_ += '\n';
    }

    bool flush() {
        auto written = output_(text_);
        text_.clear();
        return written ? true : stop(std::move(written).error());
    }

    bool stop(Error error) {
        error_ = std::move(error);
        return false;
    }

    const model::Table& table_;
    Format format_;
    const Output& output_;
    const DumpOptions& options_;
    std::string text_;
    std::int64_t rows_ = 0;
    std::optional<Error> error_;
};

}  // namespace

Result<std::vector<TableCount>> dump(sql::Session& session,
                                     std::span<const model::Table* const> tables, Format format,
                                     const Output& output, const DumpOptions& options) {
    Snapshot snapshot(session);
    SEGURIFAI_TRY(snapshot.open());
    if (format == Format::kNdjson) SEGURIFAI_TRY(output(std::string(kDumpHeader) + "\n"));
    std::vector<TableCount> counts;
    std::int64_t total = 0;
    for (const model::Table* table : tables) {
        TableWriter writer(*table, format, output, options);
        SEGURIFAI_TRY(writer.begin());
        const auto read = session.run(select_all(*table), {}, &writer);
        SEGURIFAI_TRY_AS(const std::int64_t rows, writer.end());
        if (!read) return std::unexpected(read.error());
        counts.push_back({std::string(table->name), rows});
        total += rows;
    }
    if (format == Format::kNdjson)
        SEGURIFAI_TRY(output(std::string(kDumpTrailer) + std::to_string(total) + "}\n"));
    return counts;
}

}  // namespace segurifai::transfer
