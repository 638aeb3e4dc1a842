#include "ops/audit_segments/verification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "ops/audit_segments/closing.hpp"
#include "ops/audit_segments/live_events.hpp"
#include "ops/audit_segments/manifests.hpp"
#include "ops/audit_segments/segment_rows.hpp"

namespace segurifai::audit_segments {
namespace {

class Verifying {
public:
    Verifying(sql::Session& session, Folder& folder, const security::Secrets& secrets,
              const VerificationOptions& options)
        : session_(session), folder_(folder), secrets_(secrets), options_(options) {}

    [[nodiscard]] Result<Verification> run() {
        SEGURIFAI_TRY_AS(closed_, read_manifests(folder_, secrets_));
        for (Finding& finding : closed_.findings) add(std::move(finding));
        SEGURIFAI_TRY_AS(rows_, read_rows(session_));
        SEGURIFAI_TRY_AS(names_, folder_.names());
        compare_rows();
        SEGURIFAI_TRY(find_orphans());
        for (const auto& [month, link] : closed_.months)
            if (is_asked_for(month)) SEGURIFAI_TRY(look_at(month, link));
        SEGURIFAI_TRY(find_late_events());
        find_noted();
        for (const auto& [month, link] : closed_.months) {
            if (!is_asked_for(month)) continue;
            report_.last_month = month.to_string();
            report_.head = link.manifest.head;
        }
        return std::move(report_);
    }

private:
    void add(Finding finding) {
        if (report_.findings.size() < kFindingsMax) report_.findings.push_back(std::move(finding));
    }
    void add_at(const std::string& name, std::string what) {
        add({.file = folder_.shown(name), .what = std::move(what)});
    }

    [[nodiscard]] bool is_asked_for(Month month) const {
        return (!options_.from || *options_.from <= month) &&
               (!options_.to || month <= *options_.to);
    }

    [[nodiscard]] bool is_there(const std::string& name) const {
        return std::ranges::binary_search(names_, name);
    }

    /// The last months can go with their rows of audit_segment, and nothing here tells.
    void find_noted() {
        const auto ends_with_it = [&](const auto& closed) {
            return closed.second.manifest.head == *options_.noted;
        };
        if (options_.noted && std::ranges::none_of(closed_.months, ends_with_it))
            add_at("", fmt::format("No closed month ends with the hash {}: the events that it "
                                   "vouches for were removed or changed.",
                                   *options_.noted));
    }

    /// The database against the manifests, both ways.
    void compare_rows() {
        for (const auto& [month, row] : rows_) {
            const std::string name = manifest_name(month);
            const auto link = closed_.months.find(month);
            if (link == closed_.months.end()) {
                if (!is_there(name))
                    add_at(name, fmt::format("The file is missing; audit_segment says that {} was "
                                             "closed with {} events.",
                                             month.to_string(), row.events));
            } else if (auto what = difference(row, link->second)) {
                add_at(name, std::move(*what));
            }
            if (row.removed_at && !is_over(month, options_.as_of))
                add({.what = fmt::format("audit_segment says that the segment of {} was removed, "
                                         "before its two years were over.",
                                         month.to_string())});
        }
        for (const auto& [month, link] : closed_.months)
            if (!rows_.contains(month))
                add_at(manifest_name(month),
                       "audit_segment has no row of this month. If the database was restored, "
                       "'segurifai audit close' writes it.");
    }

    /// Segments without a manifest: what an ended run leaves before its manifest, with all rows
    /// still in the database; anything else is a loss.
    [[nodiscard]] Result<void> find_orphans() {
        constexpr std::string_view kEnding = ".zst";
        for (const std::string& name : names_) {
            if (!name.ends_with(kEnding)) continue;
            const auto month = Month::parse(name.substr(0, name.size() - kEnding.size()));
            if (!month || is_there(manifest_name(*month))) continue;
            SEGURIFAI_TRY_AS(const std::int64_t live, count_events(session_, *month));
            if (live == 0 && !rows_.contains(*month))
                add_at(name,
                       "The segment has no manifest, and audit_event no events of its month.");
        }
        return {};
    }

    [[nodiscard]] Result<void> look_at(Month month, const Link& link) {
        ++report_.months;
        const std::string name = segment_name(month);
        if (!is_there(name) && is_over(month, options_.as_of)) {
            ++report_.gone;
            return {};
        }
        LiveMonth live(session_, month, options_.batch_events);
        SEGURIFAI_TRY_AS(const LiveEvent* row, live.next());
        const auto beside = [&](std::string_view text) -> Result<void> {
            if (options_.on_progress) options_.on_progress(month, 1);
            ++report_.events;
            if (row == nullptr) return {};
            const auto key = key_of(text);
            if (!key) return fail(Code::kInternal, "A segment holds what is no event.");
            while (row != nullptr && row->key < *key) {
                add_late(*row);
                SEGURIFAI_TRY_AS(row, live.next());
            }
            if (row == nullptr || row->key != *key) return {};
            if (row->text != text)
                add({.what = fmt::format("The event {} of audit_event was changed after {} was "
                                         "closed: the segment has it otherwise.",
                                         key->id, month.to_string())});
            SEGURIFAI_TRY_AS(row, live.next());
            return {};
        };
        SEGURIFAI_TRY_AS(auto found, check_segment(folder_, link.manifest, beside));
        if (found) {
            add(std::move(*found));  // what comes after the place is not known: no more of its rows
            return {};
        }
        while (row != nullptr) {
            add_late(*row);
            SEGURIFAI_TRY_AS(row, live.next());
        }
        return {};
    }

    void add_late(const LiveEvent& event) {
        add({.what = fmt::format("The event {} of audit_event, at {}, came after its month was "
                                 "closed.",
                                 event.key.id, event.key.at.to_string())});
    }

    /// Events of months that were closed by closing a later one, and have no segment.
    [[nodiscard]] Result<void> find_late_events() {
        if (closed_.months.empty() || options_.from || options_.to) return {};
        const Month last = closed_.months.rbegin()->first;
        Instant from{kInstantMinMicros};
        for (;;) {
            SEGURIFAI_TRY_AS(const auto oldest, oldest_event(session_, from));
            if (!oldest || Month::of(*oldest) >= last) return {};
            const Month month = Month::of(*oldest);
            SEGURIFAI_TRY_AS(const std::int64_t events, count_events(session_, month));
            if (!closed_.months.contains(month))
                add({.what = fmt::format("{} events of {} are in audit_event; the chain went on "
                                         "without a segment of that month.",
                                         events, month.to_string())});
            from = month.ends();
        }
    }

    sql::Session& session_;
    Folder& folder_;
    const security::Secrets& secrets_;
    const VerificationOptions& options_;
    Closed closed_;
    SegmentRows rows_;
    std::vector<std::string> names_;
    Verification report_;
};

}  // namespace

Result<Verification> verify(sql::Session& session, Folder& folder, const security::Secrets& secrets,
                            const VerificationOptions& options) {
    // An installation that never closed a month has no folder, and looking does not make one.
    SEGURIFAI_TRY_AS(const std::vector<std::string> names, folder.names());
    std::unique_ptr<FolderLock> lock;
    if (!names.empty()) {
        SEGURIFAI_TRY_AS(lock, folder.lock(Folder::Hold::kShared));
    }
    return Verifying(session, folder, secrets, options).run();
}

}  // namespace segurifai::audit_segments
