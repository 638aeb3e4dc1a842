// Compares what the migrations make, on both engines, with the specification: everything that is
// missing, different or too much in its tables is a failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iostream>
#include <set>

#include "apps/registry.hpp"
#include "base/decimal.hpp"
#include "conformance/live_schema.hpp"
#include "conformance/migrated_database.hpp"
#include "conformance/specification.hpp"

namespace segurifai::conformance {
namespace {

constexpr std::string_view kPartitionedTable = "providers_providerlocationhistory";
constexpr std::string_view kPartitionColumn = "recorded_at";

/// Indexes of ours on foreign keys to a request: without them, each request that moves to the
/// archive has the engine read these tables whole, to find what pointed at it.
constexpr std::array<std::string_view, 4> kIndexesOfOurs{
    "assistance_requestdocument_request_idx", "paq_wallet_paqtransaction_request_idx",
    "promotions_promocodeusage_request_idx", "providers_providerreview_request_idx"};

/// How an engine spells a type of the specification.
std::string native_type(sql::Engine engine, const std::string& type) {
    if (engine == sql::Engine::kSqlite) return type;
    const std::string arguments =
        type.find('(') == std::string::npos ? std::string() : type.substr(type.find('('));
    if (type.starts_with("VARCHAR")) return "character varying" + arguments;
    if (type.starts_with("CHAR")) return "character" + arguments;
    if (type.starts_with("DECIMAL")) return "numeric" + arguments;
    if (type == "FLOAT") return "double precision";
    if (type == "DATETIME") return "timestamp with time zone";
    if (type == "JSON") return "jsonb";
    std::string lower;
    for (const char c : type) lower += static_cast<char>(std::tolower(c));
    return lower;
}

/// A default's text in one spelling for both engines.
std::string one_spelling(const SpecifiedColumn& column, const std::string& preset) {
    if (column.is("BOOLEAN")) return preset == "1" || preset == "true" ? "true" : "false";
    if (column.is("DECIMAL")) {
        const auto unscaled = parse_decimal(preset, 15, column.scale);
        return unscaled ? format_decimal(*unscaled, column.scale) : "no decimal: " + preset;
    }
    return preset;
}

class Conformance : public ::testing::TestWithParam<sql::Engine> {
protected:
    Conformance()
        : database_(migrated_database(GetParam())),
          live_(read_live_schema(*database_->session())) {}

    [[nodiscard]] const LiveTable* find(const SpecifiedTable& table) const {
        const auto found = live_.find(table.name);
        return found == live_.end() ? nullptr : &found->second;
    }

