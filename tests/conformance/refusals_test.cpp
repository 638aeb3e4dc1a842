// What no program may store, whoever writes: each enumeration, range, length, NULL, foreign key
// and unique rule of the specification is refused by the database itself. Rows go in by plain SQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <iostream>
#include <tuple>

#include "conformance/migrated_database.hpp"
#include "conformance/specification.hpp"
#include "conformance/specified_rows.hpp"

namespace segurifai::conformance {
namespace {

using ::testing::AnyOf;

constexpr std::string_view kPartitionColumn = "recorded_at";
constexpr double kNobody = 2'000'000'000;  ///< a key that no row has

class Refusals : public ::testing::TestWithParam<sql::Engine> {
protected:
    Refusals() : database_(migrated_database(GetParam())), session_(database_->session()) {
        if (GetParam() == sql::Engine::kPostgres) make_partition();
    }

    /// Location history is kept by day; the rows of these tests are of one day.
    void make_partition() {
        const auto made = session_->script(
            "CREATE TABLE conformance_day PARTITION OF providers_providerlocationhistory "
            "FOR VALUES FROM ('2000-01-01 00:00:00Z') TO ('2000-01-02 00:00:00Z')");
        if (!made) throw std::runtime_error(describe(made.error()));
    }

    /// Inserts the valid row of a table with one cell replaced, and takes everything back.
    Result<void> attempt(const SpecifiedTable& table, const std::string& column,
                         const sql::OwnedValue& value) {
        SEGURIFAI_TRY(session_->begin());
        RowMaker maker(*session_, 1);
        Cells row = maker.cells(table);
        if (!column.empty()) row[column] = value;
        auto inserted = maker.insert(table, row);
        session_->rollback();
        return inserted;
    }

    void expect_accepted(const SpecifiedTable& table, const std::string& column,
                         const sql::OwnedValue& value) {
        const auto inserted = attempt(table, column, value);
        EXPECT_TRUE(inserted) << table.name << "." << column << " = "
                              << sql::to_display(value.view()) << ": "
                              << describe(inserted.error());
    }

    template <class Matcher>
    void expect_refused(const SpecifiedTable& table, const std::string& column,
                        const sql::OwnedValue& value, const Matcher& codes) {
        const auto inserted = attempt(table, column, value);
        ASSERT_FALSE(inserted) << table.name << "." << column << " took "
                               << sql::to_display(value.view());
        EXPECT_THAT(inserted.error().code, codes)
            << table.name << "." << column << " = " << sql::to_display(value.view()) << ": "
            << describe(inserted.error());
    }

