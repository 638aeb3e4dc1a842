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
        std::fputs("use: with_postgres [--durable] COMMAND ARGUMENT…\n", stderr);
        return 2;
    }
    using segurifai::testing::PostgresCluster;
    const bool durable = std::string(argv[1]) == "--durable";
    try {
        const PostgresCluster cluster(durable ? PostgresCluster::Durability::kFull
                                              : PostgresCluster::Durability::kNone);
        setenv("SEGURIFAI_TEST_POSTGRES", cluster.url().c_str(), 1);
        const pid_t child = fork();
        if (child == 0) {
            execvp(argv[durable ? 2 : 1], argv + (durable ? 2 : 1));
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
