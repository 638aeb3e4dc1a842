// A run that is ended at any point, by any signal, loses nothing; the next one finishes it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <set>

#include "audit/archive_fixture.hpp"

namespace segurifai::audit_segments {
namespace {

using ::testing::IsEmpty;

/// Thrown where the process would have ended.
struct Death {};

/// Ends everything at its n-th effect on the disk or the database, and lets nothing happen after.
class Doom {
public:
    explicit Doom(int steps) noexcept : steps_(steps) {}

    /// Whether the next effect is the last, which happens by half.
    [[nodiscard]] bool strikes() {
        if (dead_) throw Death();
        dead_ = steps_-- == 0;
        return dead_;
    }
    void step() {
        if (strikes()) throw Death();
    }

private:
    int steps_;
    bool dead_ = false;
};

class DoomedFile final : public NewFile {
public:
    DoomedFile(std::unique_ptr<NewFile> file, Doom& doom) : file_(std::move(file)), doom_(doom) {}

    Result<void> append(std::string_view bytes) override {
        if (doom_.strikes()) {
            must(file_->append(bytes.substr(0, bytes.size() / 2)));
            throw Death();
        }
        return file_->append(bytes);
    }
    Result<void> sync() override {
        doom_.step();
        return file_->sync();
    }

private:
    std::unique_ptr<NewFile> file_;
    Doom& doom_;
};

class DoomedFolder final : public Folder {
public:
    DoomedFolder(Folder& folder, Doom& doom) : folder_(folder), doom_(doom) {}

    Result<std::unique_ptr<FolderLock>> lock(Hold hold) override {
        doom_.step();
        return folder_.lock(hold);
    }
    Result<std::unique_ptr<NewFile>> create(const std::string& name) override {
        doom_.step();
        SEGURIFAI_TRY_AS(auto file, folder_.create(name));
        return std::make_unique<DoomedFile>(std::move(file), doom_);
    }
    Result<std::unique_ptr<StoredFile>> open(const std::string& name) override {
        return folder_.open(name);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        doom_.step();
        return folder_.rename(from, to);
    }
    Result<void> remove(const std::string& name) override {
        doom_.step();
        return folder_.remove(name);
    }
    Result<void> sync() override {
        doom_.step();
        return folder_.sync();
    }
    Result<std::vector<std::string>> names() override { return folder_.names(); }
    std::string shown(const std::string& name) const override { return folder_.shown(name); }

private:
    Folder& folder_;
    Doom& doom_;
};

/// A session whose process may end before each statement. What was not committed is rolled back by
/// the database when the session goes.
class DoomedSession final : public sql::Session {
public:
    DoomedSession(sql::Session& session, Doom& doom) : session_(session), doom_(doom) {}

