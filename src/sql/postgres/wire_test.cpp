#include "sql/postgres/wire.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "base/decimal.hpp"
#include "sql/postgres/session.hpp"
#include "support/postgres_cluster.hpp"

namespace segurifai::sql::postgres {
namespace {

std::string numeric_bytes(std::int64_t unscaled, int scale) {
    std::string bytes;
    append_numeric(bytes, unscaled, scale);
    return bytes;
}

/// The stored form read back at a scale; nothing when it does not fit.
std::optional<std::int64_t> read_back(const std::string& bytes, int scale) {
    std::deque<std::string> kept;
    Value value;
    if (!decode(kNumeric, bytes, ValueType::kDecimal, scale, value, kept)) return std::nullopt;
    return value.as_unscaled();
}

TEST(NumericFormat, KeepsEveryNumberAtEveryScale) {
    std::mt19937_64 chance(20260203);
    for (int i = 0; i < 200'000; ++i) {
        const int scale = static_cast<int>(chance() % 19);
        const auto unscaled = static_cast<std::int64_t>(chance()) >> (chance() % 64);
        ASSERT_EQ(read_back(numeric_bytes(unscaled, scale), scale), unscaled) << scale;
    }
    for (const auto extreme : {std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max(), std::int64_t{0}})
        for (int scale = 0; scale <= 18; ++scale)
            EXPECT_EQ(read_back(numeric_bytes(extreme, scale), scale), extreme);
}

TEST(NumericFormat, ChangesItsScaleOnlyWhenThatIsExact) {
    EXPECT_EQ(read_back(numeric_bytes(1'250, 2), 1), 125);
    EXPECT_EQ(read_back(numeric_bytes(125, 1), 6), 12'500'000);
    EXPECT_EQ(read_back(numeric_bytes(1'251, 2), 1), std::nullopt);
    EXPECT_EQ(read_back(numeric_bytes(1, 6), 0), std::nullopt);
    EXPECT_EQ(read_back(numeric_bytes(std::numeric_limits<std::int64_t>::max(), 0), 1),
              std::nullopt);
}

TEST(NumericFormat, IsWhatTheServerReadsAndWrites) {
    auto session = open_postgres_session(segurifai::testing::postgres_url(), {});
    ASSERT_TRUE(session) << describe(session.error());
    std::mt19937_64 chance(7);
    for (int i = 0; i < 3'000; ++i) {
        const int scale = static_cast<int>(chance() % 19);
        const auto unscaled = static_cast<std::int64_t>(chance()) >> (chance() % 64);
        const std::string text = format_decimal(unscaled, scale);
        const Value params[] = {Value::decimal(unscaled, scale), Value::text(text)};
        bool seen = false;
        auto sink = each_row([&](const Row& row) {
            seen = true;
            EXPECT_EQ(row.text(0), text);
            Value value;
            ASSERT_TRUE(row.get(1, ValueType::kDecimal, scale, value)) << text;
            EXPECT_EQ(value.as_unscaled(), unscaled);
        });
        const auto done = (*session)->run("SELECT $1::text, $2::text::numeric", params, &sink);
        ASSERT_TRUE(done) << describe(done.error());
        ASSERT_TRUE(seen);
    }
}

TEST(ColumnFormat, RefusesWhatTheColumnCannotHold) {
    std::string out;
    EXPECT_TRUE(append_as(out, kInt2, Value::integer(32'767)));
    EXPECT_EQ(append_as(out, kInt2, Value::integer(32'768)).error().code, Code::kOutOfRange);
    EXPECT_EQ(append_as(out, kInt4, Value::integer(1LL << 31)).error().code, Code::kOutOfRange);
    EXPECT_EQ(append_as(out, kInt4, Value::text("1")).error().code, Code::kInvalid);
    EXPECT_EQ(append_as(out, kVarchar, Value::text("\xff")).error().code, Code::kInvalid);
    EXPECT_EQ(append_as(out, kVarchar, Value::text(std::string_view("a\0b", 3))).error().code,
              Code::kInvalid);
}

}  // namespace
}  // namespace segurifai::sql::postgres
