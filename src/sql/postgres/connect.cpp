#include "sql/postgres/connect.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "sql/postgres/failure.hpp"

namespace segurifai::sql::postgres {
namespace {

/// Settings go into the start-up message, which costs no round trip. Whatever the URI's own
/// `options` say stays, and ours follow it.
std::string options_of(const ConnectionSettings& settings, const std::string& given) {
    std::string options = given;
    if (!options.empty()) options += ' ';
    options += "-c TimeZone=UTC -c DateStyle=ISO -c client_min_messages=warning";
    options += fmt::format(" -c statement_timeout={} -c lock_timeout={}",
                           settings.statement_timeout.count(), settings.lock_timeout.count());
    options += fmt::format(" -c idle_in_transaction_session_timeout={}",
                           settings.idle_in_transaction_timeout.count());
    // Without jit: the high price set on a scan would have what is no long query compiled.
    if (settings.by_index) options += " -c enable_seqscan=off -c random_page_cost=1.1 -c jit=off";
    if (settings.plans_once) options += " -c plan_cache_mode=force_generic_plan";
    if (settings.read_only) options += " -c default_transaction_read_only=on";
    return options;
}

std::string place_of(const PGconn* connection) {
    const std::string_view host = PQhost(connection);
    const std::string_view port = PQport(connection);
    if (host.starts_with('/')) return fmt::format("the socket {}/.s.PGSQL.{}", host, port);
    return fmt::format("{}:{}", host, port);
}

/// The SQLSTATE in "… FATAL:  3D000: database …", which PQERRORS_VERBOSE writes in any language.
std::string state_in(std::string_view message) {
    constexpr std::string_view kMark = ":  ";
    for (std::size_t at = message.find(kMark); at != std::string_view::npos;
         at = message.find(kMark, at + 1)) {
        const std::string_view state = message.substr(at + kMark.size(), 5);
        const std::string_view after =
            message.substr(std::min(at + kMark.size() + 5, message.size()), 2);
        const bool is_state =
            state.size() == 5 && after == ": " && std::ranges::all_of(state, [](char c) {
                return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
            });
        if (is_state) return std::string(state);
    }
    return {};
}

void drop_notice(void*, const PGresult*) {}

}  // namespace

Result<ConnectTarget> ConnectTarget::parse(const std::string& uri,
                                           const ConnectionSettings& settings) {
    char* complaint = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeLibpq> options(
        PQconninfoParse(uri.c_str(), &complaint));
    PQfreemem(complaint);  // it may quote the password
    if (!options)
        return fail(Code::kInvalid,
                    "The PostgreSQL URL cannot be read: write it as "
                    "postgresql://user:password@host:port/name, with %-escapes for special "
                    "characters.");
    ConnectTarget target;
    std::string given_options;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr || *option->val == '\0') continue;
        if (std::string_view(option->keyword) == "options")
            given_options = option->val;
        else
            target.words_.emplace_back(option->keyword, option->val);
    }
    const auto set = [&](const char* keyword, std::string value) {
        std::erase_if(target.words_, [&](const auto& word) { return word.first == keyword; });
        target.words_.emplace_back(keyword, std::move(value));
    };
    set("options", options_of(settings, given_options));
    set("application_name", "segurifai");
    set("client_encoding", "UTF8");
    return target;
}

std::string ConnectTarget::name_to_resolve() const {
    std::string host;
    for (const auto& [keyword, value] : words_) {
        if (keyword == "hostaddr") return {};
        if (keyword == "host") host = value;
    }
    if (host.empty() || host[0] == '/' || host[0] == '@') return {};
    if (host.find(',') != std::string::npos) return {};
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    return not_an_address ? host : std::string();
}

ConnectionPtr ConnectTarget::start(const std::string& address) const {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : words_) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    if (!address.empty()) {
        keywords.push_back("hostaddr");
        values.push_back(address.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    ConnectionPtr connection(PQconnectStartParams(keywords.data(), values.data(), 0));
    if (!connection) throw std::bad_alloc();
    PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
    return connection;
}

void finish_connecting(PGconn* connection) noexcept {
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
    PQsetNoticeReceiver(connection, drop_notice, nullptr);
}

Error connect_error(const PGconn* connection) {
    const std::string place = place_of(connection);
    const std::string state = state_in(PQerrorMessage(connection));
    const auto error = [](Code code, std::string message) {
        return Error{.code = code, .message = std::move(message)};
    };
    if (state == "3D000")
        return error(Code::kNotFound,
                     fmt::format("PostgreSQL at {} has no database \"{}\": create it, or correct "
                                 "the database URL.",
                                 place, PQdb(connection)));
    if (PQconnectionNeedsPassword(connection) != 0 && PQconnectionUsedPassword(connection) == 0)
        return error(Code::kPermission,
                     fmt::format("PostgreSQL at {} asks for the password of \"{}\": put it into "
                                 "the database URL or into PGPASSWORD.",
                                 place, PQuser(connection)));
    if (state.starts_with("28"))
        return error(Code::kPermission,
                     fmt::format("PostgreSQL at {} refuses the user \"{}\": check the user's name, "
                                 "the password and the server's pg_hba.conf.",
                                 place, PQuser(connection)));
    if (state == "42501")
        return error(Code::kPermission,
                     fmt::format("PostgreSQL at {} does not let \"{}\" connect to \"{}\": grant "
                                 "CONNECT.",
                                 place, PQuser(connection), PQdb(connection)));
    if (state == "53300")
        return error(Code::kBusy,
                     fmt::format("PostgreSQL at {} has no free connection: raise max_connections "
                                 "or use fewer writers.",
                                 place));
    if (state == "57P03")
        return error(Code::kGone, fmt::format("PostgreSQL at {} is starting or stopping: try again "
                                              "in a moment.",
                                              place));
    return error(Code::kGone,
                 fmt::format("No PostgreSQL answers at {} ({}): check that it runs and that the "
                             "database URL names its host and port.",
                             place, complaint_of(connection)));
}

Error connect_timed_out(const PGconn* connection) {
    return Error{.code = Code::kGone,
                 .message = fmt::format("PostgreSQL at {} did not answer in time: check that it "
                                        "runs and that no firewall stands between.",
                                        place_of(connection))};
}

Result<ConnectionPtr> connect_blocking(const ConnectTarget& target,
                                       std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    ConnectionPtr connection = target.start();
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    if (PQstatus(connection.get()) == CONNECTION_BAD)
        return std::unexpected(connect_error(connection.get()));
    while (next != PGRES_POLLING_OK) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return std::unexpected(connect_timed_out(connection.get()));
        pollfd wait{PQsocket(connection.get()), POLLIN, 0};
        if (next == PGRES_POLLING_WRITING) wait.events = POLLOUT;
        if (poll(&wait, 1, static_cast<int>(left.count())) <= 0) continue;
        next = PQconnectPoll(connection.get());
        if (next == PGRES_POLLING_FAILED) return std::unexpected(connect_error(connection.get()));
    }
    finish_connecting(connection.get());
    return connection;
}

}  // namespace segurifai::sql::postgres
