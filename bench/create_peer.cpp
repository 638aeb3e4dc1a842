// The limit that durable creates on SQLite are measured against: a bare loop of prepared inserts of
// the same rows, committed in groups, with the settings the server opens the file with.
//
//     create_peer DATABASE GROUP SECONDS
//
// DATABASE is a copy of one that the server has added notes to; the rows inserted are like the last
// ones of it. Prints how many were created a second, each a note, its audit event and its key.
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

[[noreturn]] void fail(sqlite3* db, const char* what) {
    std::fprintf(stderr, "create_peer: %s: %s\n", what, sqlite3_errmsg(db));
    std::exit(1);
}

void execute(sqlite3* db, const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(db, sql);
}

sqlite3_stmt* prepare(sqlite3* db, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK)
        fail(db, sql);
    return statement;
}

/// An insert whose parameters hold the values of the row that `sample` finds, the first for $1.
sqlite3_stmt* prepare_like(sqlite3* db, const char* insert, const char* sample) {
    sqlite3_stmt* row = prepare(db, sample);
    if (sqlite3_step(row) != SQLITE_ROW) fail(db, "there is no row to insert the like of");
    sqlite3_stmt* statement = prepare(db, insert);
    for (int i = 0; i < sqlite3_column_count(row); ++i)
        if (sqlite3_bind_value(statement, i + 1, sqlite3_column_value(row, i)) != SQLITE_OK)
            fail(db, insert);
    sqlite3_finalize(row);
    return statement;
}

void run(sqlite3* db, sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) fail(db, sqlite3_sql(statement));
    sqlite3_reset(statement);
}

void bind(sqlite3_stmt* statement, int number, const std::string& text) {
    sqlite3_bind_text(statement, number, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
}

struct Inserts {
    explicit Inserts(sqlite3* db)
        : note(prepare_like(
              db,
              "INSERT INTO assistance_requestupdate (request_id, user_id, update_type, message, "
              "metadata, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
              "SELECT request_id, user_id, update_type, message, metadata, created_at "
              "FROM assistance_requestupdate WHERE update_type = 'NOTE' ORDER BY id DESC LIMIT 1")),
          event(prepare_like(
              db,
              "INSERT INTO audit_event (object_id, at, actor_id, action, object_table, before, "
              "after, request_id, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
              "SELECT object_id, at, actor_id, action, object_table, before, after, request_id, "
              "address FROM audit_event WHERE action = 'requests.updates.add' "
              "ORDER BY id DESC LIMIT 1")),
          key(prepare_like(db,
                           "INSERT INTO platform_idempotencykey (operation, key, caller, "
                           "body_hash, status, headers, body, created_at) "
                           "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                           "SELECT operation, key, caller, body_hash, status, headers, body, "
                           "created_at FROM platform_idempotencykey ORDER BY id DESC LIMIT 1")) {}

    sqlite3_stmt* note;
    sqlite3_stmt* event;
    sqlite3_stmt* key;
};

std::vector<int> requests_with_notes(sqlite3* db) {
    sqlite3_stmt* rows = prepare(
        db, "SELECT DISTINCT request_id FROM assistance_requestupdate WHERE update_type = 'NOTE'");
    std::vector<int> ids;
    while (sqlite3_step(rows) == SQLITE_ROW) ids.push_back(sqlite3_column_int(rows, 0));
    sqlite3_finalize(rows);
    return ids;
}

}  // namespace

int main(int count, char** words) {
    if (count != 4) {
        std::fputs("create_peer DATABASE GROUP SECONDS\n", stderr);
        return 2;
    }
    sqlite3* db = nullptr;
    if (sqlite3_open(words[1], &db) != SQLITE_OK) fail(db, words[1]);
    execute(db, "PRAGMA journal_mode=WAL");
    execute(db, "PRAGMA synchronous=FULL");
    execute(db, "PRAGMA cell_size_check=ON");
    execute(db, "PRAGMA foreign_keys=ON");
    const Inserts inserts(db);
    const std::vector<int> requests = requests_with_notes(db);
    const int group = std::atoi(words[2]);
    const std::chrono::duration<double> wanted(std::atof(words[3]));

    std::mt19937_64 chance(std::random_device{}());
    const auto prefix = static_cast<unsigned long long>(chance());
    char key[40];
    long created = 0;
    const auto start = std::chrono::steady_clock::now();
    std::chrono::duration<double> taken{};
    while (taken < wanted) {
        execute(db, "BEGIN IMMEDIATE");
        for (int i = 0; i < group; ++i) {
            const int request = requests[chance() % requests.size()];
            sqlite3_bind_int(inserts.note, 1, request);
            bind(inserts.event, 1, std::to_string(request));
            bind(inserts.key, 1, "requests.updates.add " + std::to_string(request));
            // As long as a UUID in text.
            std::snprintf(key, sizeof key, "%016llx-%019ld", prefix, created + i);
            bind(inserts.key, 2, key);
            run(db, inserts.note);
            run(db, inserts.event);
            run(db, inserts.key);
        }
        execute(db, "COMMIT");
        created += group;
        taken = std::chrono::steady_clock::now() - start;
    }
    std::printf("%.1f\n", static_cast<double>(created) / taken.count());
}
