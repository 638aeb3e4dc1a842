// The same random work on both engines: every answer must be equal.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/json_mapping.hpp"
#include "model/store.hpp"
#include "store/fixture.hpp"
#include "store/random_rows.hpp"

namespace segurifai::testing {
namespace {

using model::Filter;
using model::Record;
using model::table_of;

constexpr int kOperations = 6'000;
constexpr std::int64_t kRowsMax = 400;

std::string text_of(const Record& record) {
    std::string out;
    model::append_json(out, record, {.leave_out_credentials = false});
    return out;
}

/// Without the column: SQLite never names that of a foreign key, and where a row breaks two unique
/// rules at once each engine names the one it looked at first.
std::string text_of(const Error& error) {
    std::string out = "error " + std::string(label(error.code));
    for (const Fault& fault : error.faults) out += " " + fault.path + ": " + fault.message;
    return out;
}

/// An answer as text, so that a difference shows itself.
std::string text_of(const Result<void>& result) {
    return result ? "done" : text_of(result.error());
}

std::string text_of(const Result<std::int64_t>& result) {
    return result ? std::to_string(*result) : text_of(result.error());
}

std::string text_of(const Result<std::vector<Record>>& result) {
    if (!result) return text_of(result.error());
    std::string out;
    for (const Record& record : *result) out += text_of(record) + "\n";
    return out;
}

std::string text_of(const Result<std::optional<EveryType>>& result) {
    if (!result) return text_of(result.error());
    if (!*result) return "nothing";
    return text_of(Record::of_struct(table_of<EveryType>(), &**result));
}

class BothEngines : public ::testing::Test {
protected:
    BothEngines() {
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 8; j += 2) {
                Place place;
                place.id.bytes[0] = static_cast<std::uint8_t>(i * 127);
                place.id.bytes[15] = static_cast<std::uint8_t>(j);
                place.name = "place " + std::to_string(i) + std::to_string(j);
                on_both([&](sql::Session& session) {
                    return text_of(model::insert_blocking(session, clock_, place));
                });
            }
    }

    /// Does something on both and expects one answer, which it gives.
    template <class Work>
    std::string on_both(Work work) {
        const std::string sqlite = work(sqlite_.session());
        const std::string postgres = work(postgres_.session());
        EXPECT_EQ(sqlite, postgres);
        return sqlite;
    }

    std::string insert(const EveryType& row) {
        const Record record = Record::of_struct(table_of<EveryType>(), &row);
        return on_both([&](sql::Session& session) {
            return text_of(model::insert_record_blocking(session, record));
        });
    }

    /// How many of all rows a filter selects without a database.
    std::int64_t matching(const Filter& filter) {
        const auto all =
            model::list_records_blocking(sqlite_.session(), Filter(table_of<EveryType>()));
        EXPECT_TRUE(all) << describe(all.error());
        return std::ranges::count_if(*all, [&](const Record& record) {
            const auto matched = filter.matches(record);
            EXPECT_TRUE(matched) << describe(matched.error());
            return matched.value_or(false);
        });
    }

    /// Fills the tables with rows that keep every rule.
    void fill(int rows) {
        for (int id = 1; id <= rows;) {
            EveryType row = random_.row(id);
            row.code += std::to_string(id);
            if (insert(row) == "done") ++id;
        }
    }

