#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "ops/transfer/load.hpp"

namespace segurifai::cli {

namespace {

using transfer::Format;
using transfer::Source;

struct CloseFile {
    void operator()(std::FILE* file) const noexcept {
        if (file != stdin) std::fclose(file);
    }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

Outcome<OpenFile> open_file(const std::string& path) {
    if (path == "-") return OpenFile(stdin);
    std::error_code ignored;  // fopen() below says what is wrong
    if (std::filesystem::is_directory(path, ignored))
        return wrong_use(path + " is a folder; name the files in it.");
    OpenFile file(std::fopen(path.c_str(), "rbe"));
    if (!file)
        return wrong_use(path + " could not be opened: " + std::generic_category().message(errno) +
                         ".");
    return file;
}

/// CSV rows belong to the table their file is named after, or to the one --table names.
Outcome<const model::Table*> csv_table(const std::string& path, const Given& given,
                                       const Context& context) {
    const std::string name =
        given.value("--table").value_or(std::filesystem::path(path).stem().string());
    const model::Table* table = context.registry.find(name);
    if (table == nullptr)
        return wrong_use(fmt::format(
            "{}: there is no table {}; name the file <table>.csv or the table with --table.", path,
            name));
    return table;
}

Outcome<Exit> run_loaddata(const Given& given, const Context& context) {
    std::vector<OpenFile> files;
    std::vector<Source> sources;
    for (const std::string& path : given.all("FILE")) {
        SEGURIFAI_TRY_AS(OpenFile file, open_file(path));
        Source source{.name = path == "-" ? "standard input" : path, .file = file.get()};
        if (path.ends_with(".csv") || given.value("--format").value_or("") == "csv") {
            source.format = Format::kCsv;
            SEGURIFAI_TRY_AS(source.table, csv_table(path, given, context));
        }
        files.push_back(std::move(file));
        sources.push_back(std::move(source));
    }
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));

    Progress progress(context.terminal, "Loading", 0);
    std::int64_t seen = 0;
    std::string current;
    transfer::LoadOptions options;
    options.now = context.clock.now();
    options.on_progress = [&](std::string_view phase, std::int64_t rows) {
        if (phase != current) seen = 0;
        current = phase;
        progress.now_at(phase);
        progress.advance(rows - seen);
        seen = rows;
    };
    auto loaded = transfer::load(*session, context.registry, sources, options);
    if (!loaded) {
        const bool faults = loaded.error().code == Code::kInvalid;
        Failure failure(std::move(loaded).error());
        if (faults) failure.exit = Exit::kFaults;
        return std::unexpected(std::move(failure));
    }
    std::int64_t total = 0;
    for (const auto& count : *loaded) total += count.rows;
    context.terminal.note(fmt::format("{} rows loaded into {} tables.", total, loaded->size()));
    return Exit::kOk;
}

}  // namespace

Command loaddata_command() {
    return {
        .name = "loaddata",
        .summary = "Load rows from NDJSON or CSV files",
        .description =
            "Loads what 'segurifai dumpdata' wrote, or files made by hand, in one transaction: "
            "all rows or none. Every row is checked by its table's description and every fault "
            "of every row is named before anything is stored. Rows may come in any order.\n\n"
            "NDJSON: a line {\"table\": \"name\", \"row\": {...}} a row. CSV: column names first; "
            "an empty field is NULL, \"\" the empty text.",
        .arguments = {{.name = "FILE",
                       .help = "NDJSON, or CSV when it ends in .csv; - is standard input",
                       .many = true,
                       .offer = Offer::kFiles}},
        .options = {{.name = "--format",
                     .value = "FORMAT",
                     .help = "what the files are, whatever their names say",
                     .choices = {"ndjson", "csv"}},
                    {.name = "--table",
                     .value = "TABLE",
                     .help = "the table of CSV rows, where the file's name does not say it"},
                    database_option()},
        .examples =
            {{"segurifai loaddata all.ndjson", "everything that dumpdata wrote"},
             {"segurifai loaddata services_serviceplan.csv", "one table"},
             {"segurifai dumpdata | segurifai loaddata - --database postgresql://db1/segurifai",
              "from SQLite to PostgreSQL"}},
        .run = run_loaddata};
}

}  // namespace segurifai::cli
