#include "sql/sqlite/session.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sql/sqlite/failure.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::sql {
namespace {

class SqliteSessionTest : public ::testing::Test {
protected:
    SqliteSessionTest() { session_ = open(); }

    std::unique_ptr<Session> open(const SessionOptions& options = {}) {
        auto opened = open_sqlite_session(path(), options);
        if (!opened) throw std::runtime_error(describe(opened.error()));
        return std::move(*opened);
    }
    std::string path() const { return folder_ / "test.db"; }

    Error failure(std::string_view sql, Params params = {}) {
        auto done = session_->run(sql, params);
        if (done) {
            ADD_FAILURE() << sql << " succeeded";
            return {};
        }
        return std::move(done).error();
    }

    testing::TemporaryFolder folder_;
    std::unique_ptr<Session> session_;
};

Code code_of_opening(const std::string& path, const SessionOptions& options = {}) {
    auto opened = open_sqlite_session(path, options);
    if (opened) return Code::kInternal;
    EXPECT_NE(opened.error().message, "");
    return opened.error().code;
}

TEST_F(SqliteSessionTest, AConnectionIsDurableAndStrict) {
    EXPECT_EQ(*session_->one_text("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(*session_->one_integer("PRAGMA synchronous"), 2);
    EXPECT_EQ(*session_->one_integer("PRAGMA foreign_keys"), 1);
    EXPECT_EQ(*session_->one_integer("PRAGMA cell_size_check"), 1);
    EXPECT_EQ(*session_->one_integer("PRAGMA busy_timeout"), 5'000);
    EXPECT_EQ(failure("SELECT \"misspelt\"").code, Code::kInternal);
}

TEST_F(SqliteSessionTest, AColumnMayCheckItsJson) {
    ASSERT_TRUE(
        session_->script("CREATE TABLE t (a text CONSTRAINT t_a_type CHECK "
                         "(json_valid(a) AND json_type(a) = 'array'))"));
    EXPECT_TRUE(session_->run("INSERT INTO t VALUES ('[]')"));
    EXPECT_EQ(failure("INSERT INTO t VALUES ('{}')").code, Code::kOutOfRange);
}

TEST_F(SqliteSessionTest, ADatabaseInMemoryIsAScratchPlaceOfItsSession) {
    auto one = open_sqlite_session(":memory:", {});
    auto other = open_sqlite_session(":memory:", {});
    ASSERT_TRUE(one && other);
    ASSERT_TRUE((*one)->script("CREATE TABLE t (a)"));
    EXPECT_TRUE((*one)->prepare("SELECT a FROM t"));
    EXPECT_FALSE((*other)->prepare("SELECT a FROM t"));
}

TEST_F(SqliteSessionTest, ANewDatabaseIsItsOwnersAlone) {
    const std::string path = folder_.path().string() + "/private.db";
    auto opened = open_sqlite_session(path, {});
    ASSERT_TRUE(opened);
    ASSERT_TRUE((*opened)->script("CREATE TABLE t (a)"));
    using std::filesystem::perms;
    for (const std::string& file : {path, path + "-wal"})
        EXPECT_EQ(std::filesystem::status(file).permissions() & perms::mask,
                  perms::owner_read | perms::owner_write)
            << file;
}

TEST_F(SqliteSessionTest, OpeningSaysWhatIsWrong) {
    const std::string folder = folder_.path();
    EXPECT_EQ(code_of_opening(folder + "/none/x.db"), Code::kNotFound);
    EXPECT_EQ(code_of_opening(folder + "/x.db", {.create = false}), Code::kNotFound);
    EXPECT_EQ(code_of_opening(folder + "/x.db", {.read_only = true}), Code::kNotFound);
    EXPECT_EQ(code_of_opening(folder), Code::kInvalid);
    EXPECT_EQ(code_of_opening(":memory:", {.create = false}), Code::kUnsupported);
    std::ofstream(folder + "/letter.db") << std::string(8'192, 'x');
    EXPECT_EQ(code_of_opening(folder + "/letter.db"), Code::kCorrupt);
    EXPECT_FALSE(std::filesystem::exists(folder + "/x.db"));
}

/// Runs `body` in a child process that the operating system does hold to permissions.
int as_nobody(const std::function<int()>& body) {
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65'534) != 0 || setuid(65'534) != 0)) _exit(99);
        _exit(body());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

TEST_F(SqliteSessionTest, PermissionsAreTold) {
    namespace fs = std::filesystem;
    const fs::path folder = folder_ / "locked";
    fs::create_directory(folder);
    fs::permissions(folder_.path(), fs::perms(0755));
    fs::permissions(folder, fs::perms(0555));
    EXPECT_EQ(as_nobody([&] { return static_cast<int>(code_of_opening(folder / "new.db")); }),
              static_cast<int>(Code::kPermission));
    fs::permissions(folder, fs::perms(0777));
    std::ofstream(folder / "old.db").flush();
    fs::permissions(folder / "old.db", fs::perms(0444));
    EXPECT_EQ(as_nobody([&] { return static_cast<int>(code_of_opening(folder / "old.db")); }),
              static_cast<int>(Code::kReadOnly));
    fs::permissions(folder / "old.db", fs::perms(0));
    EXPECT_EQ(as_nobody([&] { return static_cast<int>(code_of_opening(folder / "old.db")); }),
              static_cast<int>(Code::kPermission));
}

TEST_F(SqliteSessionTest, ParametersGoByTheirNumber) {
    const Value params[] = {Value::text("one"), Value::text("two")};
    EXPECT_EQ(*session_->one_text("SELECT $2 || $1 || $2", params), "twoonetwo");
    EXPECT_EQ(failure("SELECT $1, $2", {params, 1}).code, Code::kInvalid);
    EXPECT_EQ(failure("SELECT $1", params).code, Code::kInvalid);
    EXPECT_EQ(failure("SELECT ?", {params, 1}).code, Code::kInvalid);
    EXPECT_EQ(failure("SELECT $name", {params, 1}).code, Code::kInvalid);
    EXPECT_EQ(failure("SELECT $0", {params, 1}).code, Code::kInvalid);
}

TEST_F(SqliteSessionTest, RunTakesOneStatementAndCountsItsRows) {
    ASSERT_TRUE(
        session_->script("CREATE TABLE t (a integer); -- a comment\n"
                         "INSERT INTO t VALUES (1), (2), (3);"));
    EXPECT_EQ(*session_->run("UPDATE t SET a = a + 1 WHERE a > 1"), 2);
    EXPECT_EQ(*session_->run("CREATE TABLE u (a integer)"), 0);
    EXPECT_EQ(*session_->run("SELECT a FROM t"), 3);
    EXPECT_EQ(*session_->run("DELETE FROM t WHERE a > 100"), 0);
    EXPECT_EQ(failure("DELETE FROM t; DELETE FROM u").code, Code::kInvalid);
    EXPECT_EQ(failure("  -- nothing").code, Code::kInvalid);
    EXPECT_TRUE(session_->run("SELECT 1; -- and no more"));
    EXPECT_TRUE(session_->prepare("DELETE FROM t"));
    EXPECT_FALSE(session_->prepare("DELETE FROM missing"));
    EXPECT_EQ(*session_->one_integer("SELECT count(*) FROM t"), 3);
    EXPECT_EQ(*session_->one_integer("SELECT a FROM t WHERE a > 100"), std::nullopt);
    EXPECT_EQ(*session_->one_integer("SELECT max(a) FROM t WHERE a > 100"), std::nullopt);
    EXPECT_EQ(session_->one_integer("SELECT 'x'").error().code, Code::kCorrupt);
}

TEST_F(SqliteSessionTest, AWriteWhoseRowsAreNotWantedStillHappens) {
    ASSERT_TRUE(session_->script("CREATE TABLE t (a integer)"));
    EXPECT_EQ(*session_->one_integer("INSERT INTO t VALUES (1), (2), (3) RETURNING a"), 1);
    EXPECT_EQ(*session_->one_integer("SELECT count(*) FROM t"), 3);
}

TEST_F(SqliteSessionTest, AStatementMayRunAgainWithinItsOwnRows) {
    ASSERT_TRUE(session_->script("CREATE TABLE t (a integer); INSERT INTO t VALUES (1), (2)"));
    const std::string sql = "SELECT a FROM t ORDER BY a";
    std::int64_t sum = 0;
    auto inner = each_row([&](const Row& row) { sum += row.integer(0); });
    auto outer = each_row([&](const Row& row) {
        sum += 10 * row.integer(0);
        ASSERT_TRUE(session_->run(sql, {}, &inner));
    });
    ASSERT_TRUE(session_->run(sql, {}, &outer));
    EXPECT_EQ(sum, 30 + 2 * 3);
}

TEST_F(SqliteSessionTest, ManyStatementsLeaveTheCacheInTurn) {
    for (int i = 0; i < 1'000; ++i)
        ASSERT_EQ(*session_->one_integer("SELECT " + std::to_string(i)), i);
    EXPECT_EQ(*session_->one_integer("SELECT 0"), 0);
}

TEST_F(SqliteSessionTest, ConstraintsAreMappedWithTheirColumns) {
    ASSERT_TRUE(session_->script(
        "CREATE TABLE plan_offer (id integer PRIMARY KEY, a text NOT NULL UNIQUE, b integer, "
        "c integer, name text CONSTRAINT plan_offer_name_length CHECK (length(name) <= 3), "
        "b_x integer CONSTRAINT plan_offer_b_x_range CHECK (b_x < 10), "
        "n integer CONSTRAINT plan_offer_n_type CHECK (typeof(n) IN ('integer', 'null')), "
        "CONSTRAINT odd CHECK (c <> 13), UNIQUE (b, c)) ;"
        "CREATE UNIQUE INDEX lower_name ON plan_offer (lower(name));"
        "CREATE TABLE child (id integer PRIMARY KEY, p integer REFERENCES plan_offer (id), "
        "q integer REFERENCES plan_offer (id) DEFERRABLE INITIALLY DEFERRED);"
        "CREATE TABLE typed (n integer) STRICT;"
        "INSERT INTO plan_offer (id, a, b, c, name) VALUES (1, 'secret', 5, 6, 'abc');"
        "INSERT INTO child VALUES (1, 1, NULL)"));
    struct Case {
        const char* sql;
        Code code;
        const char* table;
        const char* column;
        const char* constraint;
    };
    const Case cases[] = {
        {"INSERT INTO plan_offer (a) VALUES ('secret')", Code::kUniqueViolation, "plan_offer", "a",
         ""},
        {"INSERT INTO plan_offer (a, b, c) VALUES ('x', 5, 6)", Code::kUniqueViolation,
         "plan_offer", "b, c", ""},
        {"INSERT INTO plan_offer (a, name) VALUES ('x', 'ABC')", Code::kUniqueViolation,
         "plan_offer", "", "lower_name"},
        {"INSERT INTO plan_offer (id, a) VALUES (1, 'y')", Code::kUniqueViolation, "plan_offer",
         "id", ""},
        {"INSERT INTO plan_offer (a) VALUES (NULL)", Code::kNotNullViolation, "plan_offer", "a",
         ""},
        {"INSERT INTO plan_offer (a, name) VALUES ('x', 'secret')", Code::kTooLong, "plan_offer",
         "name", "plan_offer_name_length"},
        {"INSERT INTO plan_offer (a, b_x) VALUES ('x', 10)", Code::kCheckViolation, "plan_offer",
         "b_x", "plan_offer_b_x_range"},
        {"INSERT INTO plan_offer (a, n) VALUES ('x', 'secret')", Code::kOutOfRange, "plan_offer",
         "n", "plan_offer_n_type"},
        {"INSERT INTO plan_offer (a, c) VALUES ('x', 13)", Code::kCheckViolation, "", "", "odd"},
        {"INSERT INTO child VALUES (2, 77, NULL)", Code::kForeignKeyViolation, "", "", ""},
        {"INSERT INTO child VALUES (2, NULL, 77)", Code::kForeignKeyViolation, "", "", ""},
        {"DELETE FROM plan_offer", Code::kForeignKeyViolation, "", "", ""},
        {"INSERT INTO typed VALUES ('secret')", Code::kOutOfRange, "typed", "n", ""},
        {"INSERT INTO child VALUES ('secret', 1, 1)", Code::kOutOfRange, "", "", ""},
        {"SELECT abs(-9223372036854775808)", Code::kOutOfRange, "", "", ""},
        {"SELECT nothing FROM nowhere", Code::kInternal, "", "", ""},
        {"SELECT json('secret')", Code::kInternal, "", "", ""},
        {"SELECT zeroblob(2000000000)", Code::kTooLong, "", "", ""},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.sql);
        const Error error = failure(one.sql);
        EXPECT_EQ(label(error.code), label(one.code));
        EXPECT_EQ(error.table, one.table);
        EXPECT_EQ(error.column, one.column);
        EXPECT_EQ(error.constraint, one.constraint);
        EXPECT_NE(error.message, "");
        EXPECT_EQ(error.message.find("secret"), std::string::npos) << error.message;
    }
}

TEST_F(SqliteSessionTest, AFullDatabaseIsToldAndTheTransactionGone) {
    ASSERT_TRUE(session_->script("CREATE TABLE t (a text); PRAGMA max_page_count = 12"));
    ASSERT_TRUE(session_->begin());
    const std::string big(20'000, 'x');
    const Value value = Value::text(big);
    Result<std::int64_t> done = 0;
    for (int i = 0; i < 100 && done; ++i)
        done = session_->run("INSERT INTO t VALUES ($1)", {&value, 1});
    ASSERT_FALSE(done);
    EXPECT_EQ(label(done.error().code), "disk_full");
    session_->rollback();
    EXPECT_FALSE(session_->in_transaction());
    EXPECT_EQ(*session_->one_integer("SELECT count(*) FROM t"), 0);
}

TEST_F(SqliteSessionTest, ALockedDatabaseIsBusyAfterTheWait) {
    ASSERT_TRUE(session_->script("CREATE TABLE t (a integer)"));
    ASSERT_TRUE(session_->begin());
    ASSERT_TRUE(session_->run("INSERT INTO t VALUES (1)"));
    auto other = open({.lock_timeout_ms = 20});
    EXPECT_EQ(other->begin().error().code, Code::kBusy);
    EXPECT_EQ(*other->one_integer("SELECT count(*) FROM t"), 0);
    ASSERT_TRUE(session_->commit());
    EXPECT_TRUE(other->begin());
    EXPECT_EQ(other->begin().error().code, Code::kConflict);
    other->rollback();
    EXPECT_EQ(other->commit().error().code, Code::kConflict);
}

TEST_F(SqliteSessionTest, AReadOnlySessionReadsOnly) {
    ASSERT_TRUE(session_->script("CREATE TABLE t (a integer)"));
    auto reader = open({.read_only = true});
    EXPECT_EQ(*reader->one_integer("SELECT count(*) FROM t"), 0);
    EXPECT_EQ(reader->run("INSERT INTO t VALUES (1)").error().code, Code::kReadOnly);
}

TEST_F(SqliteSessionTest, AStatementIsStoppedAtItsTimeLimit) {
    auto hurried = open({.statement_timeout_ms = 20});
    EXPECT_EQ(hurried
                  ->one_integer("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                "SELECT count(*) FROM n")
                  .error()
                  .code,
              Code::kTimeout);
    EXPECT_EQ(*hurried->one_integer("SELECT 1"), 1);
}

TEST_F(SqliteSessionTest, ADamagedFileIsTold) {
    ASSERT_TRUE(session_->script("CREATE TABLE t (a text); INSERT INTO t VALUES ('x')"));
    session_.reset();
    {
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(4'096);
        file << std::string(4'096, '\xff');
    }
    session_ = open();
    EXPECT_EQ(label(failure("SELECT a FROM t").code), "corrupt");
}

TEST_F(SqliteSessionTest, ABulkInsertThatFailsLeavesNothing) {
    ASSERT_TRUE(session_->script("CREATE TABLE t (a integer UNIQUE)"));
    const BulkColumn columns[] = {{"a", ValueType::kInteger}};
    const auto source = [](std::int64_t last) {
        return [next = std::int64_t{0}, last](std::vector<Value>& row) mutable -> Result<bool> {
            if (next == 5 && last == 5) return fail(Code::kInvalid, "The file ends too soon.");
            row[0] = Value::integer(next == last ? 0 : next);
            return next++ < 10;
        };
    };
    EXPECT_EQ(*session_->bulk_insert("t", columns, source(100)), 10);
    ASSERT_TRUE(session_->run("DELETE FROM t"));
    ASSERT_TRUE(session_->begin());
    ASSERT_TRUE(session_->run("INSERT INTO t VALUES (77)"));
    const auto repeated = session_->bulk_insert("t", columns, source(7));
    ASSERT_FALSE(repeated);
    EXPECT_EQ(repeated.error().code, Code::kUniqueViolation);
    EXPECT_NE(repeated.error().message.find("Row 8 "), std::string::npos);
    EXPECT_EQ(session_->bulk_insert("t", columns, source(5)).error().code, Code::kInvalid);
    ASSERT_TRUE(session_->commit());
    EXPECT_EQ(*session_->one_integer("SELECT count(*) FROM t"), 1);
    EXPECT_EQ(session_->bulk_insert("t", columns, source(7)).error().code, Code::kUniqueViolation);
    EXPECT_FALSE(session_->in_transaction());
}

TEST(SqliteFailure, EveryResultCodeHasItsOwnWord) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
    const std::pair<int, Code> cases[] = {
        {SQLITE_BUSY, Code::kBusy},
        {SQLITE_BUSY_SNAPSHOT, Code::kBusy},
        {SQLITE_LOCKED, Code::kBusy},
        {SQLITE_FULL, Code::kDiskFull},
        {SQLITE_READONLY, Code::kReadOnly},
        {SQLITE_READONLY_DIRECTORY, Code::kPermission},
        {SQLITE_CORRUPT, Code::kCorrupt},
        {SQLITE_CORRUPT_INDEX, Code::kCorrupt},
        {SQLITE_NOTADB, Code::kCorrupt},
        {SQLITE_INTERRUPT, Code::kTimeout},
        {SQLITE_IOERR_READ, Code::kGone},
        {SQLITE_CANTOPEN, Code::kPermission},
        {SQLITE_PERM, Code::kPermission},
        {SQLITE_TOOBIG, Code::kTooLong},
        {SQLITE_MISMATCH, Code::kOutOfRange},
        {SQLITE_SCHEMA, Code::kSerialization},
        {SQLITE_NOMEM, Code::kInternal},
        {SQLITE_CONSTRAINT_TRIGGER, Code::kCheckViolation},
        {SQLITE_CONSTRAINT_FOREIGNKEY, Code::kForeignKeyViolation},
    };
    for (const auto& [code, wanted] : cases)
        EXPECT_EQ(label(sqlite::failure_of(db, code).code), label(wanted)) << code;
    sqlite3_close(db);
}

TEST(SqlText, NamesAndLiteralsAreQuoted) {
    EXPECT_EQ(quoted("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(literal(Engine::kSqlite, Value::text("d'Or")), "'d''Or'");
    EXPECT_EQ(literal(Engine::kSqlite, Value::boolean(true)), "1");
    EXPECT_EQ(literal(Engine::kPostgres, Value::boolean(true)), "TRUE");
    EXPECT_EQ(literal(Engine::kPostgres, Value::decimal(-5, 2)), "-0.05");
    EXPECT_EQ(literal(Engine::kPostgres, Value::json("{}")), "'{}'::jsonb");
    EXPECT_EQ(literal(Engine::kSqlite, Value::json("{}")), "'{}'");
    EXPECT_EQ(literal(Engine::kSqlite, Value::null(ValueType::kDate)), "NULL");
    EXPECT_EQ(literal(Engine::kSqlite, Value::instant(Instant{0})), "'1970-01-01 00:00:00.000000'");
    EXPECT_EQ(literal(Engine::kPostgres, Value::instant(Instant{0})),
              "'1970-01-01 00:00:00.000000+00'::timestamptz");
    EXPECT_EQ(literal(Engine::kPostgres, Value::date(Date{0})), "'1970-01-01'::date");
}

}  // namespace
}  // namespace segurifai::sql
