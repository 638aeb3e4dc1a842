#include "ops/pgbackrest/program.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"

namespace segurifai::pgbackrest {
namespace {

constexpr int kLookMs = 200;
constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr int kSignalled = 128;

std::unexpected<Error> system_failure(std::string_view doing) {
    const int fault = errno;
    return fail(Code::kInternal,
                fmt::format("{}: {}", doing, std::generic_category().message(fault)));
}

/// Both ends of a line to a program. A socket, because writing to a pipe that nobody reads any more
/// is a signal; closed in every other program that is started meanwhile, which would keep it open.
struct Line {
    Descriptor ours;
    Descriptor its;

    static Result<Line> make() {
        std::array<int, 2> ends{};
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            return system_failure("socketpair");
        return Line{.ours = Descriptor(ends[0]), .its = Descriptor(ends[1])};
    }
};

bool is_there(const std::string& program) {
    if (program.contains('/')) return access(program.c_str(), X_OK) == 0;
    const char* const set = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): never set here
    std::string_view rest = set == nullptr ? "/usr/bin:/bin" : set;
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
        if (access((std::filesystem::path(folder) / program).c_str(), X_OK) == 0) return true;
    }
    return false;
}

/// A program that runs. Ended, and waited for, when this goes before it has ended by itself.
class Running {
public:
    Running(pid_t process, Descriptor input, Descriptor output, Descriptor errors)
        : process_(process),
          input_(std::move(input)),
          output_(std::move(output)),
          errors_(std::move(errors)) {}
    ~Running() {
        if (process_ <= 0) return;
        kill(process_, SIGTERM);
        close_all();
        wait();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    Result<ProgramEnd> serve(const Exchange& exchange) {
        bool is_stopped = false;
        if (!exchange.input) input_.close();
        while (output_.is_open() || errors_.is_open()) {
            if (!is_stopped && exchange.stopped && exchange.stopped()) {
                is_stopped = true;
                kill(process_, SIGTERM);
            }
            SEGURIFAI_TRY(pass_on(exchange));
        }
        close_all();
        end_.status = wait();
        if (is_stopped) return fail(Code::kBusy, "It was told to stop.");
        return std::move(end_);
    }

private:
    Result<void> pass_on(const Exchange& exchange) {
        std::array<pollfd, 3> lines{{{input_.number(), POLLOUT, 0},
                                     {output_.number(), POLLIN, 0},
                                     {errors_.number(), POLLIN, 0}}};
        if (poll(lines.data(), lines.size(), kLookMs) < 0 && errno != EINTR)
            return system_failure("poll");
        const auto& [input, output, errors] = lines;
        if (input.revents != 0) SEGURIFAI_TRY(give(exchange.input));
        if (output.revents != 0) {
            SEGURIFAI_TRY_AS(const std::string piece, take(output_));
            if (exchange.output) {
                SEGURIFAI_TRY(exchange.output(piece));
            } else {
                end_.output += piece;
            }
        }
        if (errors.revents != 0) {
            SEGURIFAI_TRY_AS(const std::string piece, take(errors_));
            end_.errors += piece;
        }
        return {};
    }

    /// What can be read now; closes the line at its end.
    static Result<std::string> take(Descriptor& line) {
        std::string piece(kPieceBytes, '\0');
        const ssize_t size = recv(line.number(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (size < 0 && errno != EINTR && errno != EAGAIN && errno != ECONNRESET)
            return system_failure("recv");
        if (size == 0 || (size < 0 && errno == ECONNRESET)) line.close();
        piece.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return piece;
    }

    Result<void> give(const std::function<Result<std::string>()>& source) {
        if (given_ == giving_.size()) {
            SEGURIFAI_TRY_AS(giving_, source());
            given_ = 0;
            if (giving_.empty()) input_.close();
        }
        if (!input_.is_open()) return {};
        const ssize_t size = send(input_.number(), giving_.data() + given_, giving_.size() - given_,
                                  MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size > 0) given_ += static_cast<std::size_t>(size);
        if (size >= 0 || errno == EINTR || errno == EAGAIN) return {};
        if (errno != EPIPE && errno != ECONNRESET) return system_failure("send");
        input_.close();  // it has read enough
        return {};
    }

    void close_all() noexcept {
        input_.close();
        output_.close();
        errors_.close();
    }

    int wait() noexcept {
        int status = 0;
        while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
        }
        process_ = 0;
        return WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
    }

    pid_t process_;
    Descriptor input_;
    Descriptor output_;
    Descriptor errors_;
    std::string giving_;
    std::size_t given_ = 0;  ///< bytes of giving_
    ProgramEnd end_;
};

Result<pid_t> spawn(std::vector<std::string>& words, const std::array<int, 3>& lines) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; ++i)
        posix_spawn_file_actions_adddup2(&actions, lines[static_cast<std::size_t>(i)], i);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    // Whatever this thread blocks or ignores, the program is to hear.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t heard = none;
    sigaddset(&heard, SIGPIPE);
    sigaddset(&heard, SIGTERM);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &heard);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t process = 0;
    const int fault =
        posix_spawnp(&process, arguments.front(), &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    errno = fault;
    if (fault != 0) return system_failure(words.front());
    return process;
}

}  // namespace

Result<void> give_to_owner(const std::filesystem::path& path, Owner owner) {
    if (geteuid() != 0 || chown(path.c_str(), owner.user, owner.group) == 0) return {};
    const int fault = errno;
    return fail(Code::kPermission,
                fmt::format("{}: {}", path.string(), std::generic_category().message(fault)));
}

Result<ProgramEnd> run_program(std::vector<std::string> words, Owner owner,
                               const Exchange& exchange) {
    if (geteuid() != 0 && geteuid() != owner.user)
        return fail(Code::kPermission,
                    fmt::format("{} must run as the owner of the database's files (user {}).",
                                words.front(), owner.user));
    if (!is_there(words.front()))
        return fail(Code::kNotFound,
                    fmt::format("There is no program {}; install it.", words.front()));
    std::vector<std::string> first{"setpriv", "--pdeathsig=TERM"};
    if (geteuid() == 0 && owner.user != 0)
        first.insert(first.end(), {fmt::format("--reuid={}", owner.user),
                                   fmt::format("--regid={}", owner.group), "--clear-groups"});
    first.emplace_back("--");
    words.insert(words.begin(), first.begin(), first.end());

    SEGURIFAI_TRY_AS(Line input, Line::make());
    SEGURIFAI_TRY_AS(Line output, Line::make());
    SEGURIFAI_TRY_AS(Line errors, Line::make());
    SEGURIFAI_TRY_AS(const pid_t process,
                     spawn(words, {input.its.number(), output.its.number(), errors.its.number()}));
    Running running(process, std::move(input.ours), std::move(output.ours), std::move(errors.ours));
    for (Line* line : {&input, &output, &errors}) line->its.close();
    return running.serve(exchange);
}

}  // namespace segurifai::pgbackrest
