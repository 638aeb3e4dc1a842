#include <fmt/format.h>

#include <string>

#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/version.hpp"
#include "server/server.hpp"

namespace segurifai::cli {

namespace {

Outcome<server::ServerOptions> options_of(const Given& given, const Context& context) {
    const Settings& settings = context.settings;
    server::ServerOptions options;
    SEGURIFAI_TRY_AS(options.database, context.database(given));
    // A database that is missing is told as every command tells it, and no folder is made for it.
    SEGURIFAI_TRY(context.open(given));
    SEGURIFAI_TRY(settings.make_data_dir());
    options.data_dir = settings.data_dir;
    options.secret_key = settings.secret_key;
    options.version = version_number();
    SEGURIFAI_TRY_AS(const auto port, given.number("--port", 0, 65'535));
    SEGURIFAI_TRY_AS(const auto workers, given.number("--workers", 1, 256));
    options.wire.port = static_cast<std::uint16_t>(port.value_or(8'000));
    options.wire.address = given.value("--listen").value_or("127.0.0.1");
    options.wire.workers = static_cast<int>(workers.value_or(0));
    if (const auto log = given.value("--log"); log && *log != "-") options.log = *log;
    if (given.value("--policy").value_or("nearest") == "broadcast")
        options.policy = dispatch::Policy::kBroadcast;
    options.pipeline.proxies = settings.trusted_proxies;
    options.pipeline.cors.origins = settings.cors_origins;
    if (settings.backups && *settings.backups != "off" && *settings.backups != "on")
        return wrong_use("SEGURIFAI_BACKUPS is 'on' or 'off'.");
    options.backups = settings.repository_if_on();
    if (settings.rate_limits) {
        if (*settings.rate_limits != "off" && *settings.rate_limits != "on")
            return wrong_use("SEGURIFAI_RATE_LIMITS is 'on' or 'off'.");
        options.pipeline.rates.enabled = *settings.rate_limits == "on";
    }
    return options;
}

Outcome<Exit> run_serve(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(server::ServerOptions options, options_of(given, context));
    const std::string address = options.wire.address;
    SystemRandom random;
    SEGURIFAI_TRY_AS(const auto running,
                     server::Server::start(std::move(options), context.clock, random));
    const bool brackets = address.contains(':');
    context.terminal.line(fmt::format("Serving on http://{}{}{}:{}/ (Ctrl-C ends it).",
                                      brackets ? "[" : "", address, brackets ? "]" : "",
                                      running->port()));
    SEGURIFAI_TRY(context.terminal.flush());
    running->run();
    context.terminal.line("Everything was answered; the server has ended.");
    return Exit::kOk;
}

}  // namespace

Command serve_command() {
    return {
        .name = "serve",
        .summary = "Serve the platform over HTTP",
        .description =
            "Serves until Ctrl-C or SIGTERM, then answers what is in flight and ends. TLS is "
            "the business of a\nproxy in front. The first start makes secrets.toml in the data "
            "folder; keep a copy of it elsewhere: without it no backup can be read.\n\nIt makes "
            "backups of its database ('segurifai help backup'), of PostgreSQL once 'backup "
            "setup' was run; SEGURIFAI_BACKUPS=off ends that.\n\nPolicy 'nearest' offers a request "
            "to one unit "
            "after the other, 'broadcast' to five at once.",
        .options = {{.name = "--port", .value = "PORT", .help = "default 8000; 0 = a free one"},
                    {.name = "--listen", .value = "ADDRESS", .help = "default 127.0.0.1"},
                    {.name = "--workers", .value = "N", .help = "default one a core"},
                    {.name = "--log",
                     .value = "FILE",
                     .help = "one JSON line a request; default: standard error"},
                    {.name = "--policy",
                     .value = "POLICY",
                     .help = "how units are chosen",
                     .choices = {"nearest", "broadcast"}},
                    database_option()},
        .examples = {{"segurifai serve", "on 127.0.0.1:8000, with the embedded database"},
                     {"segurifai serve --port 0 --log var/log/access.log",
                      "on a free port, which is printed"}},
        .run = run_serve};
}

}  // namespace segurifai::cli
