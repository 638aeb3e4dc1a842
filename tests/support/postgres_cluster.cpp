#include "support/postgres_cluster.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace segurifai::testing {
namespace {

/// PostgreSQL refuses to run as root, so a test run as root hands the cluster to another user.
struct Owner {
    uid_t user = getuid();
    gid_t group = getgid();
};

Owner owner_of_cluster() {
    Owner owner;
    if (owner.user != 0) return owner;
    for (const char* name : {"postgres", "nobody"}) {
        if (const passwd* entry = getpwnam(name); entry != nullptr)
            return {entry->pw_uid, entry->pw_gid};
    }
    throw std::runtime_error("There is no user 'postgres' or 'nobody' to run PostgreSQL as.");
}

std::string binary(const char* name) {
    const std::string installed = std::string("/usr/lib/postgresql/15/bin/") + name;
    return access(installed.c_str(), X_OK) == 0 ? installed : name;
}

/// Starts a program as `owner` with `input` as its standard input; the child calls nothing that
/// is unsafe between fork and exec in a program with threads.
pid_t spawn(const std::vector<std::string>& words, const Owner& owner, int input) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child > 0) return child;
    setsid();  // a Ctrl-C at the terminal reaches the test, which then ends its cluster
    if (getuid() == 0 &&
        (setgroups(0, nullptr) != 0 || setgid(owner.group) != 0 || setuid(owner.user) != 0))
        _exit(126);
    dup2(input, STDIN_FILENO);
    const int sink = open("/dev/null", O_WRONLY);
    dup2(sink, STDOUT_FILENO);
    dup2(sink, STDERR_FILENO);
    if (chdir("/") != 0) _exit(126);
    execvp(arguments[0], arguments.data());
    _exit(127);
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

int free_port() {
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool found = probe >= 0 &&
                       bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (probe >= 0) close(probe);
    if (!found) throw std::system_error(errno, std::generic_category(), "a free loopback port");
    return ntohs(address.sin_port);
}

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The keeper's program: $1 the data folder, $2 setpriv's program, the rest its arguments. It
/// waits for a line or for the end of its input. "keep" leaves the folder for a restart.
constexpr const char* kKeeper =
    "folder=$1; shift; setpriv --pdeathsig QUIT \"$@\" >\"$folder/log\" 2>&1 </dev/null & "
    "server=$!; word=; read -r word; kill -QUIT $server 2>/dev/null; wait $server; "
    "[ \"$word\" = keep ] || rm -rf -- \"$folder\"";

}  // namespace

PostgresCluster::PostgresCluster(Durability durability) : durability_(durability) {
    make_data_folder();
    constexpr int kPortsTried = 5;
    for (int i = 0; i < kPortsTried; ++i) {
        port_ = free_port();  // another program may take it before the server does
        if (start_once()) return;
    }
    throw std::runtime_error("PostgreSQL did not start for the tests:\n" + log());
}

PostgresCluster::~PostgresCluster() {
    if (keeper_ < 0) return;
    close(lifeline_);
    wait_for(keeper_);
}

std::string PostgresCluster::url(std::string_view database) const {
    return "postgresql://segurifai@127.0.0.1:" + std::to_string(port_) + "/" +
           std::string(database);
}

std::string PostgresCluster::socket_url(std::string_view database) const {
    return "postgresql://segurifai@/" + std::string(database) + "?host=" + folder_.path().string() +
           "&port=" + std::to_string(port_);
}

void PostgresCluster::make_data_folder() {
    const Owner owner = owner_of_cluster();
    if (chown(folder_.path().c_str(), owner.user, owner.group) != 0)
        throw std::system_error(errno, std::generic_category(), "chown of the cluster's folder");
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const std::string data = folder_ / "data";
    const std::string command = "exec \"$0\" \"$@\" >" + (folder_ / "log").string() + " 2>&1";
    std::vector<std::string> words{
        "sh",    "-c", command,     binary("initdb"),   "--no-sync", "-A",
        "trust", "-U", "segurifai", "--locale=C.UTF-8", "-E",        "UTF8",
        "-D",    data};
    if (durability_ == Durability::kFull) words.emplace_back("--data-checksums");
    const pid_t child = spawn(words, owner, nothing);
    const int status = wait_for(child);
    close(nothing);
    if (status != 0) throw std::runtime_error("initdb failed for the tests:\n" + log());
}

