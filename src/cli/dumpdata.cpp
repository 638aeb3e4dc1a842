#include <fmt/format.h>

#include <optional>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "ops/transfer/dump.hpp"
#include "ops/transfer/output_file.hpp"

namespace segurifai::cli {

namespace {

using transfer::Format;
using transfer::OutputFile;

/// What `[APP|TABLE]` names, parents first.
Outcome<std::vector<const model::Table*>> chosen_tables(const Given& given,
                                                        const Context& context) {
    const auto name = given.argument("APP|TABLE");
    if (!name) {
        const auto all = context.registry.tables();
        return std::vector<const model::Table*>(all.begin(), all.end());
    }
    if (const model::Table* table = context.registry.find(*name))
        return std::vector<const model::Table*>{table};
    auto tables = context.registry.of_app(*name);
    if (tables.empty())
        return wrong_use(fmt::format(
            "There is neither an app nor a table called {}; 'segurifai counts' lists the tables.",
            *name));
    return tables;
}

/// Where the text goes: standard output, one file, or a file a table.
class Destination {
public:
    Destination(Terminal& terminal, std::optional<std::string> path, bool file_per_table)
        : terminal_(terminal), path_(std::move(path)), file_per_table_(file_per_table) {}

    [[nodiscard]] Result<void> begin() {
        if (!path_ || file_per_table_) return {};
        return open(*path_);
    }
    [[nodiscard]] Result<void> begin_table(const model::Table& table) {
        if (!path_ || !file_per_table_) return {};
        SEGURIFAI_TRY(end());
        return open(std::filesystem::path(*path_) / (std::string(table.name) + ".csv"));
    }
    [[nodiscard]] Result<void> write(std::string_view text) {
        if (file_) return file_->write(text);
        terminal_.print(text);
        return terminal_.flush();  // a full disk is noticed before everything is read
    }
    [[nodiscard]] Result<void> end() {
        if (!file_) return {};
        SEGURIFAI_TRY(file_->finish());
        file_.reset();
        return {};
    }

private:
    [[nodiscard]] Result<void> open(const std::filesystem::path& path) {
        SEGURIFAI_TRY_AS(OutputFile file, OutputFile::make(path));
        file_.emplace(std::move(file));
        return {};
    }

    Terminal& terminal_;
    std::optional<std::string> path_;
    bool file_per_table_;
    std::optional<OutputFile> file_;
};

Outcome<Exit> run_dumpdata(const Given& given, const Context& context) {
    const Format format =
        given.value("--format").value_or("ndjson") == "csv" ? Format::kCsv : Format::kNdjson;
    SEGURIFAI_TRY_AS(const auto tables, chosen_tables(given, context));
    const auto path = given.value("--output");
    if (format == Format::kCsv && tables.size() > 1 && !path)
        return wrong_use(
            "CSV holds one table a file: name one table, or a folder for the files with --output.");
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = true}));
    SEGURIFAI_TRY(require_tables(*session, tables));

    Destination destination(context.terminal, path, format == Format::kCsv && tables.size() > 1);
    SEGURIFAI_TRY(destination.begin());
    Progress progress(context.terminal, "Dumping", 0);
    std::string_view current;
    std::int64_t seen = 0;
    transfer::DumpOptions options;
    options.on_table = [&](const model::Table& table) { return destination.begin_table(table); };
    options.on_progress = [&](std::string_view table, std::int64_t rows) {
        if (table != current) seen = 0;
        current = table;
        progress.now_at(table);
        progress.advance(rows - seen);
        seen = rows;
    };
    const transfer::Output output = [&](std::string_view text) { return destination.write(text); };
    SEGURIFAI_TRY_AS(const auto counts, transfer::dump(*session, tables, format, output, options));
    SEGURIFAI_TRY(destination.end());
    std::int64_t total = 0;
    for (const auto& count : counts) total += count.rows;
    context.terminal.note(fmt::format("{} rows of {} tables dumped.", total, counts.size()));
    return Exit::kOk;
}

}  // namespace

Command dumpdata_command() {
    return {
        .name = "dumpdata",
        .summary = "Write the stored rows as NDJSON or CSV",
        .description =
            "Writes all rows, or those of one app or table, from one consistent state of the "
            "database. What it writes holds personal data and password hashes: files are made "
            "readable by their owner only; keep them like the database itself.\n\n"
            "The way to move an installation: dump from one engine, 'segurifai loaddata' into the "
            "other.",
        .arguments = {{.name = "APP|TABLE",
                       .help = "only this app's tables, or this table",
                       .required = false}},
        .options = {{.name = "--format",
                     .value = "FORMAT",
                     .help = "ndjson (a line a row, all tables) or csv (a file a table)",
                     .choices = {"ndjson", "csv"}},
                    {.name = "-o,--output",
                     .value = "PATH",
                     .help = "a new file instead of standard output; for CSV of several tables a "
                             "folder"},
                    database_option()},
        .examples = {{"segurifai dumpdata -o all.ndjson", "everything"},
                     {"segurifai dumpdata services --format csv -o folder",
                      "one app, a file a table"},
                     {"segurifai dumpdata users_user --format csv",
                      "one table to standard output"}},
        .run = run_dumpdata};
}

}  // namespace segurifai::cli
