#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "cli/examination/examination.hpp"
#include "http/head_guard.hpp"

namespace segurifai::cli {
namespace {

constexpr std::string_view kSettings = "settings";
constexpr std::string_view kPeople = "people";
constexpr std::string_view kHttps = "https://";

struct Count {
    std::string_view query;
    std::string_view sentence;  ///< with the count for {}
    std::string_view command;
};
constexpr std::array kCounts{
    Count{"SELECT COUNT(*) FROM users_user WHERE email LIKE '%@demo.segurifai.example' "
          "AND is_active",
          "{} demonstration accounts are active.",
          "segurifai dbshell -- \"UPDATE users_user SET is_active = false WHERE email LIKE "
          "'%@demo.segurifai.example'\""},
    Count{"SELECT COUNT(*) FROM users_accountsettings WHERE must_change_password",
          "{} accounts still have the password that was made for them: ask them to sign in.", ""}};

/// What stands in the header Origin of a page served over TLS.
bool is_sent_by_browsers(std::string_view origin) noexcept {
    const std::string_view host = origin.substr(kHttps.size());
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    return http::is_host(host) && std::ranges::none_of(host, is_capital);
}

}  // namespace

Result<void> examine_switches(const Examination& examination) {
    const Settings& settings = examination.context.settings;
    Findings& findings = examination.findings;
    if (settings.rate_limits == "off")
        findings.fault(kSettings,
                       "SEGURIFAI_RATE_LIMITS is off: anybody may call as often as they like.",
                       "unset SEGURIFAI_RATE_LIMITS");
    if (settings.backups == "off")
        findings.fault(kSettings, "SEGURIFAI_BACKUPS is off: what is lost cannot be restored.",
                       "unset SEGURIFAI_BACKUPS");
    for (const std::string& origin : settings.cors_origins)
        if (!origin.starts_with(kHttps))
            findings.fault(kSettings, fmt::format("SEGURIFAI_CORS_ORIGINS has {}, which is not "
                                                  "https.",
                                                  origin));
        else if (!is_sent_by_browsers(origin))
            findings.fault(kSettings,
                           fmt::format("SEGURIFAI_CORS_ORIGINS has {}, which no browser sends: an "
                                       "origin is small letters, without a path or a slash at its "
                                       "end.",
                                       origin));
    for (const std::string& network : settings.trusted_proxies)
        if (network.ends_with("/0"))
            findings.fault(kSettings,
                           "SEGURIFAI_TRUSTED_PROXIES believes everybody's X-Forwarded-For (a "
                           "/0): name the proxy's own address.");
    const auto passwords = settings.data_dir / "demo-passwords.txt";
    std::error_code unreadable;  // of a folder that cannot be looked at its own finding tells
    if (std::filesystem::exists(passwords, unreadable))
        findings.fault(kSettings,
                       fmt::format("{} is here: demonstration accounts are no accounts for "
                                   "production.",
                                   passwords.string()),
                       fmt::format("rm {}", passwords.string()));
    if (findings.is_well(kSettings)) findings.well(kSettings, "As production wants them.");
    return {};
}

Result<void> examine_people(const Examination& examination, sql::Session& session) {
    Findings& findings = examination.findings;
    for (const Count& count : kCounts) {
        SEGURIFAI_TRY_AS(const auto found, session.one_integer(count.query));
        if (found.value_or(0) > 0)
            findings.warn(kPeople, fmt::format(fmt::runtime(count.sentence), *found),
                          std::string(count.command));
    }
    SEGURIFAI_TRY_AS(const auto superusers,
                     session.one_integer("SELECT COUNT(*) FROM users_user WHERE is_superuser AND "
                                         "is_active"));
    if (superusers.value_or(0) == 0)
        findings.warn(kPeople, "There is no superuser.", "segurifai createsuperuser");
    if (findings.is_well(kPeople))
        findings.well(kPeople, fmt::format("{} superusers; no account of a demonstration.",
                                           superusers.value_or(0)));
    return {};
}

}  // namespace segurifai::cli
