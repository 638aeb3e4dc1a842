// Rows that are damaged, more of them than a batch holds: they stay where they are and are named,
// and nothing else stays with them.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "retention/installation.hpp"

namespace segurifai::testing {
namespace {

using retention::Policy;

constexpr int kRequests = 300;
constexpr int kDamaged = 120;
constexpr std::string_view kBadJson = R"({"a":1e999})";  // a number that nothing here can hold

Instant instant(std::string_view text) {
    return *Instant::parse(text);
}

class DamagedRows : public ::testing::TestWithParam<sql::Engine> {
protected:
    DamagedRows()
        : history(7, {.requests = kRequests, .first = *Date::parse("2018-01-01"), .days = 700}),
          installation(GetParam()) {
        installation.load(history);
    }

    retention::Line run_at(std::string_view now, Policy policy) {
        installation.clock.set(instant(now));
        const auto ran = installation.run(installation.session(), policy);
        EXPECT_TRUE(ran) << describe(ran.error());
        return ran ? ran->lines.at(0) : retention::Line{};
    }
    void execute(const std::string& sql) {
        const auto done = installation.session().run(sql);
        ASSERT_TRUE(done) << describe(done.error());
    }
    std::int64_t count(const std::string& sql) {
        return installation.session().one_integer("SELECT count(*) FROM " + sql)->value();
    }
    static bool name(const retention::Findings& findings, std::string_view words) {
        return std::ranges::any_of(findings.first,
                                   [&](const auto& one) { return one.contains(words); });
    }

