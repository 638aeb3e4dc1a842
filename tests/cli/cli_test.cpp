// The built program as a person or a script meets it, mostly with wrong input: the sentence, the
// exit code, an empty standard output, and nothing left behind.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "cli/spawned.hpp"
#include "sql/session.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::testing {
namespace {

using Words = std::vector<std::string>;

class CommandLine : public ::testing::Test {
protected:
    [[nodiscard]] Spawned run(const Words& words,
                              std::map<std::string, std::string> variables = {}) const {
        return run_segurifai(words, {.folder = folder_.path(), .variables = std::move(variables)});
    }

    /// Runs, and expects: that exit code, nothing on standard output, one line on standard error
    /// that holds `sentence`, and an untouched folder.
    void refuses(const Words& words, int exit, const std::string& sentence,
                 const std::map<std::string, std::string>& variables = {}) const {
        const Spawned spawned = run(words, variables);
        EXPECT_EQ(spawned.exit, exit) << spawned.error;
        EXPECT_EQ(spawned.output, "");
        EXPECT_TRUE(spawned.error.starts_with("segurifai: ")) << spawned.error;
        EXPECT_NE(spawned.error.find(sentence), std::string::npos) << spawned.error;
        EXPECT_EQ(std::ranges::count(spawned.error, '\n'), 1) << spawned.error;
        EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "something was left behind";
    }

    TemporaryFolder folder_;
};

/// A port on loopback where nobody answers.
int silent_port() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener, generic, size), 0);
    EXPECT_EQ(getsockname(listener, generic, &size), 0);
    close(listener);
    return ntohs(address.sin_port);
}

TEST_F(CommandLine, WithoutACommandSaysWhatItNeeds) {
    refuses({}, 2, "needs a command");
}

TEST_F(CommandLine, AnUnknownCommandIsAnsweredWithTheNearest) {
    refuses({"count"}, 2, "There is no command 'count'; did you mean 'counts'?");
    refuses({"dbshel"}, 2, "did you mean 'dbshell'?");
    refuses({"frobnicate"}, 2, "There is no command 'frobnicate'; 'segurifai help' lists them.");
    refuses({"--frobnicate"}, 2, "has no option --frobnicate");
    refuses({""}, 2, "There is no command ''");
    refuses({"help", "frobnicate"}, 2, "There is no command 'frobnicate'");
    refuses({"help", "counts", "dbshell"}, 2, "takes one command");
}

TEST_F(CommandLine, AnUnknownOptionOrArgumentIsNamed) {
    refuses({"counts", "--databse", "x"}, 2, "did you mean --database?");
    refuses({"counts", "extra"}, 2, "does not take 'extra'");
    refuses({"counts", "--database"}, 2, "--database needs a value");
    refuses({"completion"}, 2, "needs SHELL");
    refuses({"completion", "tcsh"}, 2, "bash, zsh and fish, not for 'tcsh'");
}

TEST_F(CommandLine, AUrlThatIsNoneIsWrongUse) {
    const Words urls{"mysql://x",
                     "segurifai.db",
                     "sqlite:///",
                     "sqlite://x.db",
                     "sqlite:///x.db?mode=ro",
                     "postgresql:/x",
                     ""};
    for (const std::string& url : urls) {
        if (!url.empty())
            refuses({"counts"}, 2, "SEGURIFAI_DATABASE_URL", {{"SEGURIFAI_DATABASE_URL", url}});
        refuses({"counts", "--database=" + url}, 2, "--database");
        refuses({"dbshell", "--database=" + url}, 2, "--database");
    }
}

TEST_F(CommandLine, ADatabaseThatIsNotThereIsNotMade) {
    for (const char* command : {"counts", "dbshell", "loadreference"}) {
        refuses({command}, 3, "There is no database at sqlite:///var/segurifai.db");
        refuses({command, "--database", "sqlite:///none/x.db"}, 3, "sqlite:///none/x.db");
        refuses({command}, 3, "segurifai migrate", {{"SEGURIFAI_DATA_DIR", "elsewhere"}});
    }
}

