#include "cli/password_entry.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <optional>
#include <utility>

#include "base/json.hpp"
#include "security/opaque_token.hpp"

namespace segurifai::cli {

namespace {

/// Keeps what is typed from being shown, until it goes.
class Unseen {
public:
    Unseen() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~Unseen() {
        if (changed_) (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

std::optional<std::string> read_line() {
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

/// A password that came from outside. One that no JSON can carry would let nobody in: what a
/// terminal of another encoding sends, or bytes that were meant to be random.
Outcome<PasswordEntry> given_password(std::string password) {
    if (!is_storable_text(password))
        return wrong_use("The password is no UTF-8 text; nothing was changed.");
    return PasswordEntry{std::move(password), false};
}

Outcome<PasswordEntry> type_twice(Terminal& terminal) {
    const Unseen unseen;
    terminal.note("Password:");
    const auto first = read_line();
    terminal.note("The same again:");
    const auto second = read_line();
    if (!first || !second || first->empty()) return wrong_use("No password was given.");
    if (*first != *second) return wrong_use("The two passwords differ; nothing was changed.");
    return given_password(*first);
}

}  // namespace

Option password_stdin_option() {
    return {.name = "--password-stdin", .help = "read the password from standard input"};
}

Outcome<PasswordEntry> enter_password(const Given& given, const Context& context, Random& random) {
    if (given.has("--password-stdin")) {
        auto line = read_line();
        if (!line || line->empty())
            return wrong_use("--password-stdin found no line on standard input.");
        return given_password(*std::move(line));
    }
    if (isatty(STDIN_FILENO) == 1) return type_twice(context.terminal);
    return PasswordEntry{security::make_password(random), true};
}

}  // namespace segurifai::cli
