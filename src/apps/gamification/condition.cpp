#include "apps/gamification/condition.hpp"

#include <array>
#include <charconv>

namespace segurifai::gamification {
namespace {

constexpr std::array<std::string_view, 4> kMetricNames{"modulos_completados", "racha_dias",
                                                       "puntos_totales", "quiz_perfecto"};

std::string_view trimmed(std::string_view text) noexcept {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::unexpected<Error> refuse() {
    return fail(Code::kInvalid,
                "Write the condition as modulos_completados, racha_dias or puntos_totales, then "
                ">= and a whole number from 1, or write quiz_perfecto alone.");
}

}  // namespace

std::string Condition::to_string() const {
    std::string text(kMetricNames[static_cast<std::size_t>(metric)]);
    if (metric != Metric::kQuizPerfecto) text += " >= " + std::to_string(at_least);
    return text;
}

Result<Condition> parse_condition(std::string_view text) {
    text = trimmed(text);
    if (text == kMetricNames[static_cast<std::size_t>(Metric::kQuizPerfecto)])
        return Condition{.metric = Metric::kQuizPerfecto, .at_least = 1};
    const std::size_t sign = text.find(">=");
    if (sign == std::string_view::npos) return refuse();
    const std::string_view name = trimmed(text.substr(0, sign));
    const std::string_view number = trimmed(text.substr(sign + 2));

    Condition condition;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), condition.at_least);
    if (error != std::errc() || end != number.data() + number.size() || condition.at_least < 1)
        return refuse();
    for (const Metric metric :
         {Metric::kModulosCompletados, Metric::kRachaDias, Metric::kPuntosTotales}) {
        if (name != kMetricNames[static_cast<std::size_t>(metric)]) continue;
        condition.metric = metric;
        return condition;
    }
    return refuse();
}

std::optional<std::string> condition_fault(const sql::Value& value) {
    if (value.as_text().empty()) return std::nullopt;
    if (const auto parsed = parse_condition(value.as_text()); !parsed)
        return parsed.error().message;
    return std::nullopt;
}

}  // namespace segurifai::gamification