TEST_F(CommandLine, JobsKnowsItsWordsAndMakesNoDatabase) {
    refuses({"jobs"}, 2, "needs WHAT");
    refuses({"jobs", "frobnicate"}, 2, "it knows list, run and retry");
    refuses({"jobs", "list", "platform.keys"}, 2, "takes no argument");
    refuses({"jobs", "run"}, 2, "needs the NAME of a job");
    refuses({"jobs", "run", "platform.none"}, 2, "platform.jobs, platform.keys");
    refuses({"jobs", "run", "platform.keys", "--args", "{"}, 2, "--args is a JSON object");
    refuses({"jobs", "retry", "first"}, 2, "needs the number of a job");
    refuses({"jobs", "list"}, 3, "There is no database at sqlite:///var/segurifai.db");
    refuses({"jobs", "run", "platform.keys"}, 3, "There is no database");
    refuses({"jobs", "retry", "1"}, 3, "There is no database");
}

TEST_F(CommandLine, AFileThatIsNoDatabaseIsRefusedAndStaysAsItWas) {
    const TemporaryFolder elsewhere;
    const auto path = elsewhere / "letter.db";
    const std::string letter(4096, 'x');
    std::ofstream(path) << letter;
    for (const char* command : {"counts", "loadreference"})
        refuses({command, "--database", "sqlite:///" + path.string()}, 5, "letter.db");
    std::ifstream file(path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), letter);
}

TEST_F(CommandLine, AFolderInTheDatabasesPlaceIsRefused) {
    const TemporaryFolder elsewhere;
    const Spawned spawned = run({"counts", "--database", "sqlite:///" + elsewhere.path().string()});
    EXPECT_TRUE(spawned.exit == 3 || spawned.exit == 5) << spawned.exit << spawned.error;
    EXPECT_NE(spawned.error.find(elsewhere.path().string()), std::string::npos) << spawned.error;
}

TEST_F(CommandLine, AnUnreachableServerIsNamedWithoutThePassword) {
    const std::string address = "127.0.0.1:" + std::to_string(silent_port());
    const std::string url = "postgresql://ana:s3cret@" + address + "/app";
    for (const char* command : {"counts", "loadreference"}) {
        refuses({command, "--database", url}, 3, address);
        EXPECT_EQ(run({command, "--database", url}).error.find("s3cret"), std::string::npos);
    }
}

TEST_F(CommandLine, AnEmptyDatabaseLacksItsTables) {
    const TemporaryFolder elsewhere;
    const auto path = elsewhere / "empty.db";
    std::ofstream(path).flush();
    const std::string url = "sqlite:///" + path.string();
    const Spawned counted = run({"counts", "--database", url});
    EXPECT_EQ(counted.exit, 1) << counted.error;
    EXPECT_NE(counted.output.find("missing"), std::string::npos);
    EXPECT_NE(counted.error.find("'segurifai migrate' makes them"), std::string::npos);
    refuses({"loadreference", "--database", url}, 4, "run 'segurifai migrate' first");
}

TEST_F(CommandLine, AMissingClientIsNamedWithItsPackage) {
    const TemporaryFolder elsewhere;
    const auto path = elsewhere / "empty.db";
    std::ofstream(path).flush();
    refuses({"dbshell", "--database", "sqlite:///" + path.string()}, 4, "sqlite3 is not installed",
            {{"PATH", "/nowhere"}});
    refuses({"dbshell", "--database", "postgresql://127.0.0.1/x"}, 4, "psql is not installed",
            {{"PATH", "/nowhere"}});
}

TEST_F(CommandLine, TheShellGetsItsArgumentsAndItsExitCodeComesBack) {
    const TemporaryFolder elsewhere;
    const auto path = elsewhere / "empty.db";
    std::ofstream(path).flush();
    const std::string url = "sqlite:///" + path.string();
    const Spawned asked = run({"dbshell", "--database", url, "--", "PRAGMA foreign_keys"});
    EXPECT_EQ(asked.exit, 0) << asked.error;
    EXPECT_EQ(asked.output, "1\n");
    EXPECT_EQ(run({"dbshell", "--database", url, "--", "SELECT nothing"}).exit, 1);
}

