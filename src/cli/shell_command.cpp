#include "cli/shell_command.hpp"

#include <charconv>
#include <string_view>

namespace segurifai::cli {

namespace {

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(&text[i + 1], &text[i + 1] + 2, value, 16).ptr == &text[i + 1] + 2) {
            decoded += static_cast<char>(value);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

/// Takes "password=…" out of a query part and gives its value.
std::optional<std::string> take_password_option(std::string& query) {
    std::optional<std::string> password;
    std::string kept;
    std::string_view rest = query;
    while (!rest.empty()) {
        const std::size_t end = rest.find('&');
        const std::string_view part = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        constexpr std::string_view kName = "password=";
        if (part.starts_with(kName)) {
            password = percent_decoded(part.substr(kName.size()));
        } else {
            if (!kept.empty()) kept += '&';
            kept += part;
        }
    }
    query = kept;
    return password;
}

ShellCommand postgres_shell(const std::string& url, std::span<const std::string> more) {
    const std::size_t question = url.find('?');
    std::string address = url.substr(0, question);
    std::string query = question == std::string::npos ? std::string() : url.substr(question + 1);

    ShellCommand shell{.arguments = {"psql"}, .password = take_password_option(query)};
    const std::size_t user = address.find("://") + 3;
    const std::size_t at = address.rfind('@', address.find('/', user));
    const std::size_t colon = address.find(':', user);
    if (at != std::string::npos && at >= user && colon < at) {
        shell.password = percent_decoded(address.substr(colon + 1, at - colon - 1));
        address.erase(colon, at - colon);
    }
    shell.arguments.push_back(query.empty() ? address : address + "?" + query);
    shell.arguments.insert(shell.arguments.end(), more.begin(), more.end());
    return shell;
}

ShellCommand sqlite_shell(const std::string& path, std::span<const std::string> more) {
    // The shell opens with foreign keys off and without patience; the program has both.
    ShellCommand shell{
        .arguments = {"sqlite3", "-cmd", "PRAGMA foreign_keys = ON", "-cmd", ".timeout 5000"},
        .password = {}};
    // Options come before the file, SQL after it.
    std::size_t options = 0;
    while (options < more.size() && more[options].starts_with('-')) ++options;
    const auto middle = more.begin() + static_cast<std::ptrdiff_t>(options);
    shell.arguments.insert(shell.arguments.end(), more.begin(), middle);
    shell.arguments.push_back(path.starts_with('-') ? "./" + path : path);
    shell.arguments.insert(shell.arguments.end(), middle, more.end());
    return shell;
}

}  // namespace

ShellCommand shell_command(const sql::DatabaseUrl& url, std::span<const std::string> more) {
    return url.engine == sql::Engine::kSqlite ? sqlite_shell(url.location, more)
                                              : postgres_shell(url.location, more);
}

}  // namespace segurifai::cli
