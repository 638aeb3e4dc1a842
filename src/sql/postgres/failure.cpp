#include "sql/postgres/failure.hpp"

#include <fmt/format.h>

namespace segurifai::sql::postgres {
namespace {

std::string field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string() : std::string(text);
}

/// The columns of "Key (a, b)=(1, 2) already exists.", in any language and without the values.
std::string key_columns(const std::string& detail) {
    const std::size_t open = detail.find('(');
    const std::size_t shut = detail.find(")=(");
    if (open == std::string::npos || shut == std::string::npos || shut < open) return {};
    std::string columns = detail.substr(open + 1, shut - open - 1);
    std::erase(columns, '"');
    return columns;
}

/// The column that a check is named for: "users_name_length" of table "users" is "name".
std::string checked_column(const Error& error, std::string_view ending) {
    std::string_view name = error.constraint;
    if (!name.ends_with(ending)) return {};
    name.remove_suffix(ending.size());
    if (!name.starts_with(error.table) || name.size() <= error.table.size() + 1 ||
        name[error.table.size()] != '_')
        return {};
    return std::string(name.substr(error.table.size() + 1));
}

void describe_check(Error& error) {
    error.code = Code::kCheckViolation;
    error.message = fmt::format("The check \"{}\" of table \"{}\" refuses this row.",
                                error.constraint, error.table);
    if (auto column = checked_column(error, "_length"); !column.empty()) {
        error.code = Code::kTooLong;
        error.message = fmt::format("\"{}\" is longer than its column allows.", column);
        error.column = std::move(column);
    } else if (column = checked_column(error, "_type"); !column.empty()) {
        error.code = Code::kOutOfRange;
        error.message = fmt::format("\"{}\" is out of its column's range.", column);
        error.column = std::move(column);
    }
}

void describe_foreign_key(Error& error, const std::string& primary, const std::string& detail) {
    error.code = Code::kForeignKeyViolation;
    if (primary.starts_with("insert or update")) {
        error.column = key_columns(detail);
        error.message = fmt::format("\"{}\" of table \"{}\" points to a row that does not exist.",
                                    error.column, error.table);
    } else if (primary.starts_with("update or delete")) {
        error.message = fmt::format("The row is still pointed to by table \"{}\".", error.table);
    } else {  // a server that speaks another language
        error.message = fmt::format(
            "The foreign key \"{}\" of table \"{}\" refuses this: a row that it points to is "
            "missing, or the row is still pointed to.",
            error.constraint, error.table);
    }
}

/// Class 23, integrity.
void describe_violation(Error& error, std::string_view state, const PGresult* result) {
    const std::string detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    if (state == "23505") {
        error.code = Code::kUniqueViolation;
        error.column = key_columns(detail);
        error.message = fmt::format("Table \"{}\" already has a row with this {}.", error.table,
                                    error.column.empty() ? error.constraint : error.column);
    } else if (state == "23503") {
        describe_foreign_key(error, field(result, PG_DIAG_MESSAGE_PRIMARY), detail);
    } else if (state == "23514") {
        describe_check(error);
    } else if (state == "23502") {
        error.code = Code::kNotNullViolation;
        error.column = field(result, PG_DIAG_COLUMN_NAME);
        error.message =
            fmt::format("\"{}\" of table \"{}\" is required.", error.column, error.table);
    } else {
        error.code = Code::kCheckViolation;
        error.message = fmt::format("The constraint \"{}\" of table \"{}\" refuses this row.",
                                    error.constraint, error.table);
    }
}

/// Class 22, data: the server's own sentences quote the value, so they are not passed on.
void describe_data(Error& error, std::string_view state) {
    if (state == "22001") {
        error.code = Code::kTooLong;
        error.message = "A text is longer than its column allows.";
    } else if (state == "22003") {
        error.code = Code::kOutOfRange;
        error.message = "A number is out of its column's range.";
    } else {
        error.code = Code::kInvalid;
        error.message = fmt::format(
            "PostgreSQL cannot read a value as its column's type (SQLSTATE {}).", state);
    }
}

struct Meaning {
    std::string_view state;  ///< whole, or its class of two characters
    Code code;
    const char* message;
};

constexpr Meaning kMeanings[] = {
    {"40001", Code::kSerialization, "Another transaction changed the same rows: run this again."},
    {"40P01", Code::kSerialization, "Two transactions waited for each other: run this again."},
    {"55P03", Code::kBusy, "A lock was not free in time: try again."},
    {"57014", Code::kTimeout, "The statement took longer than its time limit."},
    {"25P03", Code::kTimeout, "The transaction was idle for longer than its time limit."},
    {"57P01", Code::kGone, "The server ended the connection: it is stopping or restarting."},
    {"57P02", Code::kGone, "The server ended the connection: another of its processes crashed."},
    {"57P03", Code::kGone, "The server does not accept connections yet: try again in a moment."},
    {"57P04", Code::kGone, "The database was dropped while it was in use."},
    {"57P05", Code::kGone, "The server ended the connection: it was idle for too long."},
    {"53100", Code::kDiskFull, "The server's disk is full: make room, then try again."},
    {"53200", Code::kBusy,
     "The server is out of memory, or of locks for one transaction: try again, or raise its "
     "max_locks_per_transaction."},
    {"53300", Code::kBusy,
     "The server has no free connection: raise max_connections or use fewer writers."},
    {"25006", Code::kReadOnly, "The server or this connection only reads: it refuses writes."},
    {"42501", Code::kPermission, "The database refuses this to the user: grant the privilege."},
    {"42P07", Code::kConflict, "A table or index of that name is there already."},
    {"08", Code::kGone, "The connection to the server was lost."},
    {"28", Code::kPermission, "The server refuses the user or the password."},
    {"XX001", Code::kCorrupt, "The server found a corrupt table: restore it from a backup."},
    {"XX002", Code::kCorrupt, "The server found a corrupt index: rebuild it with REINDEX."},
};

const Meaning* meaning_of(std::string_view state) noexcept {
    for (const Meaning& meaning : kMeanings)
        if (state.starts_with(meaning.state)) return &meaning;
    return nullptr;
}

}  // namespace

