#include "cli/command.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <utility>

namespace segurifai::cli {

const Given::Entry* Given::find(std::string_view name) const noexcept {
    for (const Entry& entry : entries_)
        if (entry.name == name) return &entry;
    return nullptr;
}

bool Given::has(std::string_view option) const {
    return find(option) != nullptr;
}

std::optional<std::string> Given::value(std::string_view option) const {
    const Entry* entry = find(option);
    if (entry == nullptr || entry->values.empty()) return std::nullopt;
    return entry->values.back();
}

Outcome<std::optional<std::int64_t>> Given::number(std::string_view option, std::int64_t min,
                                                   std::int64_t max) const {
    const auto text = value(option);
    if (!text) return std::optional<std::int64_t>();
    std::int64_t number = 0;
    const char* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < min || number > max)
        return wrong_use(fmt::format("{} must be a whole number from {} to {}, not '{}'.", option,
                                     min, max, *text));
    return std::optional<std::int64_t>(number);
}

std::span<const std::string> Given::all(std::string_view name) const {
    const Entry* entry = find(name);
    return entry == nullptr ? std::span<const std::string>() : entry->values;
}

std::optional<std::string> Given::argument(std::string_view argument) const {
    return value(argument);
}

void Given::set(std::string name, std::vector<std::string> values) {
    entries_.push_back({std::move(name), std::move(values)});
}

namespace {

/// An opening that failed is about the database, except where the storage itself refuses.
Failure opening_failure(const sql::DatabaseUrl& url, Error error) {
    const bool refused_by_server =
        url.engine == sql::Engine::kPostgres && error.code == Code::kPermission;
    const bool absent = error.code == Code::kNotFound || error.code == Code::kInvalid;
    if (refused_by_server || absent) return {std::move(error), Exit::kNoDatabase};
    return error;
}

Outcome<std::unique_ptr<sql::Session>> open_url(const sql::DatabaseUrl& url,
                                                const sql::SessionOptions& options) {
    auto session = sql::open_session(url, options);
    if (!session) return std::unexpected(opening_failure(url, std::move(session).error()));
    return *std::move(session);
}

}  // namespace

Outcome<sql::DatabaseUrl> Context::database(const Given& given) const {
    return settings.database(given.value("--database"));
}

Outcome<std::unique_ptr<sql::Session>> Context::open(const Given& given,
                                                     sql::SessionOptions options) const {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, database(given));
    std::error_code unreadable;  // then the opening itself says what is wrong
    if (url.engine == sql::Engine::kSqlite && !std::filesystem::exists(url.location, unreadable) &&
        !unreadable)
        return std::unexpected(Failure(
            Error{.code = Code::kNotFound,
                  .message = fmt::format("There is no database at {}; make it with 'segurifai "
                                         "migrate', or name another one with --database.",
                                         url.to_display())},
            Exit::kNoDatabase));
    options.create = false;
    options.keep_log = settings.keeps_log(url);
    return open_url(url, options);
}

Outcome<std::unique_ptr<sql::Session>> Context::open_or_create(const Given& given,
                                                               sql::SessionOptions options) const {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, database(given));
    if (url.engine == sql::Engine::kSqlite &&
        std::filesystem::path(url.location).parent_path() == settings.data_dir)
        SEGURIFAI_TRY(settings.make_data_dir());
    options.create = true;
    options.keep_log = settings.keeps_log(url);
    return open_url(url, options);
}

Option database_option() {
    return {.name = "--database",
            .value = "URL",
            .help = "the database to work on, instead of SEGURIFAI_DATABASE_URL"};
}

}  // namespace segurifai::cli