    History history;
    RetentionInstallation installation;
};
SEGURIFAI_ON_BOTH_ENGINES(DamagedRows);

TEST_P(DamagedRows, OfRequestsKeepNoOtherFromTheArchive) {
    execute(fmt::format("UPDATE assistance_assistancerequest SET metadata = '{}' WHERE id <= {}",
                        kBadJson, kDamaged));
    const std::int64_t damaged_and_due =
        count(fmt::format("assistance_assistancerequest WHERE id <= {} AND status IN "
                          "('COMPLETED', 'CANCELLED')",
                          kDamaged));
    ASSERT_GT(damaged_and_due, 100);
    const std::int64_t rows = count("assistance_requestupdate WHERE request_id <= 120");
    for (const bool again : {false, true}) {
        SCOPED_TRACE(again);
        const retention::Line line = run_at("2030-01-01T00:00:00Z", Policy::kRequests);
        EXPECT_EQ(line.findings.count, damaged_and_due);
        EXPECT_TRUE(name(line.findings, history.requests[0].number)) << line.findings.first.at(0);
        EXPECT_EQ(line.done, again ? 0 : line.due - damaged_and_due);
        EXPECT_EQ(count(fmt::format("assistance_assistancerequest WHERE id > {} AND status IN "
                                    "('COMPLETED', 'CANCELLED')",
                                    kDamaged)),
                  0);
        EXPECT_EQ(count("assistance_requestupdate WHERE request_id <= 120"), rows);
    }
}

TEST_P(DamagedRows, AreNamedByADryRunToo) {
    execute(fmt::format("UPDATE assistance_assistancerequest SET metadata = '{}' WHERE id <= {}",
                        kBadJson, kDamaged));
    installation.clock.set(instant("2030-01-01T00:00:00Z"));
    auto options = installation.options();
    options.dry_run = true;
    const auto said = retention::run(installation.session(), Policy::kRequests, options);
    ASSERT_TRUE(said) << describe(said.error());
    EXPECT_GT(said->lines.at(0).findings.count, 100);
    EXPECT_EQ(count("archive_request"), 0);
}

TEST_P(DamagedRows, ThatDoNotSayWhenTheyWereMadeArePassedBy) {
    if (GetParam() != sql::Engine::kSqlite) GTEST_SKIP() << "PostgreSQL keeps no such instant";
    execute("PRAGMA ignore_check_constraints = ON");
    execute(
        fmt::format("UPDATE assistance_assistancerequest SET created_at = '2018-01-99 "
                    "00:00:00.000000' WHERE id <= {}",
                    kDamaged));
    execute("PRAGMA ignore_check_constraints = OFF");
    const retention::Line line = run_at("2030-01-01T00:00:00Z", Policy::kRequests);
    EXPECT_GT(line.findings.count, 100);
    EXPECT_GT(line.done, 100);
    EXPECT_EQ(count("assistance_assistancerequest WHERE id > 120 AND status = 'COMPLETED'"), 0);
}

TEST_P(DamagedRows, OfTheArchiveKeepNoOtherInIt) {
    const retention::Line moved = run_at("2030-01-01T00:00:00Z", Policy::kRequests);
    ASSERT_GT(moved.done, 2 * kDamaged);
    execute(
        fmt::format("UPDATE archive_request SET text_sha256 = '{:064}' WHERE id IN (SELECT id "
                    "FROM archive_request ORDER BY purge_at LIMIT {})",
                    0, kDamaged));
    for (const bool again : {false, true}) {
        SCOPED_TRACE(again);
        const retention::Line line = run_at("2040-01-01T00:00:00Z", Policy::kArchive);
        EXPECT_EQ(line.findings.count, kDamaged);
        EXPECT_EQ(line.findings.first.size(), retention::Findings::kFirstMax);
        EXPECT_EQ(line.done, again ? 0 : moved.done - kDamaged);
        EXPECT_EQ(line.left, kDamaged);
    }
    for (const History::Request& request : history.requests)
        for (const std::string& file : request.files) {
            const bool stays =
                !request.ended || count(fmt::format("archive_request WHERE request_number = '{}'",
                                                    request.number)) == 1;
            EXPECT_EQ(installation.has_file(file), stays) << file;
        }
}

TEST_P(DamagedRows, OfDocumentsLeadNobodyOutOfTheirFolder) {
    const TemporaryFolder outside;
    const std::string picture = (outside / "picture").string();
    std::ofstream(picture) << "somebody else's";
    const std::filesystem::path documents = installation.options().documents_dir;
    const std::string beside = "../" + outside.path().filename().string() + "/picture";
    ASSERT_TRUE(std::filesystem::exists(documents / beside));
    std::filesystem::create_directories(documents / "folder");
    std::vector<std::string> ids;
    auto sink =
        sql::each_row([&](const sql::Row& row) { ids.push_back(std::to_string(row.integer(0))); });
    ASSERT_TRUE(installation.session().run(
        "SELECT d.id FROM assistance_requestdocument d JOIN assistance_assistancerequest r ON "
        "r.id = d.request_id WHERE r.status = 'COMPLETED' ORDER BY d.id LIMIT 4",
        {}, &sink));
    ASSERT_EQ(ids.size(), 4U);
    const std::array<std::string, 4> paths{"", picture, beside, "folder"};
    for (std::size_t i = 0; i < paths.size(); ++i)
        execute("UPDATE assistance_requestdocument SET file = '" + paths[i] +
                "' WHERE id = " + ids[i]);
    const retention::Line moved = run_at("2030-01-01T00:00:00Z", Policy::kRequests);
    EXPECT_EQ(moved.findings.count, 0);
    const retention::Line line = run_at("2040-01-01T00:00:00Z", Policy::kArchive);
    EXPECT_EQ(line.findings.count, 4);
    for (const std::string& id : ids)
        EXPECT_TRUE(name(line.findings, "the document " + id + " ")) << id;
    EXPECT_EQ(line.done, moved.done);
    EXPECT_EQ(line.left, 0);
    EXPECT_TRUE(std::filesystem::exists(picture));
    EXPECT_TRUE(std::filesystem::exists(documents / "folder"));
}

}  // namespace
}  // namespace segurifai::testing
