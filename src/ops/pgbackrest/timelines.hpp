#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "ops/pgbackrest/pgbackrest.hpp"

namespace segurifai::pgbackrest {

// A server that was restored writes its log on a timeline of its own, which leaves that of the
// server before it at one position. What the earlier one wrote after that is no part of it, so a
// copy made then is no way to the later one's state.

/// At which position of the log a timeline left each of those it comes from, by their numbers.
using Ancestry = std::map<std::uint32_t, std::uint64_t>;

/// `text` as PostgreSQL writes it: "0/3000148", the upper and the lower half, hexadecimal.
[[nodiscard]] Result<std::uint64_t> log_position(std::string_view text);

/// Of a log file, or of a timeline's history, by its name: its first eight digits, hexadecimal.
[[nodiscard]] Result<std::uint32_t> timeline_of(std::string_view name);

/// `history` as PostgreSQL writes it: a line for each ancestor, its number, the position and why.
/// kCorrupt.
[[nodiscard]] Result<Ancestry> ancestry_in(std::string_view history);

/// The timeline that was written on at `at`; without it, the newest. A copy that had ended by then
/// shows, as a history does, that its timeline had begun.
[[nodiscard]] std::uint32_t timeline_at(const std::vector<Copy>& copies,
                                        const std::vector<Timeline>& timelines,
                                        std::optional<Instant> at) noexcept;

/// The newest of `copies` from which `timeline` is reached and that had ended at `at`, when that
/// is given; nullptr without one. `ancestry` is that timeline's.
[[nodiscard]] const Copy* copy_for(const std::vector<Copy>& copies, std::uint32_t timeline,
                                   const Ancestry& ancestry, std::optional<Instant> at) noexcept;

}  // namespace segurifai::pgbackrest
