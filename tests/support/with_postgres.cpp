// with_postgres COMMAND ARGUMENT…: starts a private PostgreSQL, runs the command with its URL in
// SEGURIFAI_TEST_POSTGRES, and ends the server. For tests that are no C++ programs.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "support/postgres_cluster.hpp"

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("use: with_postgres [--durable | --archiving] COMMAND ARGUMENT…\n", stderr);
        return 2;
    }
    using segurifai::testing::PostgresCluster;
    using Durability = PostgresCluster::Durability;
    const std::string word = argv[1];
    const Durability durability = word == "--durable"     ? Durability::kFull
                                  : word == "--archiving" ? Durability::kArchiving
                                                          : Durability::kNone;
    char** const command = argv + (durability == Durability::kNone ? 1 : 2);
    try {
        const PostgresCluster cluster(durability);
        setenv("SEGURIFAI_TEST_POSTGRES", cluster.url().c_str(), 1);
        const pid_t child = fork();
        if (child == 0) {
            execvp(command[0], command);
            std::perror("with_postgres");
            _exit(127);
        }
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) != child) return 70;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "with_postgres: %s\n", failed.what());
        return 3;
    }
}