bool Failure::is_conflict() const noexcept {
    return sqlstate == "40001" || sqlstate == "40P01" || is_lock();
}

bool Failure::is_lost() const noexcept {
    return error.code == Code::kGone || sqlstate == "25006" || sqlstate == "25P03";
}

Failure failure_of(const PGresult* result, const PGconn* connection) {
    Failure failure;
    failure.sqlstate = field(result, PG_DIAG_SQLSTATE);
    const std::string_view state = failure.sqlstate;
    if (state.empty()) {  // libpq speaks, not the server
        if (PQstatus(connection) == CONNECTION_BAD) return lost_connection();
        failure.error.message = "The PostgreSQL library failed: " + complaint_of(connection);
        return failure;
    }
    Error& error = failure.error;
    error.table = field(result, PG_DIAG_TABLE_NAME);
    error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    if (state.starts_with("23")) {
        describe_violation(error, state, result);
    } else if (state.starts_with("22")) {
        describe_data(error, state);
    } else if (const Meaning* meaning = meaning_of(state); meaning != nullptr) {
        error.code = meaning->code;
        error.message = meaning->message;
    } else {
        error.message = fmt::format("PostgreSQL refuses the statement (SQLSTATE {}): {}", state,
                                    field(result, PG_DIAG_MESSAGE_PRIMARY));
    }
    // 0A000 is also "not implemented"; the function that raised it tells the two apart.
    failure.stale_plan =
        state == "26000" ||
        (state == "0A000" && field(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery");
    return failure;
}

Failure lost_connection() {
    return {Error{.code = Code::kGone, .message = "The connection to the server was lost."}, ""};
}

std::string complaint_of(const PGconn* connection) {
    std::string text = PQerrorMessage(connection);
    text.resize(std::min(text.find('\n'), text.size()));
    constexpr std::string_view kFailed = "failed: ";
    if (const std::size_t at = text.rfind(kFailed); at != std::string::npos)
        text.erase(0, at + kFailed.size());
    return text;
}

}  // namespace segurifai::sql::postgres
