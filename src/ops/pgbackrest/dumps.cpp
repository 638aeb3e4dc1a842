#include "ops/pgbackrest/dumps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "base/json_object.hpp"
#include "ops/backup/sealed_file.hpp"
#include "ops/pgbackrest/program.hpp"

namespace segurifai::pgbackrest {
namespace {

constexpr std::string_view kBegin = "dump-";
constexpr std::string_view kEnd = ".sealed";
constexpr std::string_view kPart = ".part";
constexpr std::size_t kRecordBytes = 1U << 20U;

std::filesystem::path folder_of(const PgBackRest& backups) {
    return backups.folder() / "dumps";
}

std::string name_of(Instant at) {
    std::string text = at.to_string();
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return fmt::format("{}{}{}", kBegin, text, kEnd);
}

/// The time that a name says; nothing for a file that is no dump.
std::optional<Instant> time_of(std::string_view name) {
    if (!name.starts_with(kBegin) || !name.ends_with(kEnd)) return std::nullopt;
    std::string text(name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd.size()));
    constexpr std::size_t kDateAndTime = 15;  // 20270131T101500
    if (text.size() < kDateAndTime) return std::nullopt;
    for (const std::size_t colon : {13U, 11U}) text.insert(colon, 1, ':');
    for (const std::size_t dash : {6U, 4U}) text.insert(dash, 1, '-');
    return Instant::parse(text);
}

std::string header_of(const Dump& dump, const Cluster& cluster) {
    return JsonObject()
        .text("at", dump.at.to_string())
        .text("database", cluster.database)
        .text("format", "pg_dump -Fc")
        .to_string();
}

Result<void> refuse_end(const ProgramEnd& end, std::string_view program) {
    if (end.status == 0) return {};
    return fail(Code::kInternal,
                fmt::format("{}: {}", program, end.errors.substr(0, end.errors.find('\n'))));
}

/// The next record of a dump; nothing at its end.
Result<std::optional<std::string>> next_record(backup::SealedReader& reader) {
    backup::SealedRecord sealed;
    SEGURIFAI_TRY_AS(const bool is_there, reader.next(sealed));
    if (!is_there) return std::nullopt;
    std::string record;
    if (!reader.seal().open(sealed.number, sealed.bytes, {}, record)) return reader.forged(sealed);
    return record;
}

}  // namespace

Result<std::vector<Dump>> dumps_of(const PgBackRest& backups) {
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto names, files.list(folder_of(backups)));
    std::vector<Dump> dumps;
    for (const std::string& name : names) {
        const auto at = time_of(name);
        if (!at) continue;
        std::error_code gone;  // then it is no dump any more
        const auto bytes = std::filesystem::file_size(folder_of(backups) / name, gone);
        if (!gone) dumps.push_back({.name = name, .at = *at, .bytes = bytes});
    }
    return dumps;
}

Result<Dump> Dumps::make(Clock& clock) const {
    const auto folder = folder_of(backups_);
    const Owner owner = backups_.cluster().owner;
    SEGURIFAI_TRY(files_.make_folder(folder));
    SEGURIFAI_TRY(give_to_owner(folder, owner));
    SEGURIFAI_TRY_AS(const auto names, files_.list(folder));
    for (const std::string& name : names)  // of a run that was cut off
        if (name.ends_with(kPart)) SEGURIFAI_TRY(files_.remove(folder / name));
    Dump dump{.at = clock.now()};
    dump.name = name_of(dump.at);
    const auto part = folder / (dump.name + std::string(kPart));
    if (auto written = write(part, header_of(dump, backups_.cluster())); !written) {
        (void)files_.remove(part);  // what failed is worth telling, and the next run removes it
        return std::unexpected(std::move(written).error());
    }
    SEGURIFAI_TRY(give_to_owner(part, owner));
    SEGURIFAI_TRY(files_.rename(part, folder / dump.name));
    SEGURIFAI_TRY(files_.sync_folder(folder));
    dump.bytes = std::filesystem::file_size(folder / dump.name);
    return dump;
}

