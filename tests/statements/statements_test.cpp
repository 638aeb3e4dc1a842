// Every statement of the program compiles on both engines, and so does every statement of the
// release that is still running while this one is rolled out.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "apps/registry.hpp"
#include "migrate/state.hpp"
#include "migrate/step.hpp"
#include "model/plan.hpp"
#include "sql/statement.hpp"
#include "support/databases.hpp"

namespace segurifai {
namespace {

struct Listed {
    std::string engine;
    std::string name;
    std::string text;

    friend auto operator<=>(const Listed&, const Listed&) = default;
};

std::vector<Listed> statements_of_this_source() {
    std::set<Listed> listed;
    for (const sql::Engine engine : {sql::Engine::kSqlite, sql::Engine::kPostgres}) {
        const auto add = [&](const sql::Statement& statement) {
            listed.insert({std::string(sql::name_of(engine)), std::string(statement.name),
                           std::string(statement.text)});
        };
        for (const sql::Query* query = sql::Query::first(); query != nullptr; query = query->next())
            add(query->on(engine));
        for (const model::Table* table : apps::all_tables())
            for (const sql::Statement& statement : model::plan_of(*table).statements.every(engine))
                add(statement);
    }
    return {listed.begin(), listed.end()};
}

std::string written(const std::vector<Listed>& statements) {
    std::string text;
    for (const auto& [engine, name, sql] : statements)
        text += engine + "\t" + name + "\t" + sql + "\n";
    return text;
}

std::vector<Listed> read_list(const std::string& path) {
    std::ifstream file(path);
    std::vector<Listed> statements;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        Listed listed;
        std::getline(fields, listed.engine, '\t');
        std::getline(fields, listed.name, '\t');
        std::getline(fields, listed.text);
        statements.push_back(std::move(listed));
    }
    return statements;
}

class Statements : public ::testing::TestWithParam<sql::Engine> {
protected:
    Statements() : database_(GetParam()), session_(database_.session()) {
        const auto schema = migrate::state_of(apps::all_tables());
        for (const auto& statement : migrate::create_statements(GetParam(), schema)) {
            const auto made = session_->script(statement);
            if (!made) throw std::runtime_error(describe(made.error()));
        }
    }

    void expect_all_compile(const std::vector<Listed>& statements) {
        int compiled = 0;
        for (const auto& [engine, name, text] : statements) {
            if (engine != sql::name_of(GetParam())) continue;
            const auto prepared = session_->prepare(text);
            EXPECT_TRUE(prepared) << name << ": " << describe(prepared.error()) << "\n" << text;
            ++compiled;
        }
        EXPECT_GT(compiled, 100) << "the list is not what it should be";
    }

    testing::TestDatabase database_;
    std::unique_ptr<sql::Session> session_;
};
SEGURIFAI_ON_BOTH_ENGINES(Statements);

TEST_P(Statements, OfThisSourceCompile) {
    expect_all_compile(statements_of_this_source());
}

TEST_P(Statements, OfThePreviousReleaseStillCompile) {
    expect_all_compile(read_list(SEGURIFAI_STATEMENTS "/previous.tsv"));
}

TEST(StatementList, HoldsTheQueriesOfEveryFile) {
    const auto is_there = [](const Listed& one) { return one.name == "assistance.request.job"; };
    EXPECT_EQ(std::ranges::count_if(statements_of_this_source(), is_there), 2)
        << "the linker left files out: see CMakeLists.txt";
}

TEST(StatementList, IsTheOneOfThisSource) {
    std::ifstream file(SEGURIFAI_STATEMENTS "/current.tsv");
    std::stringstream stored;
    stored << file.rdbuf();
    const std::string made = written(statements_of_this_source());
    if (stored.str() == made) return;
    const std::string path = SEGURIFAI_BUILD "/current.tsv";
    std::ofstream(path) << made;
    FAIL() << "tests/statements/current.tsv is out of date; the new list is " << path;
}

}  // namespace
}  // namespace segurifai
