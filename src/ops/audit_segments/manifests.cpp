#include "ops/audit_segments/manifests.hpp"

#include <fmt/format.h>

#include <optional>

#include "ops/audit_segments/chain.hpp"

namespace segurifai::audit_segments {
namespace {

/// The month of a name with that ending; nothing when it is another's file.
std::optional<Month> month_of(std::string_view name, std::string_view ending) {
    if (!name.ends_with(ending)) return std::nullopt;
    return Month::parse(name.substr(0, name.size() - ending.size()));
}

/// Whether a manifest follows the closed month before it; what is wrong otherwise.
std::optional<std::string> fault_of_link(const Manifest& manifest, const Link* before) {
    const std::string month = before != nullptr ? before->manifest.month.to_string() : "";
    if (manifest.previous_month != month) {
        if (manifest.previous_month.empty())
            return fmt::format("It begins a chain, although {} was closed before it.", month);
        return fmt::format("It follows {}, whose manifest is missing or cannot be believed.",
                           manifest.previous_month);
    }
    const bool follows = before == nullptr
                             ? manifest.previous_sha256.empty() && manifest.begins == chain_start()
                             : manifest.previous_sha256 == before->sha256 &&
                                   manifest.begins == before->manifest.head;
    if (!follows) return fmt::format("It follows another manifest of {} than this one.", month);
    return std::nullopt;
}

}  // namespace

Result<Closed> read_manifests(Folder& folder, const security::Secrets& secrets) {
    SEGURIFAI_TRY_AS(const std::vector<std::string> names, folder.names());
    Closed closed;
    for (const std::string& name : names) {
        const auto month = month_of(name, ".json");
        if (!month) continue;
        SEGURIFAI_TRY_AS(const std::string text, read_whole(folder, name, kManifestBytesMax));
        auto manifest = read_manifest(text, secrets);
        if (!manifest) {
            closed.findings.push_back(
                {.file = folder.shown(name), .what = "It " + manifest.error().message + "."});
            continue;
        }
        if (manifest->month != *month) {
            closed.findings.push_back(
                {.file = folder.shown(name),
                 .what = "It is the manifest of " + manifest->month.to_string() + "."});
            continue;
        }
        closed.months.insert({*month, {std::move(*manifest), sha256(text)}});
    }
    const Link* before = nullptr;
    for (const auto& [month, link] : closed.months) {
        if (auto fault = fault_of_link(link.manifest, before))
            closed.findings.push_back(
                {.file = folder.shown(manifest_name(month)), .what = std::move(*fault)});
        before = &link;
    }
    return closed;
}

}  // namespace segurifai::audit_segments