    sql::Engine engine() const noexcept override { return session_.engine(); }
    Result<void> script(std::string_view sql) override {
        doom_.step();
        return session_.script(sql);
    }
    Result<std::int64_t> run(std::string_view sql, sql::Params params,
                             sql::RowSink* sink) override {
        doom_.step();
        return session_.run(sql, params, sink);
    }
    Result<void> prepare(std::string_view sql) override { return session_.prepare(sql); }
    Result<void> begin() override {
        doom_.step();
        return session_.begin();
    }
    Result<void> commit() override {
        doom_.step();
        return session_.commit();
    }
    void rollback() noexcept override { session_.rollback(); }
    bool in_transaction() const noexcept override { return session_.in_transaction(); }
    void interrupt() noexcept override { session_.interrupt(); }
    Result<std::int64_t> bulk_insert(std::string_view table,
                                     std::span<const sql::BulkColumn> columns,
                                     const sql::BulkSource& source) override {
        doom_.step();
        return session_.bulk_insert(table, columns, source);
    }

private:
    sql::Session& session_;
    Doom& doom_;
};

constexpr Month kOld{2024, 10};
constexpr Month kNew{2026, 10};
constexpr std::string_view kNow = "2026-11-20T00:00:00Z";

void fill(Installation& here) {
    here.reset();
    here.add_events(kOld, 5);
    here.add_events(kNew, 7);
}

Result<void> run(sql::Session& session, Folder& folder, const security::Secrets& secrets) {
    const ClosingOptions options = Installation::options(kNow, false);
    SEGURIFAI_TRY_AS(const auto report, close_months(session, folder, secrets, options));
    if (!report.findings.empty()) return fail(Code::kCorrupt, to_string(report.findings.front()));
    SEGURIFAI_TRY(remove_expired(session, folder, secrets, options));
    return {};
}

std::map<std::string, std::string> files(Installation& here) {
    std::map<std::string, std::string> all;
    for (const std::string& name : must(here.folder->names())) all[name] = here.read(name);
    return all;
}

/// Every event that can still be found: in a closed month's segment, or in the database.
std::set<std::string> found_anywhere(Installation& here) {
    std::set<std::string> all;
    const auto add = [&](std::string_view event) -> Result<void> {
        all.emplace(event);
        return {};
    };
    for (const Month month : {kOld, kNew}) {
        LiveMonth live(here.session(), month, 3);
        while (const LiveEvent* event = must(live.next())) all.insert(event->text);
        const std::string text = here.read(manifest_name(month));
        if (text.empty()) continue;
        const Manifest manifest = must(read_manifest(text, here.secrets));
        if (must(here.folder->names()).size() == 0) continue;
        (void)must(check_segment(*here.folder, manifest, add));
    }
    return all;
}

class ADeath : public ::testing::TestWithParam<sql::Engine> {};

TEST_P(ADeath, AtAnyStepLosesNothingAndIsMadeGoodByTheNextRun) {
    Installation here(GetParam());
    fill(here);
    const std::set<std::string> everything = found_anywhere(here);
    std::set<std::string> of_new;
    for (const std::string& event : here.show(kNew)) of_new.insert(event);
    must(run(here.session(), *here.folder, here.secrets));
    const auto undisturbed = files(here);
    ASSERT_EQ(undisturbed.size(), 4U);  // the lock, two manifests and a segment

    int deaths = 0;
    for (int steps = 0;; ++steps) {
        fill(here);
        Doom doom(steps);
        bool died = false;
        {
            DoomedFolder folder(*here.folder, doom);
            DoomedSession session(here.session(), doom);
            try {
                must(run(session, folder, here.secrets));
            } catch (const Death&) {
                died = true;
            }
        }
        if (!died) break;
        ++deaths;
        const bool expired = here.read("2024-10.zst").empty() && !here.read("2024-10.json").empty();
        EXPECT_EQ(found_anywhere(here), expired ? of_new : everything) << "step " << steps;

        must(run(here.session(), *here.folder, here.secrets));
        EXPECT_EQ(here.live(), 0) << "step " << steps;
        auto after = files(here);
        std::erase_if(after, [](const auto& file) { return file.first.ends_with(".partial"); });
        EXPECT_EQ(after, undisturbed) << "step " << steps;
        EXPECT_THAT(here.verify(kNow).findings, IsEmpty()) << "step " << steps;
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(deaths, 40);
}

SEGURIFAI_ON_BOTH_ENGINES(ADeath);

/// Writes down what is done, in order.
class WrittenDownFile final : public NewFile {
public:
    WrittenDownFile(std::unique_ptr<NewFile> file, std::string name, std::vector<std::string>& log)
        : file_(std::move(file)), name_(std::move(name)), log_(log) {}
    Result<void> append(std::string_view bytes) override {
        const std::string entry = "append " + name_;
        if (log_.back() != entry) log_.push_back(entry);
        return file_->append(bytes);
    }
    Result<void> sync() override {
        log_.push_back("sync " + name_);
        return file_->sync();
    }

private:
    std::unique_ptr<NewFile> file_;
    std::string name_;
    std::vector<std::string>& log_;
};

class WrittenDownFolder final : public Folder {
public:
    explicit WrittenDownFolder(Folder& folder) : folder_(folder) {}

    Result<std::unique_ptr<FolderLock>> lock(Hold hold) override { return folder_.lock(hold); }
    Result<std::unique_ptr<NewFile>> create(const std::string& name) override {
        log.push_back("create " + name);
        SEGURIFAI_TRY_AS(auto file, folder_.create(name));
        return std::make_unique<WrittenDownFile>(std::move(file), name, log);
    }
    Result<std::unique_ptr<StoredFile>> open(const std::string& name) override {
        return folder_.open(name);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        log.push_back("name " + to);
        return folder_.rename(from, to);
    }
    Result<void> remove(const std::string& name) override { return folder_.remove(name); }
    Result<void> sync() override {
        log.emplace_back("sync");
        return folder_.sync();
    }
    Result<std::vector<std::string>> names() override { return folder_.names(); }
    std::string shown(const std::string& name) const override { return folder_.shown(name); }

    std::vector<std::string> log;

private:
    Folder& folder_;
};

TEST(AFile, HasItsNameOnlyOnceItIsOnTheDisk) {
    Installation here(sql::Engine::kSqlite);
    here.add_events(kNew, 7);
    WrittenDownFolder folder(*here.folder);
    (void)must(
        close_months(here.session(), folder, here.secrets, Installation::options(kNow, false)));
    EXPECT_THAT(folder.log,
                ::testing::ElementsAre("create 2026-10.zst.partial", "append 2026-10.zst.partial",
                                       "sync 2026-10.zst.partial", "name 2026-10.zst", "sync",
                                       "create 2026-10.json.partial", "append 2026-10.json.partial",
                                       "sync 2026-10.json.partial", "name 2026-10.json", "sync"));
}

}  // namespace
}  // namespace segurifai::audit_segments
