#include "cli/spawned.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace segurifai::testing {

namespace {

struct Pipe {
    int read = -1;
    int write = -1;

    Pipe() {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        read = ends[0];
        write = ends[1];
    }
    ~Pipe() {
        close_write();
        if (read >= 0) close(read);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close_write() {
        if (write >= 0) close(write);
        write = -1;
    }
};

std::vector<std::string> environment_of(const Surroundings& surroundings) {
    std::map<std::string, std::string> variables = surroundings.variables;
    const char* path = std::getenv("PATH");
    variables.try_emplace("PATH", path == nullptr ? "/usr/bin:/bin" : path);
    for (const char* kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
        if (const char* value = std::getenv(kept)) variables.try_emplace(kept, value);
    std::vector<std::string> lines;
    for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

/// Reads both ends until both close, whichever speaks first.
void drain(Pipe& output, Pipe& error, Spawned& spawned) {
    std::array<pollfd, 2> waiting{pollfd{output.read, POLLIN, 0}, pollfd{error.read, POLLIN, 0}};
    while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
        if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR)
            throw std::runtime_error("poll failed");
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
            std::array<char, 4096> buffer{};
            const ssize_t got = read(waiting[i].fd, buffer.data(), buffer.size());
            if (got > 0)
                (i == 0 ? spawned.output : spawned.error)
                    .append(buffer.data(), static_cast<std::size_t>(got));
            else if (got == 0 || errno != EINTR)
                waiting[i].fd = -1;
        }
    }
}

}  // namespace

Spawned run_segurifai(const std::vector<std::string>& arguments, const Surroundings& surroundings) {
    std::vector<std::string> words{SEGURIFAI_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> environment = environment_of(surroundings);
    const std::vector<char*> word_pointers = pointers(words);
    const std::vector<char*> environment_pointers = pointers(environment);
    const std::string folder = surroundings.folder.string();
    Pipe output;
    Pipe error;

    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("no process");
    if (child == 0) {  // only calls that are safe after fork
        const std::string& from = surroundings.input_file;
        const int source = open(from.empty() ? "/dev/null" : from.c_str(), O_RDONLY);
        const int target = surroundings.output_file.empty()
                               ? output.write
                               : open(surroundings.output_file.c_str(), O_WRONLY);
        if (source < 0 || target < 0 || chdir(folder.c_str()) != 0) _exit(126);
        dup2(source, STDIN_FILENO);
        dup2(target, STDOUT_FILENO);
        dup2(error.write, STDERR_FILENO);
        execve(word_pointers[0], word_pointers.data(), environment_pointers.data());
        _exit(127);
    }
    output.close_write();
    error.close_write();

    Spawned spawned;
    drain(output, error, spawned);
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) throw std::runtime_error("the child was lost");
    spawned.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return spawned;
}

}  // namespace segurifai::testing
