#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::gamification {

/// What a learning module is about.
enum class ModuleCategory {
    kPrevencion,
    kSeguridadVial,
    kPrimerosAuxilios,
    kFinanzas,
};

/// How much a learning module asks for.
enum class Difficulty {
    kPrincipiante,
    kIntermedio,
    kAvanzado,
};

/// The four options of a quiz question.
enum class AnswerLetter {
    kA,
    kB,
    kC,
    kD,
};

/// Learning levels by total points (RULES §9), lowest first.
enum class Level {
    kNovato,
    kAprendiz,
    kConocedor,
    kExperto,
    kMaestro,
};

}  // namespace segurifai::gamification

namespace segurifai::model {

template <>
inline constexpr std::array kWords<gamification::ModuleCategory>{
    std::string_view("PREVENCION"), std::string_view("SEGURIDAD_VIAL"),
    std::string_view("PRIMEROS_AUXILIOS"), std::string_view("FINANZAS")};

template <>
inline constexpr std::array kWords<gamification::Difficulty>{
    std::string_view("PRINCIPIANTE"), std::string_view("INTERMEDIO"), std::string_view("AVANZADO")};

template <>
inline constexpr std::array kWords<gamification::AnswerLetter>{
    std::string_view("A"), std::string_view("B"), std::string_view("C"), std::string_view("D")};

template <>
inline constexpr std::array kWords<gamification::Level>{
    std::string_view("NOVATO"), std::string_view("APRENDIZ"), std::string_view("CONOCEDOR"),
    std::string_view("EXPERTO"), std::string_view("MAESTRO")};

}  // namespace segurifai::model
