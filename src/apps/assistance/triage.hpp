#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "apps/assistance/choices.hpp"
#include "model/codec.hpp"

// How urgent a request about a person's health is (RULES §6, SEED_DATA §2).

namespace segurifai::assistance {

enum class Consciousness : std::uint8_t { kAlert, kDrowsy, kConfused, kUnconscious };

/// What happened to the patient.
enum class PatientKind : std::uint8_t {
    kStroke,
    kCardiac,
    kBreathing,
    kSeizure,
    kPoisoning,
    kAccident,
    kInjury,
    kOther,
};

/// Least first.
enum class TriageLevel : std::uint8_t { kLow, kMedium, kHigh, kCritical };

/// What the caller is told to do; a key, its sentences stand in the translations.
enum class Advice : std::uint8_t {
    kCallEmergencyNow,    ///< 122, 123 or 1554, before anything else
    kCheckBreathing,      ///< for at most 10 s; not breathing normally: compressions
    kTurnOnSide,          ///< breathing but not responding
    kSitUpright,          ///< trouble to breathe, pain in the chest
    kPressOnBleeding,     ///< firm direct pressure
    kNoteTheHour,         ///< a stroke is treated by the clock
    kClearTheSpace,       ///< a seizure: nothing in the mouth
    kKeepThePackage,      ///< of what was swallowed; no vomiting
    kDoNotMove,           ///< possible injury of the spine
    kNothingToDrink,      ///< nor to eat
    kStayWithThePatient,  ///< and tell what changes
};

}  // namespace segurifai::assistance

namespace segurifai::model {

template <>
inline constexpr std::array kWords<assistance::Consciousness>{
    std::string_view("ALERT"), std::string_view("DROWSY"), std::string_view("CONFUSED"),
    std::string_view("UNCONSCIOUS")};

template <>
inline constexpr std::array kWords<assistance::PatientKind>{
    std::string_view("STROKE"),  std::string_view("CARDIAC"),   std::string_view("BREATHING"),
    std::string_view("SEIZURE"), std::string_view("POISONING"), std::string_view("ACCIDENT"),
    std::string_view("INJURY"),  std::string_view("OTHER")};

template <>
inline constexpr std::array kWords<assistance::TriageLevel>{
    std::string_view("LOW"), std::string_view("MEDIUM"), std::string_view("HIGH"),
    std::string_view("CRITICAL")};

template <>
inline constexpr std::array kWords<assistance::Advice>{
    std::string_view("call_emergency_now"),   std::string_view("check_breathing"),
    std::string_view("turn_on_side"),         std::string_view("sit_upright"),
    std::string_view("press_on_bleeding"),    std::string_view("note_the_hour"),
    std::string_view("clear_the_space"),      std::string_view("keep_the_package"),
    std::string_view("do_not_move"),          std::string_view("nothing_to_drink"),
    std::string_view("stay_with_the_patient")};

}  // namespace segurifai::model

namespace segurifai::assistance {

/// What the caller says of the patient.
struct TriageAnswers {
    std::int32_t age = 0;  ///< years, 0 to kPatientAgeMax; under one year = 0
    Consciousness consciousness = Consciousness::kAlert;
    bool breathing = false;  ///< difficulty
    bool chest_pain = false;
    bool bleeding = false;  ///< heavy
    PatientKind kind = PatientKind::kOther;
};

inline constexpr std::int32_t kPatientAgeMax = 130;

/// Points of each sign; a setting. They are summed and capped at 100.
struct TriageWeights {
    std::int32_t age = 15;  ///< under 2 or over 65
    std::int32_t unconscious = 70;
    std::int32_t clouded = 30;  ///< CONFUSED or DROWSY
    std::int32_t breathing = 45;
    std::int32_t chest_pain = 45;
    std::int32_t bleeding = 45;
    std::array<std::int32_t, 8> kind{70, 45, 45, 45, 30, 15, 15, 0};  ///< by PatientKind
};

inline constexpr std::int32_t kTriageScoreMax = 100;
inline constexpr std::int32_t kTriageMediumFrom = 20;
inline constexpr std::int32_t kTriageHighFrom = 45;
inline constexpr std::int32_t kTriageCriticalFrom = 70;

/// Bomberos Voluntarios, Municipales, and Municipales Departamentales.
inline constexpr std::array kEmergencyNumbers{std::string_view("122"), std::string_view("123"),
                                              std::string_view("1554")};

struct Triage {
    std::int32_t score = 0;  ///< 0 to 100
    TriageLevel level = TriageLevel::kLow;
    std::vector<Advice> advice;                  ///< most urgent first
    std::span<const std::string_view> call_now;  ///< kEmergencyNumbers when CRITICAL, else empty
};

/// An unconscious person or a stroke is CRITICAL by itself, whatever the weights are set to.
[[nodiscard]] Triage triage(const TriageAnswers& answers, const TriageWeights& weights = {});

/// The level of a score: ≥ 70 CRITICAL, ≥ 45 HIGH, ≥ 20 MEDIUM.
[[nodiscard]] constexpr TriageLevel level_of(std::int32_t score) noexcept {
    if (score >= kTriageCriticalFrom) return TriageLevel::kCritical;
    if (score >= kTriageHighFrom) return TriageLevel::kHigh;
    return score >= kTriageMediumFrom ? TriageLevel::kMedium : TriageLevel::kLow;
}

/// The priority of a request: the higher of what was asked for and what the triage says (CRITICAL
/// = URGENT). Automation never turns a case down.
[[nodiscard]] Priority priority_after(TriageLevel level, Priority asked) noexcept;

}  // namespace segurifai::assistance