bool PostgresCluster::start_once() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    const bool durable = durability_ != Durability::kNone;
    std::vector<std::string> words = {"sh",
                                      "-c",
                                      kKeeper,
                                      "postgres-keeper",
                                      folder_.path().string(),
                                      binary("postgres"),
                                      "-D",
                                      folder_ / "data",
                                      "-k",
                                      folder_.path().string(),
                                      "-p",
                                      std::to_string(port_),
                                      "-c",
                                      "listen_addresses=127.0.0.1",
                                      "-c",
                                      "max_connections=100",
                                      "-c",
                                      durable ? "shared_buffers=256MB" : "shared_buffers=64MB"};
    if (!durable) {
        for (const char* setting :
             {"fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"}) {
            words.emplace_back("-c");
            words.emplace_back(setting);
        }
    }
    if (durability_ == Durability::kArchiving) words.insert(words.end(), {"-c", "archive_mode=on"});
    keeper_ = spawn(words, owner_of_cluster(), ends[0]);
    lifeline_ = ends[1];
    close(ends[0]);
    if (wait_until_ready()) return true;
    stop();
    return false;
}

bool PostgresCluster::wait_until_ready() {
    constexpr std::chrono::seconds kPatience(60);  // a loaded machine recovering after a crash
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    const std::string target = url();
    while (std::chrono::steady_clock::now() < deadline) {
        if (PQping(target.c_str()) == PQPING_OK) return true;
        if (log().find("could not bind") != std::string::npos) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

std::string PostgresCluster::log() const {
    return file_text(folder_ / "log");
}

void PostgresCluster::stop() {
    if (keeper_ < 0) return;
    constexpr std::string_view kWord = "keep\n";
    if (write(lifeline_, kWord.data(), kWord.size()) < 0)
        throw std::system_error(errno, std::generic_category(), "the cluster's keeper");
    close(lifeline_);
    wait_for(keeper_);
    keeper_ = -1;
}

void PostgresCluster::start() {
    if (keeper_ >= 0) return;
    if (!start_once())
        throw std::runtime_error("PostgreSQL did not start again for the tests:\n" + log());
}

namespace {

struct FinishConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};

void run_on_server(const std::string& sql) {
    const std::unique_ptr<PGconn, FinishConnection> connection(PQconnectdb(postgres_url().c_str()));
    PGresult* result = PQexec(connection.get(), sql.c_str());
    const bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!done)
        throw std::runtime_error("The tests' PostgreSQL refused \"" + sql +
                                 "\": " + PQerrorMessage(connection.get()));
}

/// `server` with another database's name in it.
std::string with_database(const std::string& server, std::string_view database) {
    const std::size_t authority = server.find("://") + 3;
    const std::size_t query = server.find('?');
    std::string head = server.substr(0, query);
    head.resize(std::min(head.find('/', authority), head.size()));
    const std::string tail = query == std::string::npos ? "" : server.substr(query);
    return head + "/" + std::string(database) + tail;
}

}  // namespace

std::string postgres_url(std::string_view database) {
    if (const char* server = std::getenv("SEGURIFAI_TEST_POSTGRES"); server != nullptr)
        return with_database(server, database);
    static PostgresCluster cluster;
    return cluster.url(database);
}

FreshPostgresDatabase::FreshPostgresDatabase() {
    static std::atomic<int> made{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    name_ = "segurifai_test_" + std::to_string(getpid()) + "_" + std::to_string(++made) + "_" +
            std::to_string(now);
    run_on_server("CREATE DATABASE " + name_ + " TEMPLATE template0 STRATEGY WAL_LOG");
}

FreshPostgresDatabase::~FreshPostgresDatabase() {
    try {
        run_on_server("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
    } catch (const std::runtime_error&) {
        // The server is gone, and the database with it.
    }
}

}  // namespace segurifai::testing
