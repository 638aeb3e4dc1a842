#include "cli/shell_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace segurifai::cli {
namespace {

using Words = std::vector<std::string>;

ShellCommand shell_of(const char* url, const Words& more = {}) {
    return shell_command(*sql::DatabaseUrl::parse(url), more);
}

TEST(PostgresShell, APasswordLeavesTheArguments) {
    const struct {
        const char* url;
        const char* argument;
        std::optional<std::string> password;
    } kTable[] = {
        {"postgresql://ana@db1:5433/app", "postgresql://ana@db1:5433/app", std::nullopt},
        {"postgresql://ana:s3cret@db1/app", "postgresql://ana@db1/app", "s3cret"},
        {"postgresql://ana:p%40s%2Fs@db1/app", "postgresql://ana@db1/app", "p@s/s"},
        {"postgresql://ana:@db1/app", "postgresql://ana@db1/app", ""},
        {"postgresql://ana:x@db1/app?sslmode=require&application_name=a%20b",
         "postgresql://ana@db1/app?sslmode=require&application_name=a%20b", "x"},
        {"postgresql://ana@db1/app?password=q%26a&sslmode=require",
         "postgresql://ana@db1/app?sslmode=require", "q&a"},
        {"postgresql://db1:5433/app?password=q", "postgresql://db1:5433/app", "q"},
        {"postgresql:///app?host=/run/postgresql", "postgresql:///app?host=/run/postgresql",
         std::nullopt},
        {"postgresql://ana:x@[::1]:5433/app", "postgresql://ana@[::1]:5433/app", "x"},
    };
    for (const auto& row : kTable) {
        const ShellCommand shell = shell_of(row.url);
        EXPECT_EQ(shell.arguments, (Words{"psql", row.argument})) << row.url;
        EXPECT_EQ(shell.password, row.password) << row.url;
    }
}

TEST(PostgresShell, WhatIsAddedGoesAfterTheUrl) {
    EXPECT_EQ(shell_of("postgresql://db1/app", {"-c", "SELECT 1"}).arguments,
              (Words{"psql", "postgresql://db1/app", "-c", "SELECT 1"}));
}

TEST(SqliteShell, OpensTheFileWithForeignKeysOn) {
    const ShellCommand shell = shell_of("sqlite:///var/a.db", {"-json", "SELECT 1"});
    EXPECT_EQ(shell.arguments, (Words{"sqlite3", "-cmd", "PRAGMA foreign_keys = ON", "-cmd",
                                      ".timeout 5000", "-json", "var/a.db", "SELECT 1"}));
    EXPECT_EQ(shell.password, std::nullopt);
}

TEST(SqliteShell, AFileNameThatLooksLikeAnOptionIsNone) {
    EXPECT_EQ(shell_of("sqlite:///-rf.db").arguments.back(), "./-rf.db");
}

}  // namespace
}  // namespace segurifai::cli
