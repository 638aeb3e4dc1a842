#include "sql/sqlite/failure.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <memory>
#include <optional>

namespace segurifai::sql::sqlite {
namespace {

/// What follows the first ": " of SQLite's message: the names concerned.
std::string_view names_in(std::string_view message) noexcept {
    const std::size_t colon = message.find(": ");
    return colon == std::string_view::npos ? std::string_view() : message.substr(colon + 2);
}

/// Splits "t.a, t.b" into the table and "a, b".
void fill_columns(Error& error, std::string_view names) {
    while (!names.empty()) {
        const std::size_t comma = names.find(", ");
        const std::string_view one = names.substr(0, comma);
        const std::size_t dot = one.find('.');
        if (dot == std::string_view::npos) return;
        error.table = one.substr(0, dot);
        if (!error.column.empty()) error.column += ", ";
        error.column += one.substr(dot + 1);
        names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 2);
    }
}

/// Asks the schema; up to two texts of the first row.
struct Names {
    std::string table;
    std::string column;
};
std::optional<Names> look_up(sqlite3* db, const char* sql, std::string_view name) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db, sql, -1, &raw, nullptr) != SQLITE_OK) return std::nullopt;
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
    if (sqlite3_bind_text64(raw, 1, name.data(), name.size(), SQLITE_STATIC, SQLITE_UTF8) !=
            SQLITE_OK ||
        sqlite3_step(raw) != SQLITE_ROW)
        return std::nullopt;
    const auto text = [raw](int column) {
        const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(raw, column));
        return std::string(data != nullptr ? data : "");
    };
    return Names{text(0), text(1)};
}

Error unique_failure(sqlite3* db, std::string_view names) {
    Error error{.code = Code::kUniqueViolation, .message = {}};
    constexpr std::string_view kIndex = "index '";
    if (names.starts_with(kIndex) && names.ends_with('\'')) {
        error.constraint = names.substr(kIndex.size(), names.size() - kIndex.size() - 1);
        if (auto found = look_up(db,
                                 "SELECT tbl_name, '' FROM sqlite_schema "
                                 "WHERE type = 'index' AND name = ?1",
                                 error.constraint))
            error.table = std::move(found->table);
        error.message =
            fmt::format("Another row already holds this value (index \"{}\").", error.constraint);
        return error;
    }
    fill_columns(error, names);
    error.message =
        fmt::format("Another row of \"{}\" already has this {}.", error.table, error.column);
    return error;
}

Error check_failure(sqlite3* db, std::string_view name) {
    Error error{.code = Code::kCheckViolation, .message = {}, .constraint = std::string(name)};
    const std::size_t last = name.rfind('_');
    const std::string_view suffix = last == std::string_view::npos ? "" : name.substr(last);
    if (suffix == "_length") error.code = Code::kTooLong;
    if (suffix == "_type") error.code = Code::kOutOfRange;
    if (!suffix.empty()) {
        // Both names may hold underscores, so only the schema can tell where one ends.
        if (auto found = look_up(db,
                                 "SELECT t.name, c.name FROM sqlite_schema AS t "
                                 "JOIN pragma_table_info(t.name) AS c "
                                 "WHERE t.type = 'table' AND t.name || '_' || c.name = ?1",
                                 name.substr(0, last))) {
            error.table = std::move(found->table);
            error.column = std::move(found->column);
        }
    }
    const std::string what = error.column.empty() ? "a value" : "the value of " + error.column;
    if (error.code == Code::kTooLong)
        error.message = fmt::format("The database refused {}: it is too long.", what);
    else
        error.message = fmt::format("The database refused {} (check \"{}\").", what, name);
    return error;
}

Error constraint_failure(sqlite3* db, int code, const std::string& message) {
    const std::string_view names = names_in(message);
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID: return unique_failure(db, names);
        case SQLITE_CONSTRAINT_CHECK: return check_failure(db, names);
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return {.code = Code::kForeignKeyViolation,
                    .message =
                        "The row refers to a parent that does not exist, or other rows "
                        "still refer to it."};
        case SQLITE_CONSTRAINT_NOTNULL: {
            Error error{.code = Code::kNotNullViolation, .message = {}};
            fill_columns(error, names);
            error.message = fmt::format("A value for {} is required.", error.column);
            return error;
        }
        case SQLITE_CONSTRAINT_DATATYPE: {  // "cannot store TEXT value in INTEGER column t.a"
            Error error{.code = Code::kOutOfRange, .message = {}};
            fill_columns(error, std::string_view(message).substr(message.rfind(' ') + 1));
            error.message = fmt::format("{} cannot hold a value of this type.", error.column);
            return error;
        }
        default:  // RAISE() of a trigger: its text is part of the schema, not of the data
            return {.code = Code::kCheckViolation,
                    .message = fmt::format("The database refused the change: {}.", message)};
    }
}