TEST_F(CommandLine, ThePasswordReachesTheShellInItsEnvironmentOnly) {
    const TemporaryFolder tools;
    const auto psql = tools / "psql";
    std::ofstream(psql) << "#!/bin/sh\necho \"$PGPASSWORD|$*\"\n";
    ASSERT_EQ(chmod(psql.c_str(), 0700), 0);
    const Spawned spawned =
        run({"dbshell", "--database", "postgresql://ana:s3cret@db1/app?sslmode=require"},
            {{"PATH", tools.path().string() + ":/usr/bin:/bin"}});
    EXPECT_EQ(spawned.exit, 0) << spawned.error;
    EXPECT_EQ(spawned.output, "s3cret|postgresql://ana@db1/app?sslmode=require\n");
}

TEST_F(CommandLine, AnAnswerThatCannotBeWrittenIsNotSuccess) {
    const Spawned spawned = run_segurifai(
        {"help"}, {.folder = folder_.path(), .variables = {}, .output_file = "/dev/full"});
    EXPECT_EQ(spawned.exit, 5);
    EXPECT_NE(spawned.error.find("the disk is full"), std::string::npos) << spawned.error;
}

TEST_F(CommandLine, HelpExplainsEveryCommandWithExamplesAndExitCodes) {
    const Spawned overview = run({"help"});
    EXPECT_EQ(overview.exit, 0);
    EXPECT_EQ(overview.error, "");
    EXPECT_EQ(run({"--help"}).output, overview.output);
    const std::size_t from = overview.output.find("Commands:\n") + 10;
    const std::string list =
        overview.output.substr(from, overview.output.find("\n\n", from) - from);
    int commands = 0;
    std::size_t at = 0;
    while (at < list.size()) {
        const std::size_t end = std::min(list.find('\n', at), list.size());
        const std::string line = list.substr(at, end - at);
        at = end + 1;
        const std::string name = line.substr(2, line.find(' ', 2) - 2);
        const Spawned one = run({"help", name});
        EXPECT_EQ(one.exit, 0) << name;
        for (const char* part : {"Use: segurifai ", "Examples:\n", "Exit codes:\n", "--help"})
            EXPECT_NE(one.output.find(part), std::string::npos) << name << " lacks " << part;
        EXPECT_EQ(run({name, "--help"}).output, one.output) << name;
        ++commands;
    }
    EXPECT_GE(commands, 4);
}

TEST_F(CommandLine, TheVersionIsOneLine) {
    const Spawned spawned = run({"--version"});
    EXPECT_EQ(spawned.exit, 0);
    EXPECT_TRUE(spawned.output.starts_with("segurifai ")) << spawned.output;
    EXPECT_EQ(std::ranges::count(spawned.output, '\n'), 1);
    refuses({"--version", "x"}, 2, "stands alone");
}

TEST_F(CommandLine, NoColoursWhereNobodyLooks) {
    for (const Words& words : {Words{"help"}, Words{"help", "counts"}, Words{"frobnicate"}}) {
        const Spawned spawned = run(words, {{"TERM", "xterm"}});
        EXPECT_EQ((spawned.output + spawned.error).find('\x1b'), std::string::npos);
    }
}

/// What bash offers for a line, with the program's own completion loaded.
std::string offered(const std::string& script, const std::vector<std::string>& words) {
    const TemporaryFolder folder;
    std::ofstream(folder / "script") << script;
    std::string line = "bash -c 'source \"$0\"; COMP_WORDS=(";
    for (const std::string& word : words) line += "\"" + word + "\" ";
    line += "); COMP_CWORD=" + std::to_string(words.size() - 1) +
            "; _segurifai; echo \"${COMPREPLY[*]}\"' " + (folder / "script").string();
    std::FILE* pipe = popen(line.c_str(), "r");
    std::string answer;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) answer += static_cast<char>(c);
    EXPECT_EQ(pclose(pipe), 0) << line;
    if (answer.ends_with('\n')) answer.pop_back();
    return answer;
}

