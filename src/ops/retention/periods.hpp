#pragma once

#include <cstdint>

#include "base/time.hpp"

/// How long things are kept (RULES §11).
namespace segurifai::retention {

inline constexpr int kLocationDays = 90;  ///< positions
inline constexpr int kSessionHours = 24;  ///< sessions and their like, after they expire
inline constexpr int kLiveYears = 2;      ///< a request after its end, before the archive
inline constexpr int kArchivedYears = 7;  ///< a request after its end, before it is purged

/// What happened at this instant or before it is due. Positions go by whole UTC days, because that
/// is what PostgreSQL drops: each is kept for 90 full days, and for at most 91.
[[nodiscard]] Instant location_limit(Instant now) noexcept;
[[nodiscard]] Instant session_limit(Instant now) noexcept;
[[nodiscard]] Instant live_limit(Instant now) noexcept;

/// When a request that ended then is purged.
[[nodiscard]] Instant purge_at(Instant ended) noexcept;

/// The same time of day some years before or later. A 29 February that the other year does not
/// have becomes the day before, or the day after: nothing is ever kept shorter.
[[nodiscard]] Instant years_before(Instant at, int years) noexcept;
[[nodiscard]] Instant years_after(Instant at, int years) noexcept;

}  // namespace segurifai::retention
