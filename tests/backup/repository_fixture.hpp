#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "ops/backup/backups.hpp"
#include "ops/backup/shipper.hpp"
#include "sql/session.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::backup {

/// A database with a writer, and a repository beside it.
class RepositoryTest : public ::testing::Test {
protected:
    RepositoryTest() { writer_ = open(database(), true); }

    [[nodiscard]] std::filesystem::path database() const { return folder_ / "data.db"; }
    [[nodiscard]] sql::DatabaseUrl url() const {
        return {sql::Engine::kSqlite, database().string()};
    }

    static std::unique_ptr<sql::Session> open(const std::filesystem::path& path,
                                              bool keep_log = false) {
        auto session =
            sql::open_session({sql::Engine::kSqlite, path.string()}, {.keep_log = keep_log});
        EXPECT_TRUE(session) << session.error().message;
        return std::move(*session);
    }

    static std::vector<security::SigningKey> keys() {
        std::array<std::uint8_t, security::Key::kSize> bytes{};
        bytes.fill(7);
        return {{"test", security::Key(bytes)}};
    }

    void execute(std::string_view sql) {
        const auto done = writer_->script(sql);
        ASSERT_TRUE(done) << done.error().message;
    }

    [[nodiscard]] Result<std::unique_ptr<Shipper>> try_start() {
        SeededRandom random(1);
        SEGURIFAI_TRY_AS(auto repository, Repository::open_or_make(*files_, folder_ / "backups",
                                                                   keys(), clock_, random));
        ShipperOptions options{.database = url()};
        options.log_bytes_max = log_bytes_max_;
        options.checkpoint_frames = checkpoint_frames_;
        options.canary_every = std::chrono::seconds(0);
        options.report = [this](Loudness loudness, std::string_view sentence) {
            if (loudness == Loudness::kAlarm) alarms_.emplace_back(sentence);
        };
        return Shipper::start(std::move(repository), std::move(options), clock_);
    }

    void start() {
        auto started = try_start();
        ASSERT_TRUE(started) << started.error().message;
        shipper_ = std::move(*started);
    }
    /// As a stop and a start of the program.
    void restart() {
        shipper_.reset();
        start();
    }

    void make_full_backup() {
        auto snapshot = shipper_->snapshot();
        ASSERT_TRUE(snapshot) << snapshot.error().message;
        const auto made = make_full(shipper_->repository(), *snapshot);
        ASSERT_TRUE(made) << made.error().message;
        shipper_->full_is_made(snapshot->generation);
    }

    testing::TemporaryFolder folder_;
    ManualClock clock_{Instant{1'800'000'000'000'000}};
    SystemFiles system_files_;
    Files* files_ = &system_files_;
    std::uint64_t log_bytes_max_ = kLogBytesMax;
    std::uint32_t checkpoint_frames_ = 16'000;
    std::vector<std::string> alarms_;
    std::unique_ptr<sql::Session> writer_;
    std::unique_ptr<Shipper> shipper_;
};

}  // namespace segurifai::backup
