#include "measure.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "base/json.hpp"

namespace segurifai::bench {
namespace {

void append_member(std::string& line, std::string_view name, std::string_view text) {
    line += line.empty() ? "{" : ",";
    append_json_string(line, name);
    line += ':';
    append_json_string(line, text);
}

void append_member(std::string& line, std::string_view name, double number) {
    line += ',';
    append_json_string(line, name);
    line += ':';
    append_json_number(line, number);
}

}  // namespace

double median(std::vector<double> figures) {
    std::sort(figures.begin(), figures.end());
    const std::size_t half = figures.size() / 2;
    return figures.size() % 2 == 1 ? figures[half] : (figures[half - 1] + figures[half]) / 2;
}

double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void measure(const Claim& claim, const std::function<double()>& ours,
             const std::function<double()>& peer, int rounds) {
    (void)ours();
    if (peer) (void)peer();
    std::vector<double> our_figures;
    std::vector<double> peer_figures;
    for (int round = 0; round < rounds; ++round) {
        our_figures.push_back(ours());
        if (peer) peer_figures.push_back(peer());
    }
    std::string line;
    append_member(line, "name", claim.name);
    append_member(line, "unit", claim.unit);
    append_member(line, "ours", median(our_figures));
    append_member(line, "peer", claim.peer);
    if (peer) append_member(line, "peer_value", median(peer_figures));
    append_member(line, "ratio_min", claim.ratio_min);
    append_member(line, "value_min", claim.value_min);
    append_member(line, "value_max", claim.value_max);
    append_member(line, "rounds", rounds);
    std::printf("%s}\n", line.c_str());
    std::fflush(stdout);
}

std::string output_of(const std::string& command) {
    std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    require(pipe != nullptr, "popen: " + command);
    std::string text;
    std::array<char, 4096> chunk;
    while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), pipe))
        text.append(chunk.data(), size);
    const int status = pclose(pipe);
    constexpr std::size_t kShown = 1'000;  // of what a failed command printed
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0, command + "\n" + text.substr(0, kShown));
    return text;
}

void require(bool ok, const std::string& what) {
    if (!ok) throw std::runtime_error(what);
}

}  // namespace segurifai::bench
