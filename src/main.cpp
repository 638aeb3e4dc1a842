#include <cstdio>
#include <string>
#include <vector>

#include "apps/registry.hpp"
#include "base/clock.hpp"
#include "cli/program.hpp"

int main(int argc, char** argv) {
    namespace cli = segurifai::cli;
    const auto registry = segurifai::model::Registry::make(segurifai::apps::all_tables());
    if (!registry) {
        const std::string faults = segurifai::describe(registry.error());
        std::fprintf(stderr, "segurifai: The descriptions of the tables are wrong: %s\n",
                     faults.c_str());
        return static_cast<int>(cli::Exit::kDefect);
    }
    const cli::Settings settings = cli::Settings::of_process();
    cli::Terminal terminal = cli::Terminal::of_process();
    segurifai::SystemClock clock;
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return cli::run_program(words, {settings, terminal, clock, *registry});
}
