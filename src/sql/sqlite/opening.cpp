// Opening a database file: every way it can fail gets its own sentence.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include "sql/sqlite/connection.hpp"
#include "sql/sqlite/decimal_sum.hpp"
#include "sql/sqlite/failure.hpp"
#include "sql/sqlite/page_cache.hpp"
#include "sql/sqlite/quick_glob.hpp"
#include "sql/sqlite/text_folding.hpp"

namespace segurifai::sql::sqlite {
namespace {

/// Pages kept in memory by a connection, in KiB (negative for SQLite); filled by use only. SQLite's
/// own 2 MB send most point reads of a busy server to the file.
constexpr const char* kCacheSize = "PRAGMA cache_size=-32768";

using Use = ConnectionOptions::Use;

/// Looks before SQLite does, which would say "unable to open database file" to all of it. Only
/// asks the operating system by name: opening and closing the file here would drop our locks.
Result<void> look_at(const std::string& path, const ConnectionOptions& options) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    struct stat found{};
    if (stat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode))
        return fail(Code::kNotFound,
                    fmt::format("The folder {} does not exist: make it first.", folder));
    const bool writes = options.use != Use::kReadOnly;
    const bool folder_writable = access(folder.c_str(), W_OK | X_OK) == 0;
    if (!folder_writable && errno == EROFS && writes)
        return fail(Code::kReadOnly, fmt::format("{} is on a read-only file system.", folder));
    if (stat(path.c_str(), &found) != 0) {
        if (errno == EACCES)
            return fail(Code::kPermission,
                        fmt::format("The folder {} may not be entered: change its permissions, or "
                                    "run as its owner.",
                                    folder));
        if (!options.create || !writes)
            return fail(Code::kNotFound, fmt::format("There is no database file {}.", path));
    } else {
        if (S_ISDIR(found.st_mode))
            return fail(Code::kInvalid, fmt::format("{} is a folder, not a database file.", path));
        if (access(path.c_str(), R_OK) != 0)
            return fail(Code::kPermission,
                        fmt::format("The file {} may not be read: change its permissions, or run "
                                    "as its owner.",
                                    path));
        if (writes && access(path.c_str(), W_OK) != 0)
            return fail(Code::kReadOnly,
                        fmt::format("The file {} may not be written: change its permissions, or "
                                    "run as its owner.",
                                    path));
    }
    if (writes && !folder_writable)
        return fail(Code::kPermission,
                    fmt::format("The folder {} may not be written, and SQLite keeps its log there: "
                                "change its permissions.",
                                folder));
    return {};
}

/// Makes the file of a new database, readable by its owner only: it will hold password hashes and
/// personal data, and SQLite gives its log the same mode. Closing it again drops no lock, because
/// nobody has opened a file that is made exclusively here.
Result<void> make_private(const std::string& path) {
    const int made = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (made >= 0) {
        ::close(made);
        return {};
    }
    if (errno == EEXIST) return {};
    const Code code = errno == ENOSPC || errno == EDQUOT ? Code::kDiskFull : Code::kPermission;
    return fail(code, fmt::format("The file {} could not be made: {}.", path,
                                  std::generic_category().message(errno)));
}

/// What holds for the whole process, before SQLite is used the first time. Without any of it SQLite
/// is slower, and right.
void settle_process() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // counters with a lock, which nobody reads
        (void)watch_page_cache();
    });
}

Result<void> pragma(sqlite3* db, const char* sql) {
    const int code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return std::unexpected(failure_of(db, code));
    return {};
}

Result<std::string> ask(sqlite3* db, const char* sql) {
    std::string answer;
    const auto take = [](void* out, int count, char** values, char**) {
        if (count > 0 && values[0] != nullptr) *static_cast<std::string*>(out) = values[0];
        return 0;
    };
    const int code = sqlite3_exec(db, sql, take, &answer, nullptr);
    if (code != SQLITE_OK) return std::unexpected(failure_of(db, code));
    return answer;
}