Result<void> Dumps::write(const std::filesystem::path& part, std::string_view header) const {
    SEGURIFAI_TRY_AS(auto writer, backup::SealedWriter::make(files_, part, keys_.front(), header));
    std::string record;
    std::string sealed;
    std::uint64_t number = 0;  // of the record; the header is 0
    const auto add_record = [&]() -> Result<void> {
        sealed.clear();
        writer.seal().seal(++number, record, {}, sealed);
        record.clear();
        return writer.add(sealed);
    };
    Exchange exchange{.stopped = backups_.stopped()};
    exchange.output = [&](std::string_view piece) -> Result<void> {
        record += piece;
        return record.size() < kRecordBytes ? Result<void>() : add_record();
    };
    const Cluster& cluster = backups_.cluster();
    SEGURIFAI_TRY_AS(
        const ProgramEnd end,
        run_program({(cluster.programs / "pg_dump").string(), "--format=custom",
                     "--host=" + cluster.socket.string(), fmt::format("--port={}", cluster.port),
                     "--username=" + cluster.user, "--dbname=" + cluster.database, "--no-password"},
                    cluster.owner, exchange));
    SEGURIFAI_TRY(refuse_end(end, "pg_dump"));
    if (!record.empty()) SEGURIFAI_TRY(add_record());
    SEGURIFAI_TRY(writer.finish());
    return {};
}

Result<std::vector<std::string>> Dumps::verify() const {
    SEGURIFAI_TRY_AS(const auto dumps, dumps_of(backups_));
    std::vector<std::string> faults;
    for (const Dump& dump : dumps) {
        auto examined = examine(dump);
        if (examined) continue;
        if (examined.error().code == Code::kBusy) return std::unexpected(examined.error());
        std::string& message = examined.error().message;
        faults.push_back(message.contains(dump.name) ? std::move(message)
                                                     : fmt::format("{}: {}", dump.name, message));
    }
    return faults;
}

Result<void> Dumps::examine(const Dump& dump) const {
    SEGURIFAI_TRY_AS(auto reader,
                     backup::SealedReader::open(files_, folder_of(backups_) / dump.name, keys_));
    if (reader.header() != header_of(dump, backups_.cluster()))
        return fail(Code::kCorrupt, "It is not what its name says, or of another database.");
    bool is_at_end = false;
    const auto next = [&]() -> Result<std::string> {
        SEGURIFAI_TRY_AS(auto record, next_record(reader));
        is_at_end = !record;
        return std::move(record).value_or("");
    };
    const Cluster& cluster = backups_.cluster();
    SEGURIFAI_TRY_AS(const ProgramEnd end,
                     run_program({(cluster.programs / "pg_restore").string(), "--list"},
                                 cluster.owner, {.input = next, .stopped = backups_.stopped()}));
    SEGURIFAI_TRY(refuse_end(end, "pg_restore"));
    while (!is_at_end) SEGURIFAI_TRY(next());  // the list is at the beginning
    return {};
}

Result<std::vector<std::string>> Dumps::prune(Instant now) const {
    SEGURIFAI_TRY_AS(auto dumps, dumps_of(backups_));
    if (!dumps.empty()) dumps.pop_back();
    const Instant oldest{.micros = now.micros - backups_.keeping().full_days * kMicrosPerDay};
    std::vector<std::string> gone;
    for (const Dump& dump : dumps) {
        if (dump.at >= oldest) continue;
        SEGURIFAI_TRY(files_.remove(folder_of(backups_) / dump.name));
        gone.push_back(dump.name);
    }
    return gone;
}

Result<std::string> Dumps::open_into(std::string name, const std::filesystem::path& into) const {
    SEGURIFAI_TRY_AS(const auto dumps, dumps_of(backups_));
    if (name.empty() && !dumps.empty()) name = dumps.back().name;
    if (std::ranges::find(dumps, name, &Dump::name) == dumps.end())
        return fail(Code::kNotFound, name.empty() ? "There is no dump."
                                                  : fmt::format("There is no dump '{}'.", name));
    SEGURIFAI_TRY_AS(auto reader,
                     backup::SealedReader::open(files_, folder_of(backups_) / name, keys_));
    SEGURIFAI_TRY_AS(const auto file, files_.make(into));
    std::uint64_t size = 0;
    for (;;) {
        SEGURIFAI_TRY_AS(const auto record, next_record(reader));
        if (!record) break;
        SEGURIFAI_TRY(file->write_at(size, *record));
        size += record->size();
    }
    SEGURIFAI_TRY(file->sync());
    return name;
}

}  // namespace segurifai::pgbackrest
