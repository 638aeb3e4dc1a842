#include "sql/sqlite/codec.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/decimal.hpp"
#include "sql/sqlite/session.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::sql {
namespace {

class SqliteCodec : public ::testing::Test {
protected:
    SqliteCodec() {
        auto opened = open_sqlite_session(folder_ / "codec.db", {});
        if (!opened) throw std::runtime_error(describe(opened.error()));
        session_ = std::move(*opened);
    }

    /// Stores `value` in a column declared `type` and reads it back as what it was.
    Value through(const char* type, const Value& value) {
        EXPECT_TRUE(session_->script("DROP TABLE IF EXISTS t; CREATE TABLE t (a " +
                                     std::string(type) + ")"));
        const auto stored = session_->run("INSERT INTO t VALUES ($1)", {&value, 1});
        EXPECT_TRUE(stored) << (stored ? "" : describe(stored.error()));
        auto sink = each_row([&](const Row& row) {
            Value read;
            EXPECT_TRUE(row.get(0, value.type(), value.scale(), read)) << to_display(value);
            kept_ = OwnedValue(read);
        });
        EXPECT_TRUE(session_->run("SELECT a FROM t", {}, &sink));
        return kept_.view();
    }

    bool reads_as(const std::string& expression, ValueType want, int scale = 0) {
        bool readable = false;
        auto sink = each_row([&](const Row& row) {
            Value value;
            readable = row.get(0, want, scale, value);
        });
        EXPECT_TRUE(session_->run("SELECT " + expression, {}, &sink)) << expression;
        return readable;
    }

    Code code_for(const Value& value) {
        const auto done = session_->run("SELECT $1", {&value, 1});
        return done ? Code::kInternal : done.error().code;
    }

