#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "sql/value.hpp"

namespace segurifai::providers {

/// From `opens` up to `closes`, in minutes after midnight, Guatemala time. A range whose end is
/// before its beginning passes midnight.
struct OpeningRange {
    std::int32_t opens = 0;   ///< 0 to 1439
    std::int32_t closes = 0;  ///< 1 to 1440

    friend bool operator==(const OpeningRange&, const OpeningRange&) = default;
};

/// When a provider works:
///
///     {"mon":[["06:00","22:00"]], …, "sun":[], "exceptions":[{"date":"2026-12-25","hours":[]}]}
///
/// `{}` means always. Otherwise a day of the week that is left out, or that has no range, is a day
/// off; an exception replaces the hours of its date. A day ends at "24:00".
struct WorkingHours {
    bool always = true;
    std::array<std::vector<OpeningRange>, 7> week;  ///< Monday first
    std::map<Date, std::vector<OpeningRange>> exceptions;
};

/// Reads the JSON text above. Strict; fails with kInvalid and every fault under its path.
[[nodiscard]] Result<WorkingHours> parse_working_hours(std::string_view json);

/// What is wrong with the JSON text above; nothing when it can be read.
[[nodiscard]] std::vector<Fault> working_hours_faults(std::string_view json);

/// The validator of `working_hours`.
[[nodiscard]] std::optional<std::string> working_hours_fault(const sql::Value& value);

}  // namespace segurifai::providers
