#include "apps/gamification/reference_data.hpp"

#include <string_view>

namespace segurifai::gamification {
namespace {

struct AchievementText {
    std::string_view name;
    Condition condition;
    std::int32_t bonus_points;
    std::string_view icon;
    bool secret;
    std::string_view description;
};

constexpr AchievementText kAchievements[] = {
    {"Primer Paso",
     {Metric::kModulosCompletados, 1},
     25,
     "rocket",
     false,
     "Completó su primer módulo de aprendizaje."},
    {"Estudiante Dedicado",
     {Metric::kModulosCompletados, 3},
     100,
     "graduation-cap",
     false,
     "Completó tres módulos de aprendizaje."},
    {"Ruta Completa",
     {Metric::kModulosCompletados, 8},
     150,
     "map",
     false,
     "Completó ocho módulos de aprendizaje."},
    {"Respuesta Perfecta",
     {Metric::kQuizPerfecto, 1},
     30,
     "trophy",
     false,
     "Respondió bien todas las preguntas de un módulo."},
    {"Acumulador", {Metric::kPuntosTotales, 250}, 50, "coins", false, "Reunió 250 puntos."},
    {"Maestro del Conocimiento",
     {Metric::kPuntosTotales, 500},
     100,
     "crown",
     false,
     "Reunió 500 puntos."},
    {"Racha de 7 Días",
     {Metric::kRachaDias, 7},
     75,
     "fire",
     false,
     "Aprendió algo nuevo siete días seguidos."},
    {"Racha de 30 Días",
     {Metric::kRachaDias, 30},
     150,
     "calendar",
     false,
     "Aprendió algo nuevo treinta días seguidos."},
    {"Cien Días Seguidos",
     {Metric::kRachaDias, 100},
     200,
     "diamond",
     true,
     "Aprendió algo nuevo cien días seguidos. Muy pocos llegan hasta aquí."},
    {"Leyenda",
     {Metric::kPuntosTotales, 1500},
     0,
     "star",
     true,
     "Reunió 1,500 puntos. Su constancia es un ejemplo."},
};

}  // namespace

std::vector<Achievement> reference_achievements() {
    std::vector<Achievement> achievements;
    for (const AchievementText& text : kAchievements) {
        Achievement achievement;
        achievement.nombre = text.name;
        achievement.descripcion = text.description;
        achievement.condicion = text.condition.to_string();
        achievement.icono = text.icon;
        achievement.puntos_bonus = text.bonus_points;
        achievement.es_secreto = text.secret;
        achievements.push_back(std::move(achievement));
    }
    return achievements;
}

}  // namespace segurifai::gamification
