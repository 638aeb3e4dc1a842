#include "apps/users/erasure_list.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"
#include "base/json_object.hpp"
#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::users {
namespace {

using sql::Value;

constexpr std::string_view kArchivedWord = "archived";
constexpr std::string_view kDestroyedWord = "key_destroyed";

const sql::Query kUnlisted{"users.erasures.unlisted",
                           "SELECT user_id, archived_at, key_destroyed_at FROM "
                           "users_archivedaccount WHERE listed_at IS NULL ORDER BY id LIMIT 1000"};
const sql::Query kListed{"users.erasures.listed",
                         "UPDATE users_archivedaccount SET listed_at = $2 WHERE user_id = $1 AND "
                         "listed_at IS NULL AND (key_destroyed_at IS NOT NULL) = $3"};

std::unexpected<Error> file_failure(const std::string& path) {
    const int error = errno;
    const bool full = error == ENOSPC || error == EDQUOT;
    return fail(full ? Code::kDiskFull : Code::kPermission,
                path + " could not be written: " + std::generic_category().message(error) + ".");
}

std::string line_of(const Erasure& erasure) {
    const bool archived = erasure.kind == Erasure::Kind::kArchived;
    return JsonObject()
               .text("at", erasure.at.to_string())
               .text("done", archived ? kArchivedWord : kDestroyedWord)
               .text("user_id", erasure.user_id.value.to_string())
               .to_string() +
           "\n";
}

std::optional<Erasure> erasure_of(const std::string& line) {
    boost::json::error_code error;
    const boost::json::value parsed = boost::json::parse(line, error);
    if (error || !parsed.is_object()) return std::nullopt;
    const auto text = [&](std::string_view name) {
        const auto* value = parsed.get_object().if_contains(name);
        return value != nullptr && value->is_string() ? std::string(value->get_string().c_str())
                                                      : std::string();
    };
    const auto at = Instant::parse(text("at"));
    const auto user_id = Uuid::parse(text("user_id"));
    const std::string done = text("done");
    if (!at || !user_id || (done != kArchivedWord && done != kDestroyedWord)) return std::nullopt;
    return Erasure{done == kArchivedWord ? Erasure::Kind::kArchived : Erasure::Kind::kKeyDestroyed,
                   UserId{*user_id}, *at};
}

/// An account of which the list does not say everything.
struct Unlisted {
    UserId user_id;
    Instant archived_at;
    std::optional<Instant> key_destroyed_at;
};

class UnlistedSink final : public sql::RowSink {
public:
    bool on_row(const sql::Row& row) override {
        model::Cells cells(row);
        Unlisted& one = rows.emplace_back();
        cells >> one.user_id >> one.archived_at >> one.key_destroyed_at;
        good = good && cells.good();
        return true;
    }
    std::vector<Unlisted> rows;
    bool good = true;
};

std::vector<Erasure> erasures_of(const std::vector<Unlisted>& rows) {
    std::vector<Erasure> erasures;
    for (const Unlisted& row : rows) {
        erasures.push_back({Erasure::Kind::kArchived, row.user_id, row.archived_at});
        if (row.key_destroyed_at)
            erasures.push_back({Erasure::Kind::kKeyDestroyed, row.user_id, *row.key_destroyed_at});
    }
    return erasures;
}

/// Of kListed: a key that was destroyed since the row was read is listed next time.
std::array<Value, 3> listed_params(const Unlisted& row, Instant at) {
    return {Value::uuid(row.user_id.value), Value::instant(at),
            Value::boolean(row.key_destroyed_at.has_value())};
}

/// Whether the file ends within a line, as it does after a crash.
Result<bool> ends_within_line(int file, const std::string& path) {
    struct stat about{};
    if (fstat(file, &about) != 0) return file_failure(path);
    if (about.st_size == 0) return false;
    char last = '\n';
    if (pread(file, &last, 1, about.st_size - 1) != 1) return file_failure(path);
    return last != '\n';
}

}  // namespace

Result<void> append_erasures_blocking(const std::string& path,
                                      const std::vector<Erasure>& erasures) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!folder.empty() && std::filesystem::create_directories(folder, error))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) return fail(Code::kPermission, folder.string() + ": " + error.message() + ".");
    const Descriptor file(
        open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) return file_failure(path);
    SEGURIFAI_TRY_AS(const bool cut, ends_within_line(file.number(), path));
    std::string text = cut ? "\n" : "";
    for (const Erasure& erasure : erasures) text += line_of(erasure);
    for (std::string_view rest = text; !rest.empty();) {
        const ssize_t put = write(file.number(), rest.data(), rest.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return file_failure(path);
        rest.remove_prefix(static_cast<std::size_t>(put));
    }
    if (fdatasync(file.number()) != 0) return file_failure(path);
    const Descriptor parent(
        open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.is_open() || fsync(parent.number()) != 0) return file_failure(path);
    return {};
}

Result<ErasureList> read_erasures_blocking(const std::string& path) {
    ErasureList list;
    if (!std::filesystem::exists(path)) return list;
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);) {
        if (auto erasure = erasure_of(line))
            list.erasures.push_back(*erasure);
        else
            ++list.unreadable;
    }
    if (!file.eof()) return fail(Code::kPermission, path + " could not be read.");
    return list;
}

Task<Result<std::int64_t>> list_erasures(Platform& platform) {
    UnlistedSink unlisted;
    const auto read = co_await platform.database.run(kUnlisted, {}, &unlisted);
    if (!read) co_return std::unexpected(read.error());
    if (!unlisted.good) co_return fail(Code::kCorrupt, "A stored value is not of its column.");
    if (unlisted.rows.empty()) co_return 0;
    auto work = [path = platform.erasures_file, erasures = erasures_of(unlisted.rows)] {
        return append_erasures_blocking(path, erasures);
    };
    const auto appended = co_await platform.workers.run(std::move(work));
    if (!appended) co_return std::unexpected(appended.error());
    if (!*appended) co_return std::unexpected(appended->error());
    const Instant now = platform.clock.now();
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        for (const Unlisted& row : unlisted.rows) {
            const std::array params = listed_params(row, now);
            const auto ran = co_await transaction.run(kListed, params);
            if (!ran) co_return std::unexpected(ran.error());
        }
        co_return Result<void>();
    };
    SEGURIFAI_CO_TRY(co_await platform.database.transact(body));
    co_return std::ssize(unlisted.rows);
}

Result<std::int64_t> list_erasures_blocking(sql::Session& session, Clock& clock,
                                            const std::string& path) {
    UnlistedSink unlisted;
    SEGURIFAI_TRY(session.run(kUnlisted.on(session.engine()).text, {}, &unlisted));
    if (!unlisted.good) return fail(Code::kCorrupt, "A stored value is not of its column.");
    if (unlisted.rows.empty()) return 0;
    SEGURIFAI_TRY(append_erasures_blocking(path, erasures_of(unlisted.rows)));
    for (const Unlisted& row : unlisted.rows) {
        const std::array params = listed_params(row, clock.now());
        SEGURIFAI_TRY(session.run(kListed.on(session.engine()).text, params));
    }
    return std::ssize(unlisted.rows);
}

}  // namespace segurifai::users
