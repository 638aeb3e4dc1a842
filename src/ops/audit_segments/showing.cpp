#include "ops/audit_segments/showing.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string_view>

#include "ops/audit_segments/live_events.hpp"
#include "ops/audit_segments/manifests.hpp"

namespace segurifai::audit_segments {
namespace {

constexpr std::int64_t kBatchEvents = 1'000;

bool has(const boost::json::object& event, std::string_view member, std::string_view value) {
    const auto* found = event.if_contains(member);
    const auto* text = found != nullptr ? found->if_string() : nullptr;
    return text != nullptr && std::string_view(text->data(), text->size()) == value;
}

Result<bool> is_chosen(std::string_view text, const EventFilter& filter) {
    if (!filter.object_table && !filter.object_id && !filter.actor_id) return true;
    boost::json::error_code error;
    const boost::json::value parsed = boost::json::parse(text, error);
    if (error || !parsed.is_object()) return fail(Code::kCorrupt, "An event is no JSON object.");
    const boost::json::object& event = parsed.get_object();
    return (!filter.object_table || has(event, "object_table", *filter.object_table)) &&
           (!filter.object_id || has(event, "object_id", *filter.object_id)) &&
           (!filter.actor_id || has(event, "actor_id", filter.actor_id->to_string()));
}

Result<void> show_segment(Folder& folder, const Manifest& manifest, const EventSink& sink) {
    SEGURIFAI_TRY_AS(const std::vector<std::string> names, folder.names());
    const std::string name = segment_name(manifest.month);
    if (!std::ranges::binary_search(names, name))
        return fail(Code::kNotFound,
                    folder.shown(name) + " is not there any more: segments go after two years.");
    SEGURIFAI_TRY_AS(const auto found, check_segment(folder, manifest, sink));
    if (found)
        return fail(Code::kCorrupt,
                    "Only the events before this place were shown. " + to_string(*found));
    return {};
}

}  // namespace

Result<std::int64_t> show_events(sql::Session& session, Folder& folder,
                                 const security::Secrets& secrets, Month month,
                                 const EventFilter& filter, const EventSink& sink) {
    std::int64_t shown = 0;
    const EventSink chosen = [&](std::string_view text) -> Result<void> {
        SEGURIFAI_TRY_AS(const bool wanted, is_chosen(text, filter));
        if (!wanted) return {};
        ++shown;
        return sink(text);
    };
    SEGURIFAI_TRY_AS(const Closed closed, read_manifests(folder, secrets));
    if (const auto link = closed.months.find(month); link != closed.months.end()) {
        SEGURIFAI_TRY(show_segment(folder, link->second.manifest, chosen));
        return shown;
    }
    for (const Finding& finding : closed.findings)
        if (finding.file == folder.shown(manifest_name(month)))
            return fail(Code::kCorrupt, to_string(finding));
    LiveMonth live(session, month, kBatchEvents);
    for (;;) {
        SEGURIFAI_TRY_AS(const LiveEvent* const event, live.next());
        if (event == nullptr) return shown;
        SEGURIFAI_TRY(chosen(event->text));
    }
}

}  // namespace segurifai::audit_segments
