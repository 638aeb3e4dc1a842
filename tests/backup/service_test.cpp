// The backups of a running server, with the database that it has.
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "backup/repository_fixture.hpp"
#include "ops/backup/restore.hpp"
#include "ops/backup/service.hpp"
#include "sql/database.hpp"
#include "support/run_task.hpp"

namespace segurifai::backup {
namespace {

constexpr std::chrono::seconds kPatience{20};

/// Asks again until it is so; what is asked for happens on another thread.
template <class Condition>
bool comes_true(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
        if (condition()) return true;
        std::this_thread::yield();
    }
    return false;
}

class BackupsOfAServer : public RepositoryTest {
protected:
    BackupsOfAServer() {
        execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
        ServiceOptions options{
            .database = url(), .repository = folder_ / "backups", .keys = keys()};
        options.report = [](Loudness loudness, std::string_view sentence) {
            EXPECT_EQ(loudness, Loudness::kNote) << sentence;
        };
        service_ =
            std::make_unique<BackupService>(system_files_, std::move(options), clock_, random_);
        sql::DatabaseOptions database;
        database.keep_log = true;
        database.on_commit = [this] { service_->wake(); };
        database_ = std::move(*sql::open_database(url(), database));
    }
    ~BackupsOfAServer() override {
        database_->close();
        service_->stop();
    }

    void insert() {
        const auto written = testing::run(
            database_->write({{}, "INSERT INTO item (text) VALUES ('x')"}, {}, nullptr));
        ASSERT_TRUE(written) << written.error().message;
        ++rows_;
    }
    std::int64_t restored_rows() {
        const auto repository = Repository::open(system_files_, folder_ / "backups", keys());
        if (!repository) throw std::runtime_error(repository.error().message);
        const std::filesystem::path place = folder_ / "restored.db";
        const auto restored = restore(*repository, {}, place);
        if (!restored) throw std::runtime_error(restored.error().message);
        const auto rows = open(place)->one_integer("SELECT count(*) FROM item");
        std::filesystem::remove(place);
        return rows->value();
    }

    SystemRandom random_;
    std::unique_ptr<BackupService> service_;
    std::unique_ptr<sql::Database> database_;
    std::int64_t rows_ = 0;
};

TEST_F(BackupsOfAServer, HoldEveryCommitSoonAfterIt) {
    ASSERT_TRUE(comes_true([&] { return service_->stats().last_full.micros > 0; }));
    for (int i = 0; i < 20; ++i) insert();
    ASSERT_TRUE(comes_true([&] { return service_->stats().shipper.commits >= 20; }));
    EXPECT_EQ(restored_rows(), rows_);
    EXPECT_FALSE(service_->stats().shipper.is_failing);
}

TEST_F(BackupsOfAServer, HoldEverythingWhenItHasEnded) {
    insert();
    database_->close();
    service_->stop();
    EXPECT_EQ(restored_rows(), rows_);
}

/// A server whose repository cannot be used when it starts.
class BackupsThatCannotBegin : public RepositoryTest {
protected:
    static constexpr std::uint64_t kLogBytes = 1'000'000;

    BackupsThatCannotBegin() {
        execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
        std::ofstream(folder_ / "backups") << "a file where the folder should be";
        ServiceOptions options{.database = url(),
                               .repository = folder_ / "backups",
                               .keys = keys(),
                               .log_bytes_max = kLogBytes};
        options.report = [this](Loudness loudness, std::string_view sentence) {
            const std::lock_guard lock(mutex_);
            if (loudness == Loudness::kAlarm) alarms_.emplace_back(sentence);
        };
        service_ =
            std::make_unique<BackupService>(system_files_, std::move(options), clock_, random_);
    }

    void insert() {
        execute("INSERT INTO item (text) VALUES (hex(randomblob(50000)))");
        ++rows_;
    }
    bool is_alarmed(std::string_view words) {
        const std::lock_guard lock(mutex_);
        return std::ranges::any_of(alarms_,
                                   [&](const auto& alarm) { return alarm.contains(words); });
    }
    [[nodiscard]] std::uint64_t log_bytes() const {
        return std::filesystem::file_size(folder_ / "data.db-wal");
    }