    Store sqlite_{sql::Engine::kSqlite};
    Store postgres_{sql::Engine::kPostgres};
    ManualClock clock_{Instant{1'770'141'845'123'456}};
    RandomRows random_{20'260'203};
};

/// A term of a filter by chance, in the words of a URL; often wrong.
std::pair<std::string, std::string> random_term(RandomRows& random) {
    static constexpr std::string_view kWords[] = {
        "", "", "__in", "__gt", "__gte", "__lt", "__lte", "__isnull", "__contains", "__icontains"};
    const auto columns = table_of<EveryType>().columns;
    const model::Column& column =
        columns[static_cast<std::size_t>(random.below(static_cast<int>(columns.size())))];
    const std::string_view word = kWords[static_cast<std::size_t>(random.below(std::size(kWords)))];
    std::string value = random.filter_text(column);
    if (word == "__isnull") value = random.chance(50) ? "true" : "false";
    if (word == "__in")
        for (int more = random.below(3); more > 0; --more)
            value += "," + random.filter_text(column);
    return {std::string(column.name) + std::string(word), std::move(value)};
}

std::string random_ordering(RandomRows& random) {
    const auto columns = table_of<EveryType>().columns;
    std::string ordering;
    std::set<int> used;
    for (int left = random.below(4); left > 0; --left) {
        const int column = random.below(static_cast<int>(columns.size()));
        const model::Column& described = columns[static_cast<std::size_t>(column)];
        if (described.type == model::Type::kJson ||
            described.personal == model::Personal::kCredential || !used.insert(column).second)
            continue;
        if (!ordering.empty()) ordering += ",";
        if (random.chance(50)) ordering += "-";
        ordering += described.name;
    }
    return ordering;
}

TEST_F(BothEngines, AnswerRandomWorkAlike) {
    std::map<std::string, int> done;  // what was done, and how it ended, so often
    std::int32_t next_id = 1;
    for (int step = 0; step < kOperations && !HasFailure(); ++step) {
        SCOPED_TRACE("step " + std::to_string(step));
        const int kind = random_.below(100);
        const std::int32_t id = 1 + random_.below(std::max(next_id, 2));
        std::string what;
        std::string answer;
        if (kind < 25) {
            what = "insert";
            const auto rows =
                model::count_blocking(sqlite_.session(), Filter(table_of<EveryType>()));
            if (rows.value_or(0) >= kRowsMax) continue;
            answer = insert(random_.row(random_.chance(5) ? id : next_id++));
        } else if (kind < 35) {
            what = "update";
            const EveryType row = random_.row(id);
            answer = on_both([&](sql::Session& session) {
                EveryType mine = row;
                return text_of(model::update_blocking(session, clock_, mine));
            });
        } else if (kind < 40) {
            what = "update_columns";
            const EveryType row = random_.row(id);
            answer = on_both([&](sql::Session& session) {
                EveryType mine = row;
                return text_of(model::update_columns_blocking(session, clock_, mine,
                                                              {"nick_or", "price", "moment_or"}));
            });
        } else if (kind < 45) {
            what = "remove";
            answer = on_both([&](sql::Session& session) {
                return text_of(model::remove_blocking<EveryType>(session, Id<EveryType>{id}));
            });
        } else if (kind < 55) {
            what = "find";
            answer = on_both([&](sql::Session& session) {
                return text_of(model::find_blocking<EveryType>(session, Id<EveryType>{id}));
            });
        } else if (kind < 60) {
            what = "find_by";
            const std::string code = random_.row(0).code;
            answer = on_both([&](sql::Session& session) {
                return text_of(model::find_by_blocking<EveryType>(session, "code", code));
            });
        } else {
            what = "list";
            std::vector<std::pair<std::string, std::string>> words;
            for (int left = random_.below(3); left > 0; --left)
                words.push_back(random_term(random_));
            const std::vector<Filter::Term> terms(words.begin(), words.end());
            auto filter = Filter::parse(table_of<EveryType>(), terms, random_ordering(random_));
            if (!filter) continue;
            if (random_.chance(30)) filter->limit(random_.below(30));
            if (random_.chance(30)) filter->offset(random_.below(30));
            SCOPED_TRACE(filter->select(sql::Engine::kSqlite).text);
            answer = on_both([&](sql::Session& session) {
                return text_of(model::list_records_blocking(session, *filter));
            });
            const std::string counted = on_both([&](sql::Session& session) {
                return text_of(model::count_blocking(session, *filter));
            });
            EXPECT_EQ(std::to_string(matching(*filter)), counted) << "outside a database";
            if (!answer.empty() && !answer.starts_with("error")) answer = "rows";
        }
        if (answer.starts_with("{")) answer = "row";
        ++done[what + ": " + answer.substr(0, 40)];
        clock_.advance_micros(1 + random_.below(3));
    }
    for (const auto& [what, times] : done) RecordProperty(what, times);
    // What must have happened for this test to mean anything.
    for (const char* what :
         {"insert: done", "insert: error unique_violation", "insert: error foreign_key_violation",
          "insert: error check_violation", "update: done", "find: row", "find: nothing",
          "remove: done", "list: rows", "list: "})
        EXPECT_GT(done[what], 0) << what;
}

TEST_F(BothEngines, WalkAllRowsOnceUnderEveryOrder) {
    constexpr int kRows = 90;
    constexpr int kPage = 7;
    fill(kRows);
    std::vector<std::string> orderings;
    for (const model::Column& column : table_of<EveryType>().columns) {
        if (column.type == model::Type::kJson) continue;
        orderings.push_back(std::string(column.name));
        orderings.push_back("-" + std::string(column.name));
    }
    for (int i = 0; i < 60; ++i) orderings.push_back(random_ordering(random_));
    for (const std::string& ordering : orderings) {
        SCOPED_TRACE(ordering);
        Filter filter(table_of<EveryType>());
        ASSERT_TRUE(filter.order_by(ordering));
        const std::string whole = on_both([&](sql::Session& session) {
            return text_of(model::list_records_blocking(session, filter));
        });
        filter.limit(kPage);
        std::string walked;
        std::set<std::int64_t> seen;
        for (;;) {
            const auto page = model::list_records_blocking(sqlite_.session(), filter);
            ASSERT_TRUE(page) << describe(page.error());
            const auto other = model::list_records_blocking(postgres_.session(), filter);
            ASSERT_EQ(text_of(page), text_of(other));
            for (const Record& record : *page) seen.insert(record.at("id").as_integer());
            walked += text_of(page);
            if (page->size() < kPage) break;
            ASSERT_TRUE(filter.after(filter.place_of(page->back())));
        }
        ASSERT_EQ(walked, whole);
        ASSERT_EQ(seen.size(), static_cast<std::size_t>(kRows));

        // And back, from the last row to the first.
        Filter back(table_of<EveryType>());
        ASSERT_TRUE(back.order_by(ordering));
        const auto ordered = model::list_records_blocking(sqlite_.session(), back);
        ASSERT_TRUE(ordered);
        back.limit(kPage);
        std::size_t left = ordered->size() - 1;
        while (left > 0) {
            ASSERT_TRUE(back.before(back.place_of((*ordered)[left])));
            const auto page = model::list_records_blocking(sqlite_.session(), back);
            ASSERT_TRUE(page) << describe(page.error());
            const auto other = model::list_records_blocking(postgres_.session(), back);
            ASSERT_EQ(text_of(page), text_of(other));
            ASSERT_EQ(page->size(), std::min<std::size_t>(kPage, left));
            for (const Record& record : *page) ASSERT_EQ(record, (*ordered)[--left]);
        }
    }
}

/// Rows that only the database itself can refuse, because the store's own rules are passed by.
TEST_F(BothEngines, RefuseTheSameRowsThemselves) {
    const model::TablePlan& plan = model::plan_of<EveryType>();
    const auto insert_raw = [&](const Record& record) {
        return on_both([&](sql::Session& session) {
            std::vector<sql::Value> params;
            for (const sql::OwnedValue& value : record.values()) params.push_back(value.view());
            const auto ran =
                session.run(plan.statements.insert_whole.on(session.engine()).text, params);
            return ran ? std::string("done") : std::string(label(ran.error().code));
        });
    };
    EveryType right = random_.row(1);
    right.place_id.reset();
    right.day_or.reset();
    const Record record = Record::of_struct(plan.table, &right);
    std::int32_t id = 1;
    const auto with = [&](std::string_view column, const sql::Value& value) {
        Record changed = record;
        changed.set("id", sql::Value::integer(++id));
        changed.set("code", sql::Value::text("raw" + std::to_string(id)));
        changed.set(column, value);
        return insert_raw(changed);
    };
    EXPECT_EQ(insert_raw(record), "done");
    EXPECT_EQ(insert_raw(record), "unique_violation");
    EXPECT_EQ(with("whole", sql::Value::integer(5'000)), "check_violation");
    EXPECT_EQ(with("price", sql::Value::decimal(-1, 2)), "check_violation");
    EXPECT_EQ(with("mood", sql::Value::text("ANGRY")), "check_violation");
    EXPECT_EQ(with("tags", sql::Value::json("{}")), "check_violation");
    EXPECT_EQ(with("flag", sql::Value::null(sql::ValueType::kBoolean)), "not_null_violation");
    EXPECT_EQ(with("day_or", sql::Value::date(Date{kDateMinDays})), "check_violation");
    EXPECT_EQ(with("place_id", sql::Value::uuid(Uuid{{9, 9}})), "foreign_key_violation");
    EXPECT_EQ(with("whole_or", sql::Value::integer(1LL << 40)), "out_of_range");
    EXPECT_EQ(with("code", sql::Value::text(std::string(31, 'x'))), "too_long");
}

}  // namespace
}  // namespace segurifai::testing
