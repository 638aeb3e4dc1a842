// The audit log as an operator meets it: months closed, verified and shown by the built program.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "cli/spawned.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::testing {
namespace {

class AuditCommand : public ::testing::Test {
protected:
    AuditCommand() {
        run({"migrate"}, 0);
        for (const char* month : {"2025-01", "2025-02"})
            for (const char* day : {"03", "17"})
                run({"dbshell", "--",
                     std::string("INSERT INTO audit_event (at, action, object_table, object_id) "
                                 "VALUES ('") +
                         month + "-" + day +
                         " 08:00:00.000000', 'requests.create', "
                         "'assistance_assistancerequest', '" +
                         day + "')"},
                    0);
    }

    /// Runs, and expects that exit code.
    Spawned run(const std::vector<std::string>& words, int exit) const {
        const Spawned spawned = run_segurifai(words, {.folder = folder_.path()});
        EXPECT_EQ(spawned.exit, exit) << spawned.output << spawned.error;
        return spawned;
    }

    /// Runs 'audit' and expects `sentence` in what it answers or complains.
    void audit(std::vector<std::string> words, int exit, const std::string& sentence) const {
        words.insert(words.begin(), "audit");
        const Spawned spawned = run(words, exit);
        EXPECT_TRUE((spawned.output + spawned.error).contains(sentence))
            << spawned.output << spawned.error;
    }

    TemporaryFolder folder_;
};

TEST_F(AuditCommand, ClosesVerifiesAndShows) {
    audit({"verify"}, 0, "0 closed months, 0 events: everything is as it was written.");
    audit({"close", "--dry-run"}, 0, "Nothing was done: this is what would be.");
    audit({"close", "--as-of", "2025-02-02"}, 0, "2025-01  closed");
    audit({"close", "--as-of", "2025-03-02"}, 0, "2025-02  closed");
    audit({"close", "--as-of", "2025-03-02"}, 0, "Nothing to do");
    audit({"verify"}, 0, "Hash after 2025-02: ");
    audit({"verify", "--month", "2025-01"}, 0, "1 closed months, 2 events");
    audit({"verify", "--month", "2025-01"}, 0, "Hash after 2025-01: ");
    audit({"verify", "--hash", std::string(64, 'a')}, 1,
          "var/archive/audit/: No closed month ends with the hash aaaa");
    audit({"verify", "--month", "2025-03"}, 0, "2025-03 is not closed.");
    audit({"show", "--month", "2025-02"}, 0, "2 events of 2025-02.");
    const Spawned shown = run(
        {"audit", "show", "--month", "2025-02", "--object", "assistance_assistancerequest/17"}, 0);
    EXPECT_EQ(shown.output,
              R"({"id":4,"at":"2025-02-17T08:00:00.000000Z","actor_id":null,)"
              R"("action":"requests.create","object_table":"assistance_assistancerequest",)"
              R"("object_id":"17","before":{},"after":{},"request_id":"","address":""})"
              "\n");
}

TEST_F(AuditCommand, NamesThePlaceThatWasTamperedWith) {
    audit({"close"}, 0, "2025-02  closed");
    const auto path = folder_ / "var/archive/audit/2025-01.zst";
    std::ifstream file(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    bytes[bytes.size() / 2] ^= 1;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    audit({"verify"}, 1, "var/archive/audit/2025-01.zst, frame 1, line 1: ");
    audit({"show", "--month", "2025-01"}, 5, "2025-01.zst, frame 1, line 1: ");
}

TEST_F(AuditCommand, RefusesWhatItDoesNotUnderstand) {
    audit({"forget"}, 2, "'audit' does close, verify or show, not 'forget'.");
    audit({"close", "--as-of", "soon"}, 2, "--as-of must be a day");
    audit({"close", "--as-of", "9000-01-01"}, 2, "--as-of is in the future");
    audit({"verify", "--month", "2025-13"}, 2, "--month must be a year and a month");
    audit({"verify", "--as-of", "2025-01-01"}, 2,
          "'audit verify' does not take --as-of; it is for 'close'");
    audit({"verify", "--hash", "5f0c"}, 2, "--hash must be the 64 digits");
    audit({"show"}, 2, "'audit show' needs --month");
    audit({"show", "--month", "2025-01", "--object", "users_user"}, 2, "--object must be");
    audit({"show", "--month", "2025-01", "--actor", "ana"}, 2, "--actor must be");
    EXPECT_FALSE(std::filesystem::exists(folder_ / "var/archive"));
}

}  // namespace
}  // namespace segurifai::testing