/// SQLite does not wait for locks while it changes the journal's mode, which two programs that
/// open a new file at once both do.
Result<void> use_wal(sqlite3* db, std::chrono::milliseconds patience) {
    constexpr std::chrono::milliseconds kPause{5};
    for (auto waited = std::chrono::milliseconds(0);; waited += kPause) {
        auto mode = ask(db, "PRAGMA journal_mode=WAL");
        if (mode && *mode == "wal") return {};
        if (mode)
            return fail(Code::kUnsupported,
                        "The database file cannot use a write-ahead log: keep it on a local disk.");
        if (mode.error().code != Code::kBusy || waited >= patience)
            return std::unexpected(std::move(mode).error());
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path,
                                                     const ConnectionOptions& options) {
    // Scratch databases of sessions; a Database is never created, so it never lives in memory.
    const bool in_memory = path == ":memory:" && options.create;
    if (path.empty() || (path == ":memory:" && !in_memory))
        return fail(Code::kUnsupported,
                    "A database lives in a file: give its path, for example "
                    "sqlite:///segurifai.db");
    std::error_code unknown;
    // Absolute, so that neither a later change of folder nor a name such as "file:x" matters.
    const std::string absolute =
        in_memory ? path : std::filesystem::absolute(path, unknown).string();
    if (unknown) return fail(Code::kInvalid, fmt::format("{} is not a path.", path));
    if (!in_memory) SEGURIFAI_TRY(look_at(absolute, options));
    settle_process();

    std::unique_ptr<Connection> connection(new Connection(options));
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    flags |= options.use == Use::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (!in_memory && options.create && options.use != Use::kReadOnly)
        SEGURIFAI_TRY(make_private(absolute));
    const int code = sqlite3_open_v2(absolute.c_str(), &connection->db_, flags, nullptr);
    Result<void> ready;
    if (code != SQLITE_OK) {
        if (connection->db_ == nullptr) return fail(Code::kInternal, "There is not enough memory.");
        ready = std::unexpected(failure_of(connection->db_, code));
    } else {
        ready = connection->configure();
    }
    if (!ready) {
        Error error = std::move(ready).error();
        error.message = fmt::format("{}: {}", path, error.message);
        return std::unexpected(std::move(error));
    }
    return connection;
}

Result<void> Connection::configure() {
    if (options_.waits_closely)
        sqlite3_busy_handler(db_, on_busy, this);
    else
        sqlite3_busy_timeout(db_, static_cast<int>(options_.lock_timeout.count()));
    // A misspelt "column" must not become a text. The schema stays trusted: SQLite 3.40 takes its
    // own JSON functions for harmful otherwise, and CHECK (json_valid(x)) would not compile.
    for (const int option : {SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL}) {
        if (sqlite3_db_config(db_, option, 0, nullptr) != SQLITE_OK)
            return fail(Code::kUnsupported, "This build of SQLite lacks an option we need.");
    }
    // The first look into the file: here it shows that it is not a database.
    SEGURIFAI_TRY(ask(db_, "SELECT count(*) FROM sqlite_schema"));
    const char* file = sqlite3_db_filename(db_, "main");
    const bool in_memory = file == nullptr || *file == '\0';
    if (options_.use != Use::kReadOnly && !in_memory)
        SEGURIFAI_TRY(use_wal(db_, options_.lock_timeout));
    SEGURIFAI_TRY(pragma(db_, "PRAGMA synchronous=FULL"));
    SEGURIFAI_TRY(pragma(db_, "PRAGMA cell_size_check=ON"));
    SEGURIFAI_TRY(pragma(db_, "PRAGMA foreign_keys=ON"));
    SEGURIFAI_TRY_AS(const std::string foreign_keys, ask(db_, "PRAGMA foreign_keys"));
    if (foreign_keys != "1")
        return fail(Code::kUnsupported, "This build of SQLite does not enforce foreign keys.");
    if (options_.use != Use::kAll) SEGURIFAI_TRY(pragma(db_, "PRAGMA query_only=ON"));
    SEGURIFAI_TRY(pragma(db_, kCacheSize));
    if (options_.undo_in_memory) SEGURIFAI_TRY(pragma(db_, "PRAGMA temp_store=MEMORY"));
    SEGURIFAI_TRY(settle_log());
    for (const auto add : {&register_decimal_sum, &register_text_folding, &register_quick_glob})
        if (const int code = add(db_); code != SQLITE_OK)
            return std::unexpected(failure_of(db_, code));
    return {};
}

Result<void> Connection::settle_log() {
    if (!options_.keep_log) {
        sqlite3_wal_autocheckpoint(db_, kWalAutocheckpointPages);
        return {};
    }
    sqlite3_wal_autocheckpoint(db_, 0);
    if (sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr) != SQLITE_OK)
        return fail(Code::kUnsupported, "This build of SQLite lacks an option we need.");
    int keep = 1;
    const int code = sqlite3_file_control(db_, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    if (code != SQLITE_OK) return std::unexpected(failure_of(db_, code));
    return {};
}

}  // namespace segurifai::sql::sqlite