    testing::TemporaryFolder folder_;
    std::unique_ptr<Session> session_;
    OwnedValue kept_;
};

TEST_F(SqliteCodec, EveryValueComesBackEqual) {
    const Uuid uuid = *Uuid::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
    struct Case {
        const char* type;
        Value value;
    };
    const Case cases[] = {
        {"bool", Value::boolean(true)},
        {"bool", Value::boolean(false)},
        {"bigint", Value::integer(0)},
        {"bigint", Value::integer(-1)},
        {"bigint", Value::integer(std::numeric_limits<std::int64_t>::min())},
        {"bigint", Value::integer(std::numeric_limits<std::int64_t>::max())},
        {"real", Value::real(0.1)},
        {"real", Value::real(-3.0)},
        {"real", Value::real(std::numeric_limits<double>::denorm_min())},
        {"real", Value::real(std::numeric_limits<double>::max())},
        {"real", Value::real(std::numeric_limits<double>::infinity())},
        {"decimal(10,2)", Value::decimal(0, 2)},
        {"decimal(10,2)", Value::decimal(-1, 2)},
        {"decimal(10,2)", Value::decimal(9'999'999'999, 2)},
        {"decimal(10,2)", Value::decimal(-9'999'999'999, 2)},
        {"decimal(15,0)", Value::decimal(999'999'999'999'999, 0)},
        {"decimal(15,15)", Value::decimal(-999'999'999'999'999, 15)},
        {"varchar(20)", Value::text("")},
        {"varchar(20)", Value::text("12")},
        {"varchar(20)", Value::text("Quetzaltenango, zona 1: «aquí» 🚑")},
        {"char(36)", Value::uuid(uuid)},
        {"char(36)", Value::uuid(Uuid{})},
        {"date", Value::date(Date{kDateMinDays})},
        {"date", Value::date(Date{0})},
        {"date", Value::date(Date{kDateMaxDays})},
        {"datetime", Value::instant(Instant{kInstantMinMicros})},
        {"datetime", Value::instant(Instant{-1})},
        {"datetime", Value::instant(Instant{kInstantMaxMicros})},
        {"text", Value::json(R"({"a":[1,null]})")},
    };
    for (const Case& one : cases)
        EXPECT_EQ(through(one.type, one.value), one.value) << to_display(one.value);
}

TEST_F(SqliteCodec, NullKeepsTheTypeItIsReadAs) {
    for (const ValueType type : {ValueType::kBoolean, ValueType::kInteger, ValueType::kFloat,
                                 ValueType::kDecimal, ValueType::kText, ValueType::kUuid,
                                 ValueType::kDate, ValueType::kInstant, ValueType::kJson}) {
        const Value read = through("blob", Value::null(type));
        EXPECT_TRUE(read.is_null());
        EXPECT_EQ(read.type(), type);
    }
}

TEST_F(SqliteCodec, APersonReadsWhatIsStored) {
    const Value params[] = {Value::uuid(*Uuid::parse("0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B")),
                            Value::instant(*Instant::parse("2026-02-03T12:04:05.5-06:00")),
                            Value::date(*Date::of(2026, 2, 3)), Value::decimal(3'990, 2)};
    EXPECT_EQ(*session_->one_text("SELECT $1 || ' ' || $2 || ' ' || $3 || ' ' || $4", params),
              "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b 2026-02-03 18:04:05.500000 2026-02-03 39.9");
}

TEST_F(SqliteCodec, DataThatNobodyDescribedIsRefused) {
    EXPECT_FALSE(reads_as("2", ValueType::kBoolean));
    EXPECT_FALSE(reads_as("'1'", ValueType::kBoolean));
    EXPECT_FALSE(reads_as("1.5", ValueType::kInteger));
    EXPECT_FALSE(reads_as("'7'", ValueType::kInteger));
    EXPECT_FALSE(reads_as("'x'", ValueType::kFloat));
    EXPECT_FALSE(reads_as("1.005", ValueType::kDecimal, 2));
    EXPECT_FALSE(reads_as("0.1 + 0.2", ValueType::kDecimal, 2));
    EXPECT_FALSE(reads_as("'1.5'", ValueType::kDecimal, 2));
    EXPECT_FALSE(reads_as("9e15", ValueType::kDecimal, 0));
    EXPECT_FALSE(reads_as("9223372036854775807", ValueType::kDecimal, 2));
    EXPECT_FALSE(reads_as("9e999", ValueType::kDecimal, 2));
    EXPECT_FALSE(reads_as("7", ValueType::kText));
    EXPECT_FALSE(reads_as("x'41'", ValueType::kText));
    EXPECT_FALSE(reads_as("CAST(x'41ff' AS TEXT)", ValueType::kText));
    EXPECT_FALSE(reads_as("CAST(x'4142434445464748004142' AS TEXT)", ValueType::kText));
    EXPECT_FALSE(reads_as("'0190a1b2c3d47e5f8a9b0c1d2e3f4a5b'", ValueType::kUuid));
    EXPECT_FALSE(reads_as("'2026-02-30'", ValueType::kDate));
    EXPECT_FALSE(reads_as("'2026-02-03'", ValueType::kInstant));
    EXPECT_FALSE(reads_as("1770141845", ValueType::kInstant));
    EXPECT_FALSE(reads_as("''", ValueType::kJson));
    EXPECT_TRUE(reads_as("1.25", ValueType::kDecimal, 2));
    EXPECT_TRUE(reads_as("'2026-02-03T00:00:00Z'", ValueType::kInstant));
}

TEST_F(SqliteCodec, WhatCannotBeStoredExactlyIsRefusedByNumber) {
    EXPECT_EQ(code_for(Value::text(std::string_view("a\0b", 3))), Code::kInvalid);
    EXPECT_EQ(code_for(Value::text("12345678\xff")), Code::kInvalid);
    EXPECT_EQ(code_for(Value::json("\xc3")), Code::kInvalid);
    EXPECT_EQ(code_for(Value::real(std::nan(""))), Code::kInvalid);
    EXPECT_EQ(code_for(Value::decimal(1'000'000'000'000'000, 2)), Code::kOutOfRange);
    EXPECT_EQ(code_for(Value::date(Date{kDateMaxDays + 1})), Code::kOutOfRange);
    EXPECT_EQ(code_for(Value::instant(Instant{kInstantMinMicros - 1})), Code::kOutOfRange);

    const Value params[] = {Value::integer(1), Value::text("secret\xff")};
    const auto done = session_->run("SELECT $2, $1", params);
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find("$2"), std::string::npos);
    EXPECT_EQ(done.error().message.find("secret"), std::string::npos);
}

/// A million random decimals of one scale through a NUMERIC column: equal when read, and ordered
/// by SQL as they are.
class SqliteDecimals : public SqliteCodec,
                       public ::testing::WithParamInterface<std::pair<const char*, int>> {};

TEST_P(SqliteDecimals, AMillionComeBackExactlyAndInOrder) {
    constexpr int kCount = 1'000'000;
    const auto [type, scale] = GetParam();
    const std::int64_t limit = power_of_ten(std::string_view(type).starts_with("decimal(15") ? 15
                                            : scale == 6                                     ? 9
                                                                                             : 10);
    ASSERT_TRUE(
        session_->script("CREATE TABLE d (id integer PRIMARY KEY, a " + std::string(type) + ")"));
    std::mt19937_64 random(static_cast<std::uint64_t>(scale));
    std::vector<std::int64_t> wanted;
    wanted.reserve(kCount);
    for (int i = 0; i < kCount; ++i) {
        // All magnitudes alike, so that small and whole numbers occur too.
        const auto digits = static_cast<int>(random() % 16);
        const std::int64_t range = std::min(limit, power_of_ten(digits));
        wanted.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(range)) *
                         (random() % 2 == 0 ? 1 : -1));
    }
    const BulkColumn columns[] = {{"id", ValueType::kInteger}, {"a", ValueType::kDecimal}};
    int next = 0;
    const auto loaded = session_->bulk_insert("d", columns, [&](std::vector<Value>& row) {
        if (next == kCount) return Result<bool>(false);
        row[0] = Value::integer(next);
        row[1] = Value::decimal(wanted[static_cast<std::size_t>(next)], scale);
        ++next;
        return Result<bool>(true);
    });
    ASSERT_TRUE(loaded);
    ASSERT_EQ(*loaded, kCount);

    std::int64_t wrong = 0;
    std::int64_t seen = 0;
    auto compare = each_row([&](const Row& row) {
        Value value;
        const bool readable = row.get(1, ValueType::kDecimal, scale, value);
        const auto at = static_cast<std::size_t>(row.integer(0));
        if (!readable || value.as_unscaled() != wanted[at]) ++wrong;
        ++seen;
    });
    ASSERT_TRUE(session_->run("SELECT id, a FROM d", {}, &compare));
    EXPECT_EQ(seen, kCount);
    EXPECT_EQ(wrong, 0);

    std::int64_t before = std::numeric_limits<std::int64_t>::min();
    auto ordered = each_row([&](const Row& row) {
        Value value;
        if (!row.get(0, ValueType::kDecimal, scale, value) || value.as_unscaled() < before) ++wrong;
        before = value.as_unscaled();
    });
    ASSERT_TRUE(session_->run("SELECT a FROM d ORDER BY a", {}, &ordered));
    EXPECT_EQ(wrong, 0);

    const Value probe = Value::decimal(wanted[7], scale);
    EXPECT_EQ(*session_->one_integer("SELECT count(*) FROM d WHERE a = $1", {&probe, 1}),
              std::count(wanted.begin(), wanted.end(), wanted[7]));
    EXPECT_EQ(*session_->one_integer("SELECT count(*) FROM d WHERE a < $1", {&probe, 1}),
              std::count_if(wanted.begin(), wanted.end(),
                            [&](std::int64_t value) { return value < wanted[7]; }));
}

INSTANTIATE_TEST_SUITE_P(Scales, SqliteDecimals,
                         ::testing::Values(std::pair{"decimal(10,2)", 2},
                                           std::pair{"decimal(9,6)", 6},
                                           std::pair{"decimal(15,5)", 5}));

TEST_F(SqliteCodec, DecimalSumIsExactWhereSumDrifts) {
    ASSERT_TRUE(session_->script(
        "CREATE TABLE m (a decimal(10,2), b decimal(9,6));"
        "INSERT INTO m WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 1000000) SELECT 0.01, CASE i % 2 WHEN 0 THEN -0.000001 ELSE 90.517301 END "
        "FROM n"));
    Value a, b;
    bool drifted = true;
    bool readable = false;
    auto sink = each_row([&](const Row& row) {
        Value plain;
        readable = row.get(0, ValueType::kDecimal, 2, a) && row.get(1, ValueType::kDecimal, 6, b);
        drifted = !row.get(2, ValueType::kDecimal, 2, plain);
    });
    ASSERT_TRUE(session_->run("SELECT decimal_sum(a), decimal_sum(b), SUM(a) FROM m", {}, &sink));
    EXPECT_TRUE(readable);
    EXPECT_EQ(a, Value::decimal(1'000'000, 2));
    EXPECT_EQ(b, Value::decimal(500'000LL * 90'517'300, 6));
    EXPECT_TRUE(drifted) << "SUM() no longer drifts: decimal_sum() may go";
}

TEST_F(SqliteCodec, DecimalSumOfNothingIsNullAndOfOtherThingsAnError) {
    EXPECT_EQ(*session_->one_text("SELECT (decimal_sum(a) IS NULL) || '' FROM (SELECT 1 AS a) "
                                  "WHERE a > 1"),
              "1");
    EXPECT_EQ(*session_->one_integer("SELECT decimal_sum(column1) FROM (VALUES (NULL), (2), (3))"),
              5);
    EXPECT_EQ(*session_->one_text("SELECT group_concat(s) FROM (SELECT decimal_sum(column1) OVER "
                                  "(ROWS 1 PRECEDING) AS s FROM (VALUES (0.1), (0.2), (0.3)))"),
              "0.1,0.3,0.5");
    EXPECT_FALSE(session_->run("SELECT decimal_sum('1.5')"));
    EXPECT_FALSE(session_->run("SELECT decimal_sum(1.0 / 3)"));
}

}  // namespace
}  // namespace segurifai::sql