    std::unique_ptr<testing::TestDatabase> database_;
    LiveSchema live_;
};

/// What the platform remembers besides the specification is described, and stands in tables of
/// its own.
bool is_ours(const std::string& name) {
    const auto tables = apps::all_tables();
    return std::ranges::any_of(tables, [&](const model::Table* one) { return one->name == name; });
}

TEST_P(Conformance, HasEveryTableAndNoneTooMany) {
    std::set<std::string> apps;
    for (const SpecifiedTable& table : specification().tables) {
        EXPECT_NE(find(table), nullptr) << table.name << " is missing";
        apps.insert(table.app);
    }
    for (const auto& [name, table] : live_) {
        const bool specified =
            std::ranges::find(specification().tables, name, &SpecifiedTable::name) !=
            specification().tables.end();
        const bool of_an_app = std::ranges::any_of(
            apps, [&](const std::string& app) { return name.starts_with(app + "_"); });
        EXPECT_TRUE(specified || !of_an_app || is_ours(name)) << name << " is nobody's";
    }
    EXPECT_EQ(specification().tables.size(), 21U);
}

TEST_P(Conformance, HasEveryColumnWithItsTypeNullAndDefault) {
    std::size_t compared = 0, presets = 0;
    for (const SpecifiedTable& table : specification().tables) {
        const LiveTable* live = find(table);
        ASSERT_NE(live, nullptr) << table.name;
        EXPECT_EQ(live->columns.size(), table.columns.size())
            << table.name << " has columns too many or too few";
        for (const SpecifiedColumn& column : table.columns) {
            const std::string where = table.name + "." + column.name;
            const auto found = live->columns.find(column.name);
            if (found == live->columns.end()) {
                ADD_FAILURE() << where << " is missing";
                continue;
            }
            EXPECT_EQ(found->second.type, native_type(GetParam(), column.type)) << where;
            EXPECT_EQ(found->second.null, column.null) << where;
            EXPECT_EQ(found->second.counted_up, column.primary_key && column.is("INTEGER"))
                << where;
            EXPECT_EQ(found->second.preset.has_value(), column.preset.has_value())
                << where << " has default " << found->second.preset.value_or("none");
            if (found->second.preset && column.preset)
                EXPECT_EQ(one_spelling(column, *found->second.preset),
                          one_spelling(column, *column.preset))
                    << where;
            ++compared;
            presets += column.preset.has_value();
        }
    }
    std::cout << sql::name_of(GetParam()) << ": compared " << specification().tables.size()
              << " tables, " << compared << " columns, " << presets << " defaults\n";
    EXPECT_EQ(compared, 233U);
}

TEST_P(Conformance, HasEveryPrimaryAndForeignKeyAndNoneTooMany) {
    std::size_t foreign_keys = 0;
    for (const SpecifiedTable& table : specification().tables) {
        const LiveTable* live = find(table);
        ASSERT_NE(live, nullptr) << table.name;
        std::vector<std::string> key;
        std::set<std::string> referring;
        for (const SpecifiedColumn& column : table.columns) {
            if (column.primary_key) key.push_back(column.name);
            if (column.references.empty()) continue;
            ++foreign_keys;
            referring.insert(column.name);
            const std::string where = table.name + "." + column.name;
            const auto found = live->foreign_keys.find(column.name);
            if (found == live->foreign_keys.end()) {
                ADD_FAILURE() << where << " is no foreign key";
                continue;
            }
            EXPECT_EQ(found->second.parent, column.references) << where;
            EXPECT_EQ(found->second.parent_column, "id") << where;
            // RULES §0: an optional link is set to null, a part cascades, evidence protects.
            const std::string_view rule = column.null      ? "SET NULL"
                                          : column.cascade ? "CASCADE"
                                                           : "RESTRICT";
            EXPECT_EQ(found->second.on_delete, rule) << where;
        }
        for (const auto& [column, foreign_key] : live->foreign_keys)
            EXPECT_TRUE(referring.contains(column))
                << table.name << "." << column << " is a foreign key that nobody specified";
        // RULES §13: a partitioned table's key holds the column it is partitioned by.
        if (GetParam() == sql::Engine::kPostgres && table.name == kPartitionedTable)
            key.emplace_back(kPartitionColumn);
        EXPECT_EQ(live->primary_key, key) << table.name;
    }
    std::cout << sql::name_of(GetParam()) << ": compared " << foreign_keys
              << " foreign keys and the primary keys\n";
    EXPECT_EQ(foreign_keys, 30U);
}

TEST_P(Conformance, HasEveryIndexAndNoneTooMany) {
    std::size_t uniques = 0, named = 0, physical = 0;
    for (const SpecifiedTable& table : specification().tables) {
        const LiveTable* live = find(table);
        ASSERT_NE(live, nullptr) << table.name;
        for (const SpecifiedIndex& index : table.indexes) {
            std::string where = table.name + " (";
            for (const std::string& column : index.columns) where += " " + column;
            where += " )";
            const auto of_these_columns = [&](const auto& entry) {
                return entry.second.columns == index.columns;
            };
            EXPECT_EQ(std::ranges::count_if(live->indexes, of_these_columns), 1)
                << where << " is indexed not once";
            const auto found = std::ranges::find_if(live->indexes, of_these_columns);
            if (found == live->indexes.end()) continue;
            EXPECT_EQ(found->second.unique, index.unique) << where;
            EXPECT_TRUE(found->second.plain) << where << " is partial or descending";
            if (!index.name.empty()) EXPECT_EQ(found->first, index.name) << where;
            uniques += index.unique;
            named += !index.name.empty();
        }
        for (const auto& [name, index] : live->indexes)
            EXPECT_TRUE(std::ranges::find(table.indexes, index.columns, &SpecifiedIndex::columns) !=
                            table.indexes.end() ||
                        std::ranges::find(kIndexesOfOurs, name) != kIndexesOfOurs.end())
                << name << " of " << table.name << " is in no specification";
        physical += live->indexes.size();
    }
    std::cout << sql::name_of(GetParam()) << ": compared " << uniques << " unique, "
              << specification().listed_indexes << " listed and "
              << specification().performance_indexes << " performance indexes (" << physical
              << " in the database, for some are listed twice)\n";
    EXPECT_EQ(uniques, 18U);
    EXPECT_EQ(specification().listed_indexes, 16U);
    EXPECT_EQ(named, 9U);
    EXPECT_EQ(specification().performance_indexes, 9U);
}

SEGURIFAI_ON_BOTH_ENGINES(Conformance);

}  // namespace
}  // namespace segurifai::conformance
