#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "sql/value.hpp"

namespace segurifai::gamification {

/// What an achievement's condition looks at.
enum class Metric {
    kModulosCompletados,
    kRachaDias,
    kPuntosTotales,
    kQuizPerfecto,  ///< some module answered with 100: a fact, without a number
};

/// The rule that unlocks an achievement (RULES §9), as data: it is never evaluated as code.
struct Condition {
    Metric metric = Metric::kModulosCompletados;
    std::int32_t at_least = 1;  ///< 1 and more; always 1 for kQuizPerfecto

    /// The one spelling of this rule: "racha_dias >= 7", "quiz_perfecto".
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const Condition&, const Condition&) = default;
};

/// Reads `metric >= integer`, with or without spaces, or `quiz_perfecto` alone. Fails with
/// kInvalid on anything else, the empty text included.
[[nodiscard]] Result<Condition> parse_condition(std::string_view text);

/// The validator of `condicion`. The column's default '' is let through: an achievement without a
/// rule is never awarded by itself, only by hand.
[[nodiscard]] std::optional<std::string> condition_fault(const sql::Value& value);

}  // namespace segurifai::gamification
