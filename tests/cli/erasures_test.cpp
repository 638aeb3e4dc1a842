// The list of archived people as an operator meets it.
#include <gtest/gtest.h>

#include <fstream>

#include "cli/spawned.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::testing {
namespace {

class ErasuresCommand : public ::testing::Test {
protected:
    ErasuresCommand() {
        run({"migrate"}, 0, "applied");
        run({"createsuperuser", "--email", "ana@example.gt", "--phone", "55512345"}, 0, "ana@");
    }

    /// Runs, and expects that exit code and `sentence` in what it answers or complains.
    std::string run(const std::vector<std::string>& words, int exit,
                    const std::string& sentence) const {
        const Spawned spawned = run_segurifai(words, {.folder = folder_.path()});
        EXPECT_EQ(spawned.exit, exit) << spawned.output << spawned.error;
        EXPECT_TRUE((spawned.output + spawned.error).contains(sentence))
            << spawned.output << spawned.error;
        return spawned.output;
    }

    TemporaryFolder folder_;
};

TEST_F(ErasuresCommand, ArchivesWhoIsOnTheListAndDestroysKeys) {
    run({"erasures", "list"}, 0, "0 lines; 0 accounts were not on the list yet.");
    run({"erasures", "apply"}, 0, "0 accounts archived again, 0 keys destroyed again");
    std::string id = run({"dbshell", "--", "SELECT id FROM users_user"}, 0, "-");
    id.pop_back();
    std::filesystem::create_directories(folder_ / "var/archive");
    std::ofstream(folder_ / "var/archive/erasures.ndjson")
        << R"({"at":"2026-10-03T08:00:00.000000Z","done":"archived","user_id":")" << id << "\"}\n";
    run({"erasures", "apply"}, 0, "1 accounts archived again");
    run({"erasures", "apply"}, 0, "1 lines were done already");
    run({"dbshell", "--", "SELECT email FROM users_user"}, 0, "@archived.invalid");
    run({"erasures", "forget", id}, 4, "--accept-data-loss");
    run({"archive", "hold", id, "--kind", "member", "--reason", "court"}, 0, "is held");
    run({"erasures", "forget", id, "--accept-data-loss"}, 4, id + " is held, and who it was");
    run({"archive", "release", id, "--kind", "member"}, 0, "is held no more");
    run({"erasures", "forget", id, "--accept-data-loss"}, 0, "The key was destroyed.");
    run({"erasures", "list"}, 0, id + "  key destroyed");
}

TEST_F(ErasuresCommand, NamesWhatCannotBeReadOfTheList) {
    std::filesystem::create_directories(folder_ / "var/archive");
    std::ofstream(folder_ / "var/archive/erasures.ndjson")
        << "{\"at\":\"2026-10-0\n"
        << R"({"at":"2026-10-03T08:00:00.000000Z","done":"archived","user_id":)"
        << "\"0192f0c0-0000-7000-8000-000000000001\"}\n";
    run({"erasures", "list"}, 1, "1 lines of var/archive/erasures.ndjson cannot be read.");
    run({"erasures", "apply"}, 1, "1 lines of var/archive/erasures.ndjson cannot be read.");
}

TEST_F(ErasuresCommand, RefusesWhatItDoesNotUnderstand) {
    run({"erasures", "undo"}, 2, "'erasures' does list, apply or forget, not 'undo'.");
    run({"erasures", "list", "x"}, 2, "'erasures list' takes no ID.");
    run({"erasures", "forget", "ana"}, 2, "needs the UUID of an archived account");
    run({"erasures", "forget", "0192f0c0-0000-7000-8000-000000000001", "--accept-data-loss"}, 2,
        "not archived");
}

}  // namespace
}  // namespace segurifai::testing
