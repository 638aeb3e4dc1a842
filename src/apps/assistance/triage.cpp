#include "apps/assistance/triage.hpp"

#include <algorithm>

namespace segurifai::assistance {
namespace {

constexpr std::int32_t kInfantBelow = 2;
constexpr std::int32_t kElderlyAbove = 65;

std::int32_t score_of(const TriageAnswers& answers, const TriageWeights& weights) noexcept {
    std::int64_t score = 0;
    if (answers.age < kInfantBelow || answers.age > kElderlyAbove) score += weights.age;
    switch (answers.consciousness) {
        case Consciousness::kAlert: break;
        case Consciousness::kDrowsy:
        case Consciousness::kConfused: score += weights.clouded; break;
        case Consciousness::kUnconscious: score += weights.unconscious; break;
    }
    if (answers.breathing) score += weights.breathing;
    if (answers.chest_pain) score += weights.chest_pain;
    if (answers.bleeding) score += weights.bleeding;
    score += weights.kind.at(static_cast<std::size_t>(answers.kind));
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(score, 0, kTriageScoreMax));
}

/// Advice in the order in which it is to be followed (SEED_DATA §5.3, module 2).
std::vector<Advice> advice_for(const TriageAnswers& answers, TriageLevel level) {
    const bool is_unconscious = answers.consciousness == Consciousness::kUnconscious;
    const bool is_hurt =
        answers.kind == PatientKind::kAccident || answers.kind == PatientKind::kInjury;
    const bool hard_to_breathe = answers.breathing || answers.kind == PatientKind::kBreathing ||
                                 answers.chest_pain || answers.kind == PatientKind::kCardiac;
    std::vector<Advice> advice;
    const auto add_if = [&](bool wanted, Advice what) {
        if (wanted) advice.push_back(what);
    };
    add_if(level == TriageLevel::kCritical, Advice::kCallEmergencyNow);
    add_if(is_unconscious, Advice::kCheckBreathing);
    add_if(answers.bleeding, Advice::kPressOnBleeding);
    add_if(is_hurt, Advice::kDoNotMove);
    // Who may have hurt the spine is not turned.
    add_if(is_unconscious && !is_hurt, Advice::kTurnOnSide);
    add_if(hard_to_breathe && !is_unconscious && !is_hurt, Advice::kSitUpright);
    add_if(answers.kind == PatientKind::kStroke, Advice::kNoteTheHour);
    add_if(answers.kind == PatientKind::kSeizure, Advice::kClearTheSpace);
    add_if(answers.kind == PatientKind::kPoisoning, Advice::kKeepThePackage);
    add_if(level != TriageLevel::kLow, Advice::kNothingToDrink);
    advice.push_back(Advice::kStayWithThePatient);
    return advice;
}

constexpr Priority priority_of(TriageLevel level) noexcept {
    switch (level) {
        case TriageLevel::kLow: return Priority::kLow;
        case TriageLevel::kMedium: return Priority::kMedium;
        case TriageLevel::kHigh: return Priority::kHigh;
        case TriageLevel::kCritical: return Priority::kUrgent;
    }
    return Priority::kUrgent;
}

}  // namespace

Triage triage(const TriageAnswers& answers, const TriageWeights& weights) {
    Triage result;
    result.score = score_of(answers, weights);
    const bool critical_by_itself = answers.consciousness == Consciousness::kUnconscious ||
                                    answers.kind == PatientKind::kStroke;
    if (critical_by_itself) result.score = std::max(result.score, kTriageCriticalFrom);
    result.level = level_of(result.score);
    result.advice = advice_for(answers, result.level);
    if (result.level == TriageLevel::kCritical) result.call_now = kEmergencyNumbers;
    return result;
}

Priority priority_after(TriageLevel level, Priority asked) noexcept {
    return std::max(priority_of(level), asked);
}

}  // namespace segurifai::assistance