TEST_F(CommandLine, CompletionForBashKnowsCommandsOptionsAndWords) {
    const std::string script = run({"completion", "bash"}).output;
    EXPECT_EQ(offered(script, {"segurifai", "cou"}), "counts");
    EXPECT_EQ(offered(script, {"segurifai", "counts", "--d"}), "--database");
    EXPECT_EQ(offered(script, {"segurifai", "completion", "z"}), "zsh");
    EXPECT_EQ(offered(script, {"segurifai", "help", "dbs"}), "dbshell");
}

TEST_F(CommandLine, CompletionForZshAndFishNamesEveryCommand) {
    for (const char* shell : {"zsh", "fish"}) {
        const Spawned spawned = run({"completion", shell});
        EXPECT_EQ(spawned.exit, 0);
        for (const char* command : {"counts", "dbshell", "loadreference", "completion"})
            EXPECT_NE(spawned.output.find(command), std::string::npos) << shell << command;
    }
}

TEST_F(CommandLine, RetentionAndArchiveAreToldWhatTheyDoNotKnow) {
    refuses({"retention"}, 2, "needs ACTION");
    refuses({"retention", "walk"}, 2, "There is no action 'walk'");
    refuses({"retention", "run", "--policy", "everything"}, 2, "everything");
    refuses({"retention", "run", "--as-of", "tomorrow"}, 2, "--as-of must be a day");
    refuses({"retention", "run"}, 3, "There is no database");
    refuses({"archive", "burn"}, 2, "There is no action 'burn'");
    refuses({"archive", "search"}, 3, "There is no database");
}

TEST_F(CommandLine, WhatDoesNotBelongTogetherIsRefusedAndNotPassedOver) {
    refuses({"backup", "status", "--json=yes"}, 2, "--json takes no value");
    refuses({"backup", "full", "--repository", ""}, 2, "--repository needs a value");
    refuses({"backup", "full", "--repository", "a", "--repository", "b"}, 2, "is given twice");
    refuses({"restore", "--to", "latest", "--to", "2027-01-31T10:15:00Z", "--into", "x"}, 2,
            "--to is given twice");
    refuses({"restore", "--to", "latest", "--into", ""}, 2, "--into needs a value");
    refuses({"restore", "--finish", "--finish"}, 2, "--finish is given twice");
    refuses({"retention", "run", "--policy", "archive", "--policy", "archive"}, 2,
            "--policy is given 'archive' twice");
    refuses({"retention", "run", "--as-of", "2999-01-01"}, 2, "--as-of is in the future");
    refuses({"archive", "search", "extra"}, 2, "'archive search' takes no argument");
    refuses({"archive", "holds", "--json"}, 2,
            "'archive holds' does not take --json; it is for 'search' and 'show'");
    refuses({"archive", "restore", "REQ-1", "--reason", "x"}, 2, "does not take --reason");
    refuses({"jobs", "run", "platform.keys", "--state", "done"}, 2,
            "'jobs run' does not take --state; it is for 'list'");
    refuses({"jobs", "retry", "1", "--json"}, 2, "does not take --json");
    refuses({"jobs", "list", "--args", "{}"}, 2, "does not take --args");
    refuses({"jobs", "run", "platform.keys", "--args", R"({"a":1})"}, 2,
            R"(--args {"a":1}: This job takes no arguments.)");
    refuses({"audit", "show", "--as-of", "2026-01-01"}, 2, "does not take --as-of");
    refuses({"doctor", "--full=3"}, 2, "--full takes no value");
    refuses({"doctor", "--format", "json", "--format", "text"}, 2, "--format is given twice");
}

TEST_F(CommandLine, APasswordNobodyCouldSignInWithIsNotTaken) {
    ASSERT_EQ(run({"migrate"}).exit, 0);
    const Words create{"createsuperuser", "--email", "ana@example.gt", "--phone", "55512345"};
    ASSERT_EQ(run(create).exit, 0);
    const std::string typed = folder_.path() / "typed";
    const auto change = [&](std::string_view password) {
        std::ofstream(typed, std::ios::binary) << password << '\n';
        return run_segurifai({"changepassword", "ana@example.gt", "--password-stdin"},
                             {.folder = folder_.path(), .input_file = typed});
    };
    constexpr std::array kUnusable{std::string_view("una contrase\xf1 en Latin-1"),
                                   std::string_view("a zero\0 between words", 21)};
    for (const std::string_view password : kUnusable) {
        const Spawned refused = change(password);
        EXPECT_EQ(refused.exit, 2) << refused.output;
        EXPECT_NE(refused.error.find("no UTF-8 text"), std::string::npos) << refused.error;
    }
    EXPECT_EQ(change("mi contraseña larga de veras").exit, 0);
}

