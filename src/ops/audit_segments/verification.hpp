#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ops/audit_segments/folder.hpp"
#include "ops/audit_segments/month.hpp"
#include "ops/audit_segments/segment_reader.hpp"
#include "security/secrets.hpp"
#include "sql/session.hpp"

namespace segurifai::audit_segments {

/// More are not listed: the archive is then as good as another one.
inline constexpr std::size_t kFindingsMax = 100;

struct VerificationOptions {
    Instant as_of;  ///< now: whether a segment may be gone
    /// Only the segments of these months, both included; the manifests all the same.
    std::optional<Month> from = {};
    std::optional<Month> to = {};
    /// A hash that an earlier verification gave, and that was written down elsewhere: some month
    /// ends with it, or what it vouched for is gone.
    std::optional<std::string> noted = {};
    std::int64_t batch_events = 1'000;
    std::function<void(Month month, std::int64_t events)> on_progress = {};
};

struct Verification {
    std::int64_t months = 0;  ///< closed months looked at
    std::int64_t events = 0;  ///< events of their segments that were found right
    std::int64_t gone = 0;    ///< months whose two years are over and whose manifest alone is left
    std::string last_month = {};  ///< the last closed month asked for; empty: none is
    std::string head = {};        ///< the chain's hash after it: written down elsewhere, it proves
                                  ///< even against whoever has the keys
    std::vector<Finding> findings = {};  ///< empty: everything is as it was written
};

/// Looks at everything that can tell of an edit, a deletion, an insertion, a reordering or a
/// truncation: the manifests, their MACs and how they follow from each other; each segment's
/// events against its manifest; audit_segment against the manifests, both ways; and rows of closed
/// months that are still, or again, in audit_event, against their segment. Changes nothing.
/// kConflict when a run that closes is at work.
[[nodiscard]] Result<Verification> verify(sql::Session& session, Folder& folder,
                                          const security::Secrets& secrets,
                                          const VerificationOptions& options);

}  // namespace segurifai::audit_segments
