#include "sql/postgres/session.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "sql/postgres/libpq.hpp"
#include "support/postgres_cluster.hpp"

namespace segurifai::sql {
namespace {

using segurifai::testing::FreshPostgresDatabase;

class PostgresSessionTest : public ::testing::Test {
protected:
    std::unique_ptr<Session> open(const SessionOptions& options = {}) {
        auto opened = open_postgres_session(database_.url(), options);
        if (!opened) throw std::runtime_error(describe(opened.error()));
        return std::move(*opened);
    }
    void script(std::string_view sql) {
        const auto done = session_->script(sql);
        ASSERT_TRUE(done) << describe(done.error());
    }
    Error error_of(std::string_view sql, Params params = {}) {
        const auto done = session_->run(sql, params);
        return done ? Error{.code = Code::kInternal, .message = "it succeeded"} : done.error();
    }

    FreshPostgresDatabase database_;
    std::unique_ptr<Session> session_ = open();
};

TEST_F(PostgresSessionTest, GivesEveryTypeBackAsItWasStored) {
    script(
        "CREATE TABLE t (b boolean, i2 smallint, i4 integer, i8 bigint, f double precision, "
        "d numeric(12,4), v varchar(40), u uuid, day date, at timestamptz, j jsonb)");
    const Uuid uuid = *Uuid::parse("018f3c2a-1111-7abc-8def-0123456789ab");
    const Value values[] = {Value::boolean(true),
                            Value::integer(-32'768),
                            Value::integer(2'147'483'647),
                            Value::integer(std::numeric_limits<std::int64_t>::min()),
                            Value::real(0.1),
                            Value::decimal(-123'456'789, 4),
                            Value::text("árbol 🌳"),
                            Value::uuid(uuid),
                            Value::date(Date{kDateMinDays}),
                            Value::instant(Instant{kInstantMaxMicros}),
                            Value::json(R"({"a":[1,2.50,"x"],"bb":null})")};
    const auto inserted = session_->run(
        "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", values);
    ASSERT_TRUE(inserted) << describe(inserted.error());
    EXPECT_EQ(*inserted, 1);
    int rows = 0;
    auto sink = each_row([&](const Row& row) {
        ++rows;
        for (int i = 0; i < row.size(); ++i) {
            const Value& stored = values[i];
            Value value;
            ASSERT_TRUE(row.get(i, stored.type(), stored.scale(), value)) << row.name(i);
            EXPECT_EQ(value, stored) << row.name(i) << " " << to_display(value);
        }
    });
    ASSERT_TRUE(session_->run("SELECT * FROM t", {}, &sink));
    EXPECT_EQ(rows, 1);
}

TEST_F(PostgresSessionTest, GivesTypedNulls) {
    auto sink = each_row([](const Row& row) {
        for (const ValueType type : {ValueType::kBoolean, ValueType::kUuid, ValueType::kJson}) {
            Value value;
            ASSERT_TRUE(row.get(0, type, 0, value));
            EXPECT_TRUE(value.is_null());
            EXPECT_EQ(value.type(), type);
        }
    });
    const Value null = Value::null(ValueType::kInteger);
    EXPECT_EQ(session_->run("SELECT $1", Params(&null, 1), &sink), 1);
}

TEST_F(PostgresSessionTest, RefusesToReadACellAsAnotherType) {
    auto sink = each_row([](const Row& row) {
        Value value;
        EXPECT_FALSE(row.get(0, ValueType::kInteger, 0, value));  // text
        EXPECT_FALSE(row.get(1, ValueType::kText, 0, value));     // integer
        EXPECT_FALSE(row.get(2, ValueType::kDate, 0, value));     // infinity
        EXPECT_FALSE(row.get(3, ValueType::kInstant, 0, value));  // infinity
        EXPECT_FALSE(row.get(4, ValueType::kDecimal, 2, value));  // NaN
        EXPECT_FALSE(row.get(5, ValueType::kDate, 0, value));     // 45 BC
    });
    EXPECT_EQ(session_->run("SELECT 'x'::text, 1, 'infinity'::date, '-infinity'::timestamptz, "
                            "'NaN'::numeric, '0045-03-15 BC'::date",
                            {}, &sink),
              1);
}

TEST_F(PostgresSessionTest, ReadsSumsAndAveragesAsNumbers) {
    auto sink = each_row([](const Row& row) {
        EXPECT_EQ(row.integer(0), 5'000'000'000);
        Value value;
        ASSERT_TRUE(row.get(1, ValueType::kFloat, 0, value));
        EXPECT_DOUBLE_EQ(value.as_real(), 10.0 / 3);
    });
    EXPECT_EQ(session_->run("SELECT sum(x::bigint), (SELECT avg(y) FROM (VALUES (3),(3),(4)) q(y)) "
                            "FROM (VALUES (2500000000), (2500000000)) p(x)",
                            {}, &sink),
              1);
}

TEST_F(PostgresSessionTest, RefusesTextThatCannotBeStored) {
    const Value bad = Value::text("\xc3(");
    const Value nul = Value::text(std::string_view("a\0b", 3));
    EXPECT_EQ(error_of("SELECT $1::text", Params(&bad, 1)).code, Code::kInvalid);
    EXPECT_EQ(error_of("SELECT $1::text", Params(&nul, 1)).code, Code::kInvalid);
}

TEST_F(PostgresSessionTest, NamesTheColumnsOfAUniqueViolationAndNotTheValues) {
    script("CREATE TABLE t (a text, b int, UNIQUE (a, b)); INSERT INTO t VALUES ('secret', 1)");
    const Error error = error_of("INSERT INTO t VALUES ('secret', 1)");
    EXPECT_EQ(error.code, Code::kUniqueViolation);
    EXPECT_EQ(error.table, "t");
    EXPECT_EQ(error.column, "a, b");
    EXPECT_EQ(error.message.find("secret"), std::string::npos) << error.message;
    // A value that looks like the end of the list of columns.
    script("CREATE TABLE w (a text UNIQUE); INSERT INTO w VALUES (')=(')");
    EXPECT_EQ(error_of("INSERT INTO w VALUES (')=(')").column, "a");
}

TEST_F(PostgresSessionTest, MapsTheServersRefusals) {
    script(
        "CREATE TABLE parent (id int PRIMARY KEY, name varchar(3) NOT NULL, "
        "  n smallint, age int CONSTRAINT parent_age_check CHECK (age > 0), "
        "  note text CONSTRAINT parent_note_length CHECK (length(note) < 3), "
        "  size int CONSTRAINT parent_size_type CHECK (size < 9)); "
        "CREATE TABLE child (parent_id int REFERENCES parent); "
        "INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1)");
    struct Case {
        const char* sql;
        Code code;
        const char* table;
        const char* column;
    };
    const Case cases[] = {
        {"INSERT INTO child VALUES (7)", Code::kForeignKeyViolation, "child", "parent_id"},
        {"DELETE FROM parent", Code::kForeignKeyViolation, "child", ""},
        {"INSERT INTO parent VALUES (2, NULL)", Code::kNotNullViolation, "parent", "name"},
        {"INSERT INTO parent VALUES (2, 'abcd')", Code::kTooLong, "", ""},
        {"INSERT INTO parent VALUES (2, 'a', 99999)", Code::kOutOfRange, "", ""},
        {"INSERT INTO parent (id, name, age) VALUES (2, 'a', 0)", Code::kCheckViolation, "parent",
         ""},
        {"INSERT INTO parent (id, name, note) VALUES (2, 'a', 'long')", Code::kTooLong, "parent",
         "note"},
        {"INSERT INTO parent (id, name, size) VALUES (2, 'a', 9)", Code::kOutOfRange, "parent",
         "size"},
        {"SELECT 'x12'::text::int", Code::kInvalid, "", ""},
        {"SELECT '2026-02-31'::text::date", Code::kInvalid, "", ""},
        {"SELECT nothing FROM parent", Code::kInternal, "", ""},
        {"SELEC 1", Code::kInternal, "", ""},
        {"COPY parent TO STDOUT", Code::kUnsupported, "", ""},
        {"COPY parent FROM STDIN", Code::kUnsupported, "", ""},
    };
    for (const Case& one : cases) {
        const Error error = error_of(one.sql);
        EXPECT_EQ(label(error.code), label(one.code)) << one.sql << ": " << error.message;
        EXPECT_EQ(error.table, one.table) << one.sql;
        EXPECT_EQ(error.column, one.column) << one.sql;
        EXPECT_EQ(error.message.find("99999"), std::string::npos);
        EXPECT_EQ(error.message.find("x12"), std::string::npos);
    }
    EXPECT_EQ(session_->one_integer("SELECT 1"), 1);  // the session is still of use
}

TEST_F(PostgresSessionTest, SaysWhenALockOrAStatementTakesTooLong) {
    script("CREATE TABLE t (a int)");
    const auto other = open({.lock_timeout_ms = 50, .statement_timeout_ms = 100});
    ASSERT_TRUE(session_->begin());
    ASSERT_TRUE(session_->script("LOCK TABLE t"));
    EXPECT_EQ(other->run("SELECT * FROM t").error().code, Code::kBusy);
    EXPECT_EQ(other->run("SELECT pg_sleep(5)").error().code, Code::kTimeout);
    session_->rollback();
    EXPECT_EQ(other->run("SELECT * FROM t"), 0);
}

TEST_F(PostgresSessionTest, RefusesWritesWhenItOnlyReads) {
    script("CREATE TABLE t (a int)");
    const auto reader = open({.read_only = true});
    EXPECT_EQ(reader->run("INSERT INTO t VALUES (1)").error().code, Code::kReadOnly);
}

TEST_F(PostgresSessionTest, SaysThatACommitOfAFailedTransactionKeptNothing) {
    script("CREATE TABLE t (a int)");
    ASSERT_TRUE(session_->begin());
    ASSERT_TRUE(session_->run("INSERT INTO t VALUES (1)"));
    ASSERT_FALSE(session_->run("SELECT 1/0"));
    EXPECT_TRUE(session_->in_transaction());
    EXPECT_EQ(session_->commit().error().code, Code::kConflict);
    EXPECT_FALSE(session_->in_transaction());
    EXPECT_EQ(session_->one_integer("SELECT count(*) FROM t"), 0);
}

TEST_F(PostgresSessionTest, StopsReadingWhenTheTakerHasEnough) {
    std::int64_t last = 0;
    auto sink = each_row([&](const Row& row) {
        last = row.integer(0);
        return last < 10;
    });
    EXPECT_EQ(session_->run("SELECT generate_series(1, 100000000)", {}, &sink), 10);
    EXPECT_EQ(session_->one_integer("SELECT 7"), 7);
    ASSERT_TRUE(session_->begin());
    EXPECT_EQ(session_->run("SELECT generate_series(1, 100000)", {}, &sink), 10);
    EXPECT_EQ(session_->one_integer("SELECT 7"), 7);  // the transaction lives on
    EXPECT_TRUE(session_->commit());
}

TEST_F(PostgresSessionTest, SurvivesASchemaThatChangesUnderAPreparedStatement) {
    script("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    const Value one = Value::integer(1);
    EXPECT_EQ(session_->run("SELECT * FROM t WHERE a = $1", Params(&one, 1)), 1);
    script("ALTER TABLE t ADD COLUMN b text");
    EXPECT_EQ(session_->run("SELECT * FROM t WHERE a = $1", Params(&one, 1)), 1);
}

TEST_F(PostgresSessionTest, KeepsABoundedNumberOfStatements) {
    const Value one = Value::integer(1);
    for (int i = 0; i < 400; ++i)
        ASSERT_TRUE(session_->run("SELECT $1 + " + std::to_string(i), Params(&one, 1)));
    EXPECT_EQ(session_->one_integer("SELECT count(*) FROM pg_prepared_statements"), 256);
}

TEST_F(PostgresSessionTest, PreparesWithoutRunning) {
    EXPECT_TRUE(session_->prepare("SELECT 1 WHERE $1 IS NULL"));
    EXPECT_FALSE(session_->prepare("SELECT nothing FROM nowhere"));
}

class BulkInsertTest : public PostgresSessionTest {
protected:
    void SetUp() override {
        script(
            "CREATE TABLE t (id int, small smallint, d numeric(10,2), name varchar(5), j jsonb)");
    }
    Result<std::int64_t> load(std::vector<std::vector<Value>> rows, Result<bool> end = false) {
        const std::vector<BulkColumn> columns = {{"id", ValueType::kInteger},
                                                 {"small", ValueType::kInteger},
                                                 {"d", ValueType::kDecimal},
                                                 {"name", ValueType::kText},
                                                 {"j", ValueType::kJson}};
        std::size_t next = 0;
        return session_->bulk_insert("t", columns, [&](std::vector<Value>& row) -> Result<bool> {
            if (next == rows.size()) return end;
            row = rows[next++];
            return true;
        });
    }
    static std::vector<Value> row(std::int64_t id, std::int64_t small, std::string_view name) {
        return {Value::integer(id), Value::integer(small), Value::decimal(-id, 2),
                Value::text(name), Value::json("{}")};
    }
};

TEST_F(BulkInsertTest, StoresRowsInTheTypesOfTheirColumns) {
    std::vector<Value> nulls = {Value::integer(3), Value::null(ValueType::kInteger),
                                Value::null(ValueType::kDecimal), Value::null(ValueType::kText),
                                Value::null(ValueType::kJson)};
    const auto loaded = load({row(1, 7, "a"), row(2, -7, "ñandú"), nulls});
    ASSERT_TRUE(loaded) << describe(loaded.error());
    EXPECT_EQ(*loaded, 3);
    EXPECT_EQ(session_->one_text("SELECT string_agg(concat_ws('|', id, small, d, name, j), ';' "
                                 "ORDER BY id) FROM t"),
              "1|7|-0.01|a|{};2|-7|-0.02|ñandú|{};3");
}

TEST_F(BulkInsertTest, KeepsNothingWhenARowIsRefused) {
    const auto too_big = load({row(1, 7, "a"), row(2, 40'000, "b")});
    EXPECT_EQ(too_big.error().code, Code::kOutOfRange);
    EXPECT_EQ(too_big.error().column, "small");
    EXPECT_EQ(load({row(1, 7, "abcdef")}).error().code, Code::kTooLong);
    EXPECT_EQ(load({row(1, 7, "a")}, fail(Code::kConflict, "stop")).error().message, "stop");
    EXPECT_EQ(load({{Value::integer(1)}}).error().code, Code::kInvalid);
    EXPECT_EQ(session_->one_integer("SELECT count(*) FROM t"), 0);
    EXPECT_EQ(load({row(1, 7, "a")}), 1);  // the session is still of use
}

TEST_F(BulkInsertTest, NamesAMissingTableOrColumn) {
    const std::vector<BulkColumn> columns = {{"nothing", ValueType::kText}};
    const auto none = [](std::vector<Value>&) -> Result<bool> { return false; };
    EXPECT_EQ(session_->bulk_insert("nowhere", columns, none).error().code, Code::kNotFound);
    EXPECT_EQ(session_->bulk_insert("t", columns, none).error().code, Code::kNotFound);
}

TEST(OpeningPostgres, SaysWhatIsWrong) {
    const auto code_of = [](const std::string& url) {
        const auto opened = open_postgres_session(url, {});
        return opened ? Code::kInternal : opened.error().code;
    };
    std::string url = segurifai::testing::postgres_url("there_is_none");
    EXPECT_EQ(code_of(url), Code::kNotFound);
    EXPECT_EQ(code_of("postgresql://nobody_here:secret@" + url.substr(url.find('@') + 1)),
              Code::kPermission);
    EXPECT_EQ(code_of("postgresql://segurifai:secret@127.0.0.1:1/x"), Code::kGone);
    EXPECT_EQ(code_of("postgresql://a:b c@[:1"), Code::kInvalid);
    const auto gone = open_postgres_session("postgresql://segurifai:secret@127.0.0.1:1/x", {});
    EXPECT_NE(gone.error().message.find("127.0.0.1:1"), std::string::npos) << gone.error().message;
    EXPECT_EQ(gone.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace segurifai::sql