    std::unique_ptr<testing::TestDatabase> database_;
    std::unique_ptr<sql::Session> session_;
};

TEST_P(Refusals, AValidRowOfEveryTableIsTaken) {
    for (const SpecifiedTable& table : specification().tables) {
        const auto inserted = attempt(table, "", {});
        EXPECT_TRUE(inserted) << table.name << ": " << describe(inserted.error());
    }
}

TEST_P(Refusals, AnUnknownWordOfEveryEnumeration) {
    std::size_t enumerations = 0, words = 0;
    for (const SpecifiedTable& table : specification().tables)
        for (const SpecifiedColumn& column : table.columns) {
            if (column.choices.empty()) continue;
            ++enumerations;
            for (const std::string& word : column.choices) {
                expect_accepted(table, column.name, text_value(column, word));
                ++words;
            }
            std::string lower = column.choices.front();
            lower[0] = static_cast<char>(std::tolower(lower[0]));
            for (const std::string& unknown : {std::string("X"), lower})
                expect_refused(table, column.name, text_value(column, unknown),
                               Code::kCheckViolation);
            // No character at all is also the wrong length of a CHAR.
            expect_refused(table, column.name, text_value(column, ""),
                           AnyOf(Code::kCheckViolation, Code::kTooLong));
        }
    std::cout << sql::name_of(GetParam()) << ": " << enumerations << " enumerations, " << words
              << " words\n";
    EXPECT_EQ(enumerations, 17U);
}

TEST_P(Refusals, TheNextValueOutsideEveryRange) {
    std::size_t ranges = 0;
    for (const SpecifiedTable& table : specification().tables)
        for (const SpecifiedColumn& column : table.columns) {
            if (!column.has_range()) continue;
            ++ranges;
            const double step = column.is("INTEGER") ? 1
                                : column.is("FLOAT") ? 1e-9
                                                     : std::pow(10.0, -column.scale);
            if (column.min) {
                expect_accepted(table, column.name, number_value(column, *column.min));
                expect_refused(table, column.name, number_value(column, *column.min - step),
                               Code::kCheckViolation);
            }
            if (column.max) {
                expect_accepted(table, column.name, number_value(column, *column.max));
                expect_refused(table, column.name, number_value(column, *column.max + step),
                               Code::kCheckViolation);
            }
        }
    std::cout << sql::name_of(GetParam()) << ": " << ranges << " ranges\n";
    EXPECT_EQ(ranges, 42U);
}

TEST_P(Refusals, OneCharacterTooMany) {
    std::size_t lengths = 0;
    for (const SpecifiedTable& table : specification().tables)
        for (const SpecifiedColumn& column : table.columns) {
            if (column.length == 0) continue;
            ++lengths;
            // Characters count, not bytes.
            std::string longest;
            for (int i = 0; i < column.length; ++i) longest += "ñ";
            if (!column.choices.empty()) {
                expect_refused(table, column.name, text_value(column, longest + "ñ"),
                               AnyOf(Code::kTooLong, Code::kCheckViolation));
                continue;
            }
            expect_accepted(table, column.name, text_value(column, longest));
            expect_refused(table, column.name, text_value(column, longest + "ñ"), Code::kTooLong);
        }
    std::cout << sql::name_of(GetParam()) << ": " << lengths << " lengths\n";
    EXPECT_GT(lengths, 0U);
}

TEST_P(Refusals, NullWhereAValueIsRequired) {
    std::size_t required = 0;
    for (const SpecifiedTable& table : specification().tables)
        for (const SpecifiedColumn& column : table.columns) {
            if (column.primary_key && column.is("INTEGER")) continue;
            if (column.null) {
                expect_accepted(table, column.name, null_value(column));
                continue;
            }
            ++required;
            // PostgreSQL looks for the partition of a row before it looks at NOT NULL.
            if (column.name == kPartitionColumn)
                expect_refused(table, column.name, null_value(column),
                               AnyOf(Code::kNotNullViolation, Code::kCheckViolation));
            else
                expect_refused(table, column.name, null_value(column), Code::kNotNullViolation);
        }
    std::cout << sql::name_of(GetParam()) << ": " << required << " required columns\n";
    EXPECT_GT(required, 0U);
}

TEST_P(Refusals, AParentThatDoesNotExist) {
    std::size_t foreign_keys = 0;
    for (const SpecifiedTable& table : specification().tables)
        for (const SpecifiedColumn& column : table.columns) {
            if (column.references.empty()) continue;
            ++foreign_keys;
            expect_refused(table, column.name, number_value(column, kNobody),
                           Code::kForeignKeyViolation);
        }
    std::cout << sql::name_of(GetParam()) << ": " << foreign_keys << " foreign keys\n";
    EXPECT_EQ(foreign_keys, 30U);
}

TEST_P(Refusals, ASecondRowWithTheSameUniqueValues) {
    std::size_t uniques = 0;
    for (const SpecifiedTable& table : specification().tables)
        for (const std::vector<std::string>& columns : table.uniques()) {
            ++uniques;
            std::string names;
            ASSERT_TRUE(session_->begin());
            RowMaker one(*session_, 1), other(*session_, 2);
            Cells first = one.cells(table), second = other.cells(table);
            ASSERT_TRUE(one.insert(table, first)) << table.name;
            for (const std::string& column : columns) {
                second[column] = first.at(column);
                names += (names.empty() ? "" : ", ") + column;
            }
            const auto inserted = other.insert(table, second);
            session_->rollback();
            ASSERT_FALSE(inserted) << table.name << " took the same " << names << " twice";
            EXPECT_EQ(inserted.error().code, Code::kUniqueViolation) << table.name << " " << names;
            EXPECT_EQ(inserted.error().column, names) << table.name;
            EXPECT_EQ(inserted.error().table, table.name);
        }
    std::cout << sql::name_of(GetParam()) << ": " << uniques << " unique rules\n";
    EXPECT_EQ(uniques, 18U);
}

TEST_P(Refusals, TwoRowsThatDifferInTheirUniqueValuesAreTaken) {
    for (const SpecifiedTable& table : specification().tables) {
        ASSERT_TRUE(session_->begin());
        RowMaker one(*session_, 1), other(*session_, 2);
        Cells first = one.cells(table), second = other.cells(table);
        const auto inserted_first = one.insert(table, first);
        const auto inserted_second = other.insert(table, second);
        session_->rollback();
        EXPECT_TRUE(inserted_first) << table.name << ": " << describe(inserted_first.error());
        EXPECT_TRUE(inserted_second) << table.name << ": " << describe(inserted_second.error());
    }
}

TEST_P(Refusals, OfWholeRowsThatContradictThemselves) {
    const auto& codes = specification().table("promotions_promocode");
    const auto& value = codes.column("discount_value");
    ASSERT_TRUE(session_->begin());
    {
        RowMaker maker(*session_, 1);
        Cells row = maker.cells(codes);
        row["valid_until"] = row.at("valid_from");
        const auto inserted = maker.insert(codes, row);
        ASSERT_FALSE(inserted);
        EXPECT_EQ(inserted.error().code, Code::kCheckViolation);
    }
    session_->rollback();
    for (const auto& [kind, amount, accepted] :
         {std::tuple{"PERCENTAGE", 100.0, true}, std::tuple{"PERCENTAGE", 100.01, false},
          std::tuple{"FIXED_AMOUNT", 100.01, true}}) {
        ASSERT_TRUE(session_->begin());
        RowMaker maker(*session_, 1);
        Cells row = maker.cells(codes);
        row["discount_type"] = text_value(codes.column("discount_type"), kind);
        row["discount_value"] = number_value(value, amount);
        const auto inserted = maker.insert(codes, row);
        session_->rollback();
        EXPECT_EQ(inserted.has_value(), accepted) << kind << " " << amount;
        if (!inserted) EXPECT_EQ(inserted.error().code, Code::kCheckViolation);
    }
    const auto& subscriptions = specification().table("services_userservice");
    expect_refused(subscriptions, "end_date", sql::OwnedValue(sql::Value::date(Date{10'956})),
                   Code::kCheckViolation);
    expect_accepted(subscriptions, "end_date", sql::OwnedValue(sql::Value::date(Date{10'957})));
}

SEGURIFAI_ON_BOTH_ENGINES(Refusals);

}  // namespace
}  // namespace segurifai::conformance
