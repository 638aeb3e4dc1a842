#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/spawned.hpp"
#include "sql/session.hpp"
#include "support/databases.hpp"
#include "support/postgres_cluster.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::testing {

/// A folder with a data folder in it, as an operator has one, and commands that run there.
class Installation {
public:
    explicit Installation(std::map<std::string, std::string> variables = {})
        : variables_(std::move(variables)) {}

    [[nodiscard]] Spawned run(const std::vector<std::string>& words) const {
        return run_segurifai(words, {.folder = folder_.path(), .variables = variables_});
    }
    /// Runs, and expects that exit code and `said` in what it answers or complains; all of that.
    std::string expect(const std::vector<std::string>& words, int exit,
                       const std::string& said = "") const {
        const Spawned spawned = run(words);
        const std::string text = spawned.output + spawned.error;
        EXPECT_EQ(spawned.exit, exit) << words.front() << ": " << text;
        EXPECT_TRUE(text.contains(said)) << words.front() << ": not \"" << said << "\" but:\n"
                                         << text;
        return text;
    }
    [[nodiscard]] sql::DatabaseUrl database() const {
        const auto named = variables_.find("SEGURIFAI_DATABASE_URL");
        return named == variables_.end()
                   ? sql::DatabaseUrl{sql::Engine::kSqlite, data() / "segurifai.db"}
                   : sql::DatabaseUrl::parse(named->second).value();
    }
    /// Changes rows behind the program's back.
    void write(const std::string& sql) const {
        const auto session = sql::open_session(database(), {.create = false, .keep_log = true});
        ASSERT_TRUE(session) << session.error().message;
        const auto written = (*session)->script(sql);
        ASSERT_TRUE(written) << sql << ": " << written.error().message;
    }
    [[nodiscard]] std::filesystem::path data() const { return folder_ / "var"; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
    void set(const std::string& name, const std::string& value) { variables_[name] = value; }

    /// The database with what every one has, an administrator, and secrets.toml.
    void make() const {
        expect({"migrate"}, 0, "applied");
        expect({"loadreference"}, 0);
        expect({"createsuperuser", "--email", "ana@example.gt", "--phone", "55512345"}, 0, "ana@");
        write("UPDATE users_accountsettings SET must_change_password = FALSE");
        expect({"audit", "close"}, 0, "Nothing to do");
    }

private:
    TemporaryFolder folder_;
    std::map<std::string, std::string> variables_;
};

/// The same on a PostgreSQL of its own, whose log is archived into a folder that the owner of its
/// files reaches.
class PostgresInstallation {
public:
    PostgresInstallation()
        : cluster_(PostgresCluster::Durability::kFull),
          installation_({{"SEGURIFAI_DATABASE_URL", cluster_.url()},
                         {"SEGURIFAI_BACKUP_REPOSITORY", repository_.path().string()}}) {
        const auto session = sql::open_session(installation_.database()).value();
        cluster_data_ = session->one_text("SHOW data_directory").value().value();
        struct stat about{};
        EXPECT_EQ(stat(cluster_data_.c_str(), &about), 0);
        owner_ = about.st_uid;
        if (geteuid() == 0)
            EXPECT_EQ(chown(repository_.path().c_str(), about.st_uid, about.st_gid), 0);
    }

    void set_up_backups() {
        installation_.expect({"backup", "setup"}, 1, "Restart it, and run this again.");
        cluster_.stop();
        cluster_.start();
        installation_.expect({"backup", "setup"}, 0, "The log is archived into");
        installation_.expect({"backup", "full"}, 0, "Made ");
    }

    [[nodiscard]] Installation& here() { return installation_; }
    [[nodiscard]] const TemporaryFolder& repository() const { return repository_; }
    [[nodiscard]] uid_t owner() const { return owner_; }

private:
    PostgresCluster cluster_;
    TemporaryFolder repository_;
    Installation installation_;
    std::string cluster_data_;
    uid_t owner_ = 0;
};

}  // namespace segurifai::testing
