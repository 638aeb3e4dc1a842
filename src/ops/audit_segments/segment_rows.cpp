#include "ops/audit_segments/segment_rows.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "model/store.hpp"

namespace segurifai::audit_segments {

Result<SegmentRows> read_rows(sql::Session& session) {
    const model::Filter all(model::table_of<audit::AuditSegment>());
    SEGURIFAI_TRY_AS(auto rows, model::list_blocking<audit::AuditSegment>(session, all));
    SegmentRows found;
    for (audit::AuditSegment& row : rows) {
        const auto month = Month::parse(row.month);
        if (!month)
            return fail(Code::kCorrupt,
                        "A row of audit_segment is not of a month: " + row.month + ".");
        found.insert({*month, std::move(row)});
    }
    return found;
}

std::optional<std::string> difference(const audit::AuditSegment& row, const Link& link) {
    const Manifest& manifest = link.manifest;
    if (row.manifest_sha256 != link.sha256)
        return fmt::format(
            "audit_segment has another manifest of this month, of {} events with the hash {} at "
            "the "
            "end; this one has {} and {}.",
            row.events, row.head, manifest.events, manifest.head);
    if (row.events != manifest.events || row.bytes != manifest.bytes || row.head != manifest.head ||
        row.closed_at != manifest.closed_at)
        return "The row of audit_segment was changed: it names this manifest and says what is not "
               "in it.";
    return std::nullopt;
}

Result<void> record_row(sql::Session& session, const Link& link) {
    audit::AuditSegment row;
    row.month = link.manifest.month.to_string();
    row.events = link.manifest.events;
    row.bytes = link.manifest.bytes;
    row.head = link.manifest.head;
    row.manifest_sha256 = link.sha256;
    row.closed_at = link.manifest.closed_at;
    ManualClock clock(link.manifest.closed_at);
    SEGURIFAI_TRY(model::insert_if_absent_blocking(session, clock, row));
    return {};
}

Result<void> record_removal(sql::Session& session, audit::AuditSegment row, Instant at) {
    row.removed_at = at;
    ManualClock clock(at);
    return model::update_columns_blocking(session, clock, row, {"removed_at"});
}

}  // namespace segurifai::audit_segments
