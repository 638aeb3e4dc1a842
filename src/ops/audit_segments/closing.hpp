#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "ops/audit_segments/folder.hpp"
#include "ops/audit_segments/month.hpp"
#include "ops/audit_segments/segment_reader.hpp"
#include "ops/audit_segments/segment_writer.hpp"
#include "security/secrets.hpp"
#include "sql/session.hpp"

namespace segurifai::audit_segments {

/// A month is closed a day after its end at the earliest: a call ends within a minute of the
/// instant that its events bear, and no clock of an installation is wrong by a day.
inline constexpr std::int64_t kMarginMicros = kMicrosPerDay;
/// A segment goes that many months after its month's end (RULES §11: two years).
inline constexpr int kKeptMonths = 24;

[[nodiscard]] bool may_close(Month month, Instant as_of) noexcept;
[[nodiscard]] bool is_over(Month month, Instant as_of) noexcept;

struct ClosingOptions {
    Instant as_of;                       ///< works as if it were that instant
    bool dry_run = false;                ///< only says what it would do
    std::vector<std::string> held = {};  ///< months whose segments stay past their time
    std::size_t frame_bytes = kFrameBytes;
    std::int64_t batch_events = 1'000;  ///< read at once, and deleted in one transaction
    /// Called now and then: "writing", "comparing" or "removing", and the events done since the
    /// last call of this month and step.
    std::function<void(Month month, std::string_view step, std::int64_t events)> on_progress = {};
};

struct ClosedMonth {
    Month month;
    std::int64_t events = 0;   ///< in the segment
    std::int64_t bytes = 0;    ///< of the segment; 0 in a dry run that would write it
    std::int64_t removed = 0;  ///< rows deleted from audit_event, or to be deleted
    bool written = false;  ///< false: an earlier run wrote it and was ended before its rows went
};

struct ClosingReport {
    std::vector<ClosedMonth> months;
    /// Events that were left where they are, because what a segment says of them is something else.
    std::vector<Finding> findings;
};

/// Writes every month that may be closed to a segment of the folder, oldest first: the segment,
/// read back and compared, then its manifest, with which the month counts as closed, then its row
/// in audit_segment; then deletes its events in batches, each only if every row is, byte for byte,
/// an event of the segment. A run that was ended at any point is finished by the next; a closed
/// month is never written again.
///
/// kConflict when another run holds the folder; kCorrupt, before anything is written, when the
/// manifests there do not follow from one another.
[[nodiscard]] Result<ClosingReport> close_months(sql::Session& session, Folder& folder,
                                                 const security::Secrets& secrets,
                                                 const ClosingOptions& options);

struct RemovedMonth {
    Month month;
    bool had_segment = false;
    std::int64_t events = 0;  ///< in the segment
    std::int64_t bytes = 0;   ///< of the segment
    std::int64_t rows = 0;    ///< that were in audit_event and in no segment: they came too late
};

/// Ends the months whose two years are over: removes their segments, and what close_months(), run
/// before it, left of them in audit_event. Their manifests and rows of audit_segment stay, as the
/// chain's anchor. A month that is held is left. Uses as_of, dry_run, held and batch_events.
[[nodiscard]] Result<std::vector<RemovedMonth>> remove_expired(sql::Session& session,
                                                               Folder& folder,
                                                               const security::Secrets& secrets,
                                                               const ClosingOptions& options);

}  // namespace segurifai::audit_segments