Error file_failure(int system_errno, Code otherwise, std::string message) {
    switch (system_errno) {
        case ENOSPC:
        case EDQUOT:
            return {.code = Code::kDiskFull,
                    .message = "The disk is full: free some room and try again."};
        case EROFS:
            return {.code = Code::kReadOnly, .message = "The file system is mounted read-only."};
        case EACCES:
        case EPERM:
            return {.code = Code::kPermission,
                    .message =
                        "The operating system refuses access to the database file, or to "
                        "the folder it is in."};
        case ENOENT:
        case ENOTDIR:
            return {.code = Code::kNotFound,
                    .message = "The database file, or the folder it is in, does not exist."};
        default: return {.code = otherwise, .message = std::move(message)};
    }
}

Error other_failure(sqlite3* db, int code, const std::string& message) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return {.code = Code::kBusy,
                    .message = "The database is locked by another writer: try again later."};
        case SQLITE_FULL:
            return {.code = Code::kDiskFull,
                    .message =
                        "The disk, or the database file's size limit, is full: free some "
                        "room and try again."};
        case SQLITE_READONLY:
            if (code == SQLITE_READONLY_DIRECTORY)
                return {.code = Code::kPermission,
                        .message =
                            "The folder of the database does not allow writing, and SQLite "
                            "keeps its log there."};
            return {.code = Code::kReadOnly,
                    .message =
                        "The database is open for reading only: a statement that writes "
                        "is refused."};
        case SQLITE_CORRUPT:
            return {.code = Code::kCorrupt,
                    .message = "The database file is damaged: restore it from a backup."};
        case SQLITE_NOTADB:
            return {.code = Code::kCorrupt,
                    .message = "The file is not an SQLite database, or is damaged at its start."};
        case SQLITE_INTERRUPT:
            return {.code = Code::kTimeout,
                    .message = "The statement passed its time limit and was stopped."};
        case SQLITE_IOERR:
            return file_failure(sqlite3_system_errno(db), Code::kGone,
                                "The database file cannot be read or written: the disk reported "
                                "an error.");
        case SQLITE_CANTOPEN:
            return file_failure(sqlite3_system_errno(db), Code::kPermission,
                                "The database file, or the log beside it, cannot be opened.");
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {.code = Code::kPermission,
                    .message = "The operating system refuses access to the database file."};
        case SQLITE_TOOBIG:
            return {.code = Code::kTooLong, .message = "A value or statement is too long."};
        case SQLITE_MISMATCH:
            return {.code = Code::kOutOfRange,
                    .message = "A value is not of the type its column holds."};
        case SQLITE_SCHEMA:
            return {.code = Code::kSerialization,
                    .message = "The schema changed while the statement ran: run it again."};
        case SQLITE_NOMEM:
            return {.code = Code::kInternal, .message = "There is not enough memory."};
        default: break;
    }
    if (message == "integer overflow")
        return {.code = Code::kOutOfRange, .message = "A number is too large to compute with."};
    if (message.starts_with("no such ") || message.starts_with("decimal_sum"))
        return {.code = Code::kInternal, .message = "SQLite: " + message + "."};
    // The message of a function may quote what it was given, so only its number is repeated.
    return {.code = Code::kInternal,
            .message = fmt::format("SQLite could not run the statement (result code {}).", code)};
}

}  // namespace

Error failure_of(sqlite3* db, int code) {
    const std::string message = sqlite3_errmsg(db);  // a copy: look-ups below replace it
    if ((code & 0xff) == SQLITE_CONSTRAINT) return constraint_failure(db, code, message);
    return other_failure(db, code, message);
}

Error compile_failure_of(sqlite3* db, int code) {
    if ((code & 0xff) != SQLITE_ERROR) return failure_of(db, code);
    if (std::string_view(sqlite3_errmsg(db)).ends_with("already exists"))
        return {.code = Code::kConflict,
                .message = "A table or index of that name is there already."};
    return {.code = Code::kInternal,
            .message = fmt::format("The statement does not compile: {}.", sqlite3_errmsg(db))};
}

}  // namespace segurifai::sql::sqlite
