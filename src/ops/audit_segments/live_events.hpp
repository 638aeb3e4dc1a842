#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "ops/audit_segments/month.hpp"
#include "sql/session.hpp"

namespace segurifai::audit_segments {

// The events that are still rows of audit_event. A segment holds them in the order of their keys,
// as the canonical JSON of their rows: the same bytes on both engines.

/// The place of an event: by time, and by number among those of one instant.
struct EventKey {
    Instant at;
    std::int64_t id = 0;

    friend auto operator<=>(const EventKey&, const EventKey&) = default;
};

struct LiveEvent {
    EventKey key;
    std::string text;  ///< canonical JSON of the row

    friend bool operator==(const LiveEvent&, const LiveEvent&) = default;
};

/// The key of an event that was written as text; nothing when the text is no event.
[[nodiscard]] std::optional<EventKey> key_of(std::string_view event) noexcept;

/// The instant of the oldest event at or after `from`; nothing when there is none.
[[nodiscard]] Result<std::optional<Instant>> oldest_event(sql::Session& session, Instant from);

/// How many events a month has.
[[nodiscard]] Result<std::int64_t> count_events(sql::Session& session, Month month);

/// The first events behind `after` and before `end`, at most `limit`, in order.
[[nodiscard]] Result<std::vector<LiveEvent>> events_behind(sql::Session& session, EventKey after,
                                                           Instant end, std::int64_t limit);

/// The events of a month, one after the other, with no more than a batch of them in memory.
class LiveMonth {
public:
    LiveMonth(sql::Session& session, Month month, std::int64_t batch_events)
        : session_(session), end_(month.ends()), batch_events_(batch_events) {
        after_.at = month.begins();
    }

    /// The next event, valid until the next call; nullptr at the end.
    [[nodiscard]] Result<const LiveEvent*> next();

private:
    sql::Session& session_;
    Instant end_;
    std::int64_t batch_events_;
    EventKey after_;  ///< no event has the number 0
    std::vector<LiveEvent> batch_;
    std::size_t at_ = 0;
    bool ended_ = false;
};

/// Deletes the events behind `after` up to and with `last`, and gives what it deleted, in order.
/// Run in a transaction: whoever finds among them what was not meant to go rolls it back.
[[nodiscard]] Result<std::vector<LiveEvent>> remove_events(sql::Session& session, EventKey after,
                                                           EventKey last);

}  // namespace segurifai::audit_segments