    std::mutex mutex_;
    SystemRandom random_;
    std::unique_ptr<BackupService> service_;
    std::int64_t rows_ = 0;
};

TEST_F(BackupsThatCannotBegin, DoNotLetTheLogGrowForEver) {
    while (log_bytes() < kLogBytes) insert();
    ASSERT_TRUE(comes_true([&] { return is_alarmed("Nothing could be shipped until the log"); }));
    ASSERT_TRUE(comes_true([&] {
        const std::uint64_t before = log_bytes();
        insert();
        return log_bytes() == before;  // it began anew
    }));
    const std::uint64_t longest = log_bytes();
    for (int i = 0; i < 5; ++i) insert();
    EXPECT_EQ(log_bytes(), longest);
    service_->stop();
}

TEST_F(BackupsThatCannotBegin, BeginWithAFullWhenTheyCan) {
    while (log_bytes() < kLogBytes) insert();
    ASSERT_TRUE(comes_true([&] { return is_alarmed("Nothing could be shipped until the log"); }));
    insert();
    std::filesystem::remove(folder_ / "backups");
    ASSERT_TRUE(comes_true([&] { return service_->stats().last_full.micros > 0; }));
    insert();
    service_->stop();
    const auto repository = Repository::open(system_files_, folder_ / "backups", keys());
    ASSERT_TRUE(repository);
    const auto restored = restore(*repository, {}, folder_ / "restored.db");
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(open(folder_ / "restored.db")->one_integer("SELECT count(*) FROM item").value(),
              rows_);
}

TEST_F(BackupsOfAServer, AreMadeWhenAnotherProcessAsks) {
    ASSERT_TRUE(comes_true([&] { return service_->stats().last_full.micros > 0; }));
    insert();
    ASSERT_TRUE(comes_true([&] { return service_->stats().shipper.commits >= 1; }));
    const auto repository = Repository::open(system_files_, folder_ / "backups", keys());
    const auto fulfilled = wish_for(*repository, Wish::kFull, kPatience);
    ASSERT_TRUE(fulfilled) << fulfilled.error().message;
    EXPECT_EQ((*repository->newest())->fulls.size(), 2U);
    ASSERT_TRUE(wish_for(*repository, Wish::kIncrement, kPatience));
    EXPECT_EQ((*repository->newest())->increments.size(), 1U);
}

/// A disk without room for more than a wish, once `is_full` says so.
class FullDisk final : public Files {
public:
    explicit FullDisk(Files& real) : real_(real) {}
    std::atomic<bool> is_full{false};

    Result<std::unique_ptr<OutputFile>> make(const std::filesystem::path& path) override {
        if (is_full && path.filename() != "wish.partial") return no_room();
        SEGURIFAI_TRY_AS(auto file, real_.make(path));
        return std::make_unique<Output>(*this, std::move(file));
    }
    Result<std::unique_ptr<InputFile>> open(const std::filesystem::path& path) override {
        return real_.open(path);
    }
    Result<void> rename(const std::filesystem::path& from,
                        const std::filesystem::path& to) override {
        return real_.rename(from, to);
    }
    Result<void> remove(const std::filesystem::path& path) override { return real_.remove(path); }
    Result<void> sync_folder(const std::filesystem::path& path) override {
        return real_.sync_folder(path);
    }
    Result<void> make_folder(const std::filesystem::path& path) override {
        return real_.make_folder(path);
    }
    Result<std::vector<std::string>> list(const std::filesystem::path& path) override {
        return real_.list(path);
    }

private:
    static constexpr std::size_t kRoomBytes = 16;

    class Output final : public OutputFile {
    public:
        Output(const FullDisk& disk, std::unique_ptr<OutputFile> real)
            : disk_(disk), real_(std::move(real)) {}
        Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
            if (disk_.is_full && bytes.size() > kRoomBytes) return no_room();
            return real_->write_at(offset, bytes);
        }
        Result<void> resize(std::uint64_t size) override { return real_->resize(size); }
        Result<void> reserve(std::uint64_t size) override { return real_->reserve(size); }
        Result<void> sync() override { return real_->sync(); }

    private:
        const FullDisk& disk_;
        std::unique_ptr<OutputFile> real_;
    };

    static std::unexpected<Error> no_room() { return fail(Code::kDiskFull, "No space."); }

    Files& real_;
};

TEST_F(RepositoryTest, WhoAsksAServerWithAFullDiskIsAnsweredAtOnce) {
    FullDisk disk(system_files_);
    SystemRandom random;
    ServiceOptions options{.database = url(), .repository = folder_ / "backups", .keys = keys()};
    options.report = [](Loudness, std::string_view) {};
    BackupService service(disk, std::move(options), clock_, random);
    ASSERT_TRUE(comes_true([&] { return service.stats().last_full.micros > 0; }));
    execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT) STRICT");
    const auto repository = Repository::open(disk, folder_ / "backups", keys());
    ASSERT_TRUE(comes_true([&] { return service.stats().shipper.commits >= 1; }));
    disk.is_full = true;
    const auto refused = wish_for(*repository, Wish::kFull, kPatience);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kConflict) << refused.error().message;
    for (const auto& folder : {repository->folder(), repository->folder_of(1)})
        for (const std::string& name : system_files_.list(folder).value())
            EXPECT_FALSE(name.contains("wish") || name.contains("partial")) << name;
    service.stop();
}

}  // namespace
}  // namespace segurifai::backup