TEST_F(CommandLine, NamesOfASuperuserAreTidiedAsThoseOfAnybody) {
    ASSERT_EQ(run({"migrate"}).exit, 0);
    Words create{"createsuperuser", "--email",      "ana@example.gt", "--phone",
                 "55512345",        "--first-name", "Ana\x1b[31m"};
    const Spawned refused = run(create);
    EXPECT_EQ(refused.exit, 1) << refused.output;
    EXPECT_NE(refused.error.find("first_name: Must not contain control"), std::string::npos)
        << refused.error;
    create.back() = "  Ana Lucía ";
    ASSERT_EQ(run(create).exit, 0);
    const Spawned dumped = run({"dumpdata"});
    EXPECT_NE(dumped.output.find(R"("first_name":"Ana Lucía")"), std::string::npos)
        << dumped.output << dumped.error;
}

TEST_F(CommandLine, RetentionRunsOnAFreshInstallation) {
    ASSERT_EQ(run({"migrate"}).exit, 0);
    const Spawned ran = run({"retention", "run", "--dry-run", "--as-of", "2050-12-31"});
    EXPECT_EQ(ran.exit, 0) << ran.error;
    for (const char* table :
         {"providers_providerlocationhistory", "sessions_session", "platform_idempotencykey",
          "assistance_assistancerequest", "archive_request", "This was a dry run"})
        EXPECT_NE(ran.output.find(table), std::string::npos) << table << "\n" << ran.output;
    const Spawned json = run({"retention", "run", "--policy", "archive", "--json"});
    EXPECT_EQ(json.output,
              "{\"bytes\":0,\"done\":0,\"due\":0,\"findings\":0,\"held\":0,\"left\":0,"
              "\"policy\":\"archive\",\"table\":\"archive_request\"}\n");
    const Spawned early = run({"retention", "run", "--as-of", "2050-12-31"});
    EXPECT_EQ(early.exit, 2) << early.error;
    EXPECT_NE(early.error.find("--dry-run"), std::string::npos) << early.error;
    EXPECT_EQ(run({"retention", "run", "--dry-run", "--as-of", "0001-01-01"}).exit, 2);
    EXPECT_EQ(run({"archive", "search", "--from", "2026-02-02", "--to", "2025-01-01"}).exit, 2);
    EXPECT_EQ(run({"archive", "search", "--text", "grúa"}).output, "0 archived requests found\n");
    const Spawned missing = run({"archive", "show", "REQ-20230131-ABC123"});
    EXPECT_EQ(missing.exit, 2) << missing.error;
    EXPECT_NE(missing.error.find("REQ-20230131-ABC123"), std::string::npos);
    EXPECT_EQ(run({"archive", "hold", "REQ-1"}).exit, 2);
    EXPECT_EQ(run({"archive", "hold", "REQ-1", "--reason", "court"}).exit, 2);
    EXPECT_EQ(run({"archive", "holds"}).output, "0 legal holds\n");
}

/// An account and a request of it that ended in 2023, as lines of a dump.
constexpr const char* kOldRequest =
    R"({"table":"users_user","row":{"id":"0192e4a0-0000-7000-8000-000000000001","email":"ana@example.gt","password":"!","phone_number":"+50255512345","role":"USER"}}
{"table":"assistance_assistancerequest","row":{"id":7,"request_number":"REQ-20230131-ABC123","user_id":"0192e4a0-0000-7000-8000-000000000001","title":"Grúa en Mixco","status":"COMPLETED","completed_at":"2023-01-31T10:00:00Z","created_at":"2023-01-31T09:00:00Z","updated_at":"2023-01-31T10:00:00Z"}}
{"table":"assistance_requestupdate","row":{"id":70,"request_id":7,"update_type":"STATUS_CHANGE","message":"El servicio terminó.","created_at":"2023-01-31T10:00:00Z"}}
)";

