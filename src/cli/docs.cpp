#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "docs/schema.hpp"

namespace segurifai::cli {

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const noexcept {
        static_cast<void>(
            std::fclose(file));  // closed in order by write_file(); this is the way out
    }
};

Result<void> write_file(const std::string& path, std::string_view text) {
    const auto failure = [&] {
        const int number = errno;
        const Code code = number == ENOSPC  ? Code::kDiskFull
                          : number == EROFS ? Code::kReadOnly
                                            : Code::kPermission;
        return fail(code, fmt::format("{} cannot be written: {}.", path,
                                      std::generic_category().message(number)));
    };
    std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wb"));
    if (!file) return failure();
    if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) return failure();
    if (std::fclose(file.release()) != 0) return failure();
    return {};
}

Outcome<Exit> run_docs(const Given& given, const Context& context) {
    if (const auto what = given.argument("WHAT"); what != "schema")
        return wrong_use(
            fmt::format("There is no document '{}'; the document is schema.", what.value_or("")));
    const auto tables = context.registry.tables();
    const std::string text = given.value("--format").value_or("markdown") == "svg"
                                 ? docs::schema_svg(tables)
                                 : docs::schema_markdown(tables);
    if (const auto path = given.value("--output")) {
        SEGURIFAI_TRY(write_file(*path, text));
        context.terminal.note(fmt::format("{} tables written to {}.", tables.size(), *path));
    } else {
        context.terminal.print(text);
    }
    return Exit::kOk;
}

}  // namespace

Command docs_command() {
    return {.name = "docs",
            .summary = "Write documents about the tables",
            .description =
                "`schema` writes every table with its columns, rules, keys, personal data and "
                "retention as Markdown, or the entity-relationship diagram as SVG.",
            .arguments = {{.name = "WHAT",
                           .help = "which document: schema",
                           .offer = Offer::kWords,
                           .words = {"schema"}}},
            .options = {{.name = "--format",
                         .value = "FORMAT",
                         .help = "markdown or svg; markdown when left out",
                         .choices = {"markdown", "svg"}},
                        {.name = "--output",
                         .value = "FILE",
                         .help = "write to this file instead of standard output"}},
            .examples = {{"segurifai docs schema --output docs/schema.md", "the tables as text"},
                         {"segurifai docs schema --format svg --output docs/schema.svg",
                          "the tables as a picture"}},
            .run = run_docs};
}

}  // namespace segurifai::cli
