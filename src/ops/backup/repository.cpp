#include "ops/backup/repository.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/uuid.hpp"

namespace segurifai::backup {
namespace {

constexpr std::string_view kWhole = ".bak";
constexpr std::string_view kOpen = ".open";
constexpr std::size_t kIdBytesMax = 64;

/// 20270131T101500.123456Z of 2027-01-31T10:15:00.123456Z: colons and dashes are left out.
std::string time_text(Instant at) {
    std::string text = at.to_string();
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

std::optional<Instant> time_of(std::string_view text) {
    if (text.size() != 23 || text[8] != 'T') return std::nullopt;
    return Instant::parse(fmt::format("{}-{}-{}T{}:{}:{}", text.substr(0, 4), text.substr(4, 2),
                                      text.substr(6, 2), text.substr(9, 2), text.substr(11, 2),
                                      text.substr(13)));
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || fault != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// Takes what stands before the next dash off `rest`; all of it when there is none.
std::string_view part(std::string_view& rest) {
    const std::size_t dash = std::min(rest.find('-'), rest.size());
    const std::string_view taken = rest.substr(0, dash);
    rest.remove_prefix(std::min(dash + 1, rest.size()));
    return taken;
}

void sort_into(Generation& generation, StoredFile file) {
    auto& list = file.kind == FileKind::kFull        ? generation.fulls
                 : file.kind == FileKind::kIncrement ? generation.increments
                                                     : generation.logs;
    list.push_back(std::move(file));
}

}  // namespace

std::string name_of_full(const Commit& commit) {
    return fmt::format("full-{:016}-{}{}", commit.txid, time_text(commit.at), kWhole);
}

std::string name_of_increment(std::uint64_t after_txid, const Commit& commit) {
    return fmt::format("increment-{:016}-{:016}-{}{}", after_txid, commit.txid,
                       time_text(commit.at), kWhole);
}

std::string name_of_log(std::uint64_t after_txid, Instant at, bool is_open) {
    return fmt::format("log-{:016}-{}{}", after_txid, time_text(at), is_open ? kOpen : kWhole);
}

std::optional<StoredFile> stored_file(std::string_view name) {
    StoredFile file;
    file.name = name;
    file.is_open = name.ends_with(kOpen);
    if (!file.is_open && !name.ends_with(kWhole)) return std::nullopt;
    std::string_view rest = name.substr(0, name.size() - (file.is_open ? kOpen : kWhole).size());
    const std::string_view kind = part(rest);
    if (kind == "full") {
        file.kind = FileKind::kFull;
    } else if (kind == "increment") {
        file.kind = FileKind::kIncrement;
    } else if (kind != "log") {
        return std::nullopt;
    }
    const auto after = number_of(part(rest));
    const auto to = file.kind == FileKind::kIncrement ? number_of(part(rest)) : after;
    const auto at = time_of(rest);
    if (!after || !to || !at) return std::nullopt;
    file.after_txid = *after;
    file.to_txid = *to;
    file.at = *at;
    return file;
}

Result<Repository> Repository::open(Files& files, std::filesystem::path folder,
                                    std::vector<security::SigningKey> keys) {
    Repository repository(files, std::move(folder), std::move(keys));
    auto id = read_whole(files, repository.folder_ / "id", kIdBytesMax);
    if (!id && id.error().code == Code::kNotFound)
        return fail(Code::kNotFound,
                    fmt::format("There are no backups in {}.", repository.folder_.string()));
    if (!id) return std::unexpected(std::move(id).error());
    while (id->ends_with('\n')) id->pop_back();
    if (!Uuid::parse(*id))
        return fail(Code::kCorrupt, fmt::format("{} is not the id of a repository.",
                                                (repository.folder_ / "id").string()));
    repository.id_ = std::move(*id);
    return repository;
}

Result<Repository> Repository::open_or_make(Files& files, std::filesystem::path folder,
                                            std::vector<security::SigningKey> keys, Clock& clock,
                                            Random& random) {
    auto repository = open(files, folder, keys);
    if (repository || repository.error().code != Code::kNotFound) return repository;
    SEGURIFAI_TRY(files.make_folder(folder));
    SEGURIFAI_TRY(write_whole(files, folder / "id", Uuid::make(clock, random).to_string() + "\n"));
    return open(files, std::move(folder), std::move(keys));
}

std::filesystem::path Repository::folder_of(std::uint32_t generation) const {
    return folder_ / fmt::format("g{:06}", generation);
}

std::filesystem::path Repository::path_of(std::uint32_t generation, const StoredFile& file) const {
    return folder_of(generation) / file.name;
}

Result<std::vector<Generation>> Repository::generations() const {
    SEGURIFAI_TRY_AS(const auto folders, files_->list(folder_));
    std::vector<Generation> generations;
    for (const std::string& folder : folders) {
        const auto number =
            folder.starts_with('g') ? number_of(std::string_view(folder).substr(1)) : std::nullopt;
        if (!number || *number == 0) continue;
        Generation generation;
        generation.number = static_cast<std::uint32_t>(*number);
        SEGURIFAI_TRY_AS(const auto names, files_->list(folder_ / folder));
        for (const std::string& name : names)
            if (auto file = stored_file(name)) sort_into(generation, std::move(*file));
        generations.push_back(std::move(generation));
    }
    std::ranges::sort(generations, {}, &Generation::number);
    return generations;
}

Result<std::optional<Generation>> Repository::newest() const {
    SEGURIFAI_TRY_AS(auto all, generations());
    if (all.empty()) return std::optional<Generation>();
    return std::optional(std::move(all.back()));
}

Result<BackupReader> Repository::read(std::uint32_t generation, const StoredFile& file) const {
    std::filesystem::path path = path_of(generation, file);
    // Nothing of a file that grows is read before it is wanted.
    const Threads threads = file.is_open ? Threads::kOne : Threads::kSeveral;
    auto opened = BackupReader::open(*files_, path, keys_, threads);
    if (!opened && file.is_open && opened.error().code == Code::kNotFound) {
        // It was finished since it was listed.
        path = folder_of(generation) / name_of_log(file.after_txid, file.at, false);
        opened = BackupReader::open(*files_, path, keys_, threads);
    }
    if (!opened) return std::unexpected(std::move(opened).error());
    BackupReader reader = std::move(*opened);
    const FileHeader& header = reader.header();
    if (header.database != id_)
        return fail(Code::kCorrupt,
                    fmt::format("{} belongs to another repository.", path.string()));
    if (header.generation != generation || header.kind != file.kind ||
        header.after_txid != file.after_txid || header.at != file.at)
        return fail(Code::kCorrupt,
                    fmt::format("{} is another file than its name says.", path.string()));
    return reader;
}

Result<BackupWriter> Repository::begin(std::uint32_t generation, const FileHeader& header,
                                       std::string_view name) const {
    const std::filesystem::path path = folder_of(generation) / name;
    SEGURIFAI_TRY(files_->remove(path));  // of a run that was cut off
    return BackupWriter::make(*files_, path, key(), header);
}

Result<void> Repository::publish(std::uint32_t generation, std::string_view from,
                                 std::string_view to) const {
    const std::filesystem::path folder = folder_of(generation);
    SEGURIFAI_TRY(files_->rename(folder / from, folder / to));
    return files_->sync_folder(folder);
}

Error Repository::give_up(std::uint32_t generation, std::string_view name, Error why) const {
    return remove_after(*files_, folder_of(generation) / name, std::move(why));
}

Result<FileLock> Repository::making(std::chrono::milliseconds patience) const {
    return FileLock::take_within(
        patience, folder_ / "making",
        fmt::format("A backup is being written into {}.", folder_.string()));
}

Result<FileLock> Repository::lock() const {
    return FileLock::take(folder_ / "lock",
                          fmt::format("Another process, as a rule the server, writes the backups "
                                      "in {}.",
                                      folder_.string()));
}

}  // namespace segurifai::backup