TEST_F(CommandLine, AnOldRequestGoesToTheArchiveAndComesBack) {
    const std::string number = "REQ-20230131-ABC123";
    ASSERT_EQ(run({"migrate"}).exit, 0);
    std::ofstream(folder_ / "old.ndjson") << kOldRequest;
    const Spawned loaded = run({"loaddata", "old.ndjson"});
    ASSERT_EQ(loaded.exit, 0) << loaded.error;
    const std::string before = run({"dumpdata", "assistance"}).output;

    const Spawned both = run({"retention", "run", "--policy", "requests", "--policy", "archive",
                              "--dry-run", "--as-of", "2031-01-01", "--json"});
    EXPECT_NE(both.output.find("\"due\":1,\"findings\":0,\"held\":0,\"left\":0,\"policy\":"
                               "\"archive\""),
              std::string::npos)
        << both.output;
    const Spawned moved = run({"retention", "run", "--policy", "requests", "--json"});
    ASSERT_EQ(moved.exit, 0) << moved.error;
    EXPECT_NE(moved.output.find("\"done\":1,\"due\":1"), std::string::npos) << moved.output;
    for (const Words& words : {Words{"--text", "GRUA"}, Words{"--member", "5551-2345"},
                               Words{"--member", "ana@example.gt"}, Words{"--number", number},
                               Words{"--from", "2023-01-31", "--to", "2023-01-31"}}) {
        Words search{"archive", "search"};
        search.insert(search.end(), words.begin(), words.end());
        const Spawned found = run(search);
        EXPECT_NE(found.output.find("1 archived requests found"), std::string::npos) << words[1];
        EXPECT_NE(found.output.find("2030-01-31"), std::string::npos) << found.output;
    }
    const Spawned shown = run({"archive", "show", number});
    EXPECT_NE(shown.output.find("  message: El servicio terminó."), std::string::npos)
        << shown.output << shown.error;
    const Spawned lines = run({"archive", "show", number, "--json"});
    EXPECT_NE(before.find(lines.output), std::string::npos) << lines.output;

    const Spawned restored = run({"archive", "restore", number});
    EXPECT_EQ(restored.exit, 0) << restored.error;
    EXPECT_EQ(run({"dumpdata", "assistance"}).output, before);
    EXPECT_EQ(run({"archive", "restore", number}).exit, 2);
    EXPECT_EQ(run({"archive", "hold", number, "--reason", "court"}).exit, 0);
    const Spawned held = run({"retention", "run", "--policy", "requests", "--json"});
    EXPECT_NE(held.output.find("\"held\":1,\"left\":1"), std::string::npos) << held.output;
    EXPECT_EQ(run({"archive", "hold", number, "--reason", "again"}).exit, 1);
    EXPECT_EQ(run({"archive", "release", number}).exit, 0);
    EXPECT_EQ(run({"archive", "release", number}).exit, 2);
}

TEST_F(CommandLine, AListThatIsCutOffSaysSo) {
    ASSERT_EQ(run({"migrate"}).exit, 0);
    for (int i = 0; i < 2; ++i) ASSERT_EQ(run({"jobs", "run", "platform.keys"}).exit, 0);
    const Spawned one = run({"jobs", "list", "--limit", "1"});
    EXPECT_TRUE(one.output.contains("\n1 jobs, and there are older ones: see --limit\n"))
        << one.output;
    EXPECT_TRUE(run({"jobs", "list", "--limit", "2"}).output.contains("\n2 jobs\n"));
    std::string lines = run({"jobs", "list", "--limit", "1", "--json"}).output;
    EXPECT_EQ(std::ranges::count(lines, '\n'), 1) << lines;

    std::string requests = kOldRequest;
    const std::string first = requests.substr(requests.find("{\"table\":\"assistance"));
    std::string second = first;
    for (const auto& [was, is] :
         {std::pair("\"id\":7,", "\"id\":8,"), std::pair("\"id\":70,", "\"id\":80,"),
          std::pair("\"request_id\":7,", "\"request_id\":8,"), std::pair("ABC123", "ABC124")})
        second.replace(second.find(was), std::string_view(was).size(), is);
    std::ofstream(folder_ / "old.ndjson") << requests << second;
    const Spawned loaded = run({"loaddata", "old.ndjson"});
    ASSERT_EQ(loaded.exit, 0) << loaded.error;
    ASSERT_EQ(run({"retention", "run", "--policy", "requests"}).exit, 0);
    const Spawned cut = run({"archive", "search", "--limit", "1"});
    EXPECT_TRUE(
        cut.output.contains("\n1 archived requests found, and there are more: see --limit\n"))
        << cut.output;
    EXPECT_TRUE(run({"archive", "search"}).output.contains("\n2 archived requests found\n"));
}

TEST_F(CommandLine, ADamagedRequestIsNamedAndStays) {
    ASSERT_EQ(run({"migrate"}).exit, 0);
    std::ofstream(folder_ / "old.ndjson") << kOldRequest;
    ASSERT_EQ(run({"loaddata", "old.ndjson"}).exit, 0);
    {
        const auto session = sql::open_session(
            {sql::Engine::kSqlite, (folder_ / "var/segurifai.db").string()}, {.create = false});
        ASSERT_TRUE(session) << session.error().message;
        ASSERT_TRUE(
            (*session)->run(R"(UPDATE assistance_assistancerequest SET metadata = '{"a":1e999}')"));
    }
    const Spawned ran = run({"retention", "run", "--policy", "requests", "--json"});
    EXPECT_EQ(ran.exit, 1) << ran.error;
    EXPECT_NE(ran.output.find("\"done\":0,\"due\":1,\"findings\":1"), std::string::npos)
        << ran.output;
    EXPECT_NE(ran.error.find("REQ-20230131-ABC123 (id 7) cannot be archived"), std::string::npos)
        << ran.error;
}

/// A source tree with the program's own migrations and two of one app beside one another.
std::filesystem::path tree_with_two_heads(const TemporaryFolder& folder) {
    namespace fs = std::filesystem;
    const fs::path apps = folder / "src" / "apps";
    fs::create_directories(apps);
    fs::copy(SEGURIFAI_APPS, apps, fs::copy_options::recursive);
    for (const char* name : {"0004_a", "0004_b"})
        std::ofstream(apps / "users" / "migrations" / (std::string(name) + ".toml"))
            << "format = 1\ndepends = "
               "[\"users.0003_archivedaccount\"]\n\n[[operation]]\n"
               "kind = \"run_sql\"\nabout = \"look\"\nsqlite = \"SELECT 1\"\n"
               "postgres = \"SELECT 1\"\nreversible = true\n";
    return apps / "users" / "migrations";
}

TEST_F(CommandLine, TwoNewestMigrationsAreRefusedJoinedAndSquashed) {
    const auto migrations = tree_with_two_heads(folder_);
    const Spawned refused = run({"makemigrations", "--check"});
    EXPECT_EQ(refused.exit, 4) << refused.output << refused.error;
    EXPECT_NE(refused.error.find("--merge"), std::string::npos) << refused.error;

    const Spawned merged = run({"makemigrations", "--merge"});
    EXPECT_EQ(merged.exit, 0) << merged.error;
    const std::string joined = "0005_merge_0004_a_0004_b";
    EXPECT_TRUE(std::filesystem::exists(migrations / (joined + ".toml")));
    EXPECT_EQ(run({"makemigrations", "--check"}).exit, 0);

    const Spawned squashed = run({"squashmigrations", "users", joined});
    EXPECT_EQ(squashed.exit, 0) << squashed.error;
    const Spawned checked = run({"makemigrations", "--check"});
    EXPECT_EQ(checked.exit, 0) << checked.error;
    EXPECT_EQ(checked.output, "No changes.\n");
}

}  // namespace
}  // namespace segurifai::testing
