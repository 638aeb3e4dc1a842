#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "apps/gamification/choices.hpp"
#include "apps/gamification/condition.hpp"
#include "apps/keys.hpp"
#include "base/time.hpp"
#include "model/description.hpp"
#include "model/table.hpp"
#include "model/validators.hpp"

namespace segurifai::gamification {

/// Educational learning modules.
struct EducationalModule {
    SEGURIFAI_TABLE(EducationalModule, {.number = 14,
                                        .app = "gamification",
                                        .name = "gamification_educationalmodule",
                                        .retention = Retention::kReferenceData,
                                        .help = "Educational learning modules."})

    SEGURIFAI_COLUMN(1, kNone, EducationalModuleId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, titulo, .length = 200, .help = "Module title")
    SEGURIFAI_COLUMN(3, kNone, std::string, descripcion, .preset = "", .help = "Description")
    SEGURIFAI_COLUMN(4, kNone, ModuleCategory, categoria, .length = 50, .help = "Category")
    SEGURIFAI_COLUMN(5, kNone, Difficulty, dificultad, .length = 20, .preset = "PRINCIPIANTE",
                     .help = "Difficulty")
    SEGURIFAI_COLUMN(6, kNone, std::int32_t, orden, .preset = 0, .min = "0",
                     .help = "Display order")
    SEGURIFAI_COLUMN(7, kNone, std::int32_t, puntos_completar, .preset = 0, .min = "0",
                     .help = "Completion points")
    SEGURIFAI_COLUMN(8, kNone, std::int32_t, duracion_minutos, .preset = 10, .min = "0",
                     .help = "Duration")
    SEGURIFAI_COLUMN(9, kNone, std::string, contenido, .preset = "", .help = "Markdown content")
    SEGURIFAI_COLUMN(10, kNone, std::optional<std::string>, video_url, .length = 500,
                     .validate = &model::validators::url, .help = "Video link")
    SEGURIFAI_COLUMN(11, kNone, bool, esta_activo, .preset = true, .help = "Active status")
    SEGURIFAI_COLUMN(12, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(13, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")
};

/// Quiz questions for modules.
struct QuizQuestion {
    SEGURIFAI_TABLE(QuizQuestion, {.number = 15,
                                   .app = "gamification",
                                   .name = "gamification_quizquestion",
                                   .retention = Retention::kReferenceData,
                                   .help = "Quiz questions for modules."})

    SEGURIFAI_COLUMN(1, kNone, QuizQuestionId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, EducationalModuleId, modulo_id,
                     .references = "gamification_educationalmodule",
                     .on_delete = OnDelete::kCascade, .help = "Parent module")
    SEGURIFAI_COLUMN(3, kNone, std::string, pregunta, .help = "Question text")
    SEGURIFAI_COLUMN(4, kNone, std::string, opcion_a, .length = 500, .help = "Option A")
    SEGURIFAI_COLUMN(5, kNone, std::string, opcion_b, .length = 500, .help = "Option B")
    SEGURIFAI_COLUMN(6, kNone, std::string, opcion_c, .length = 500, .help = "Option C")
    SEGURIFAI_COLUMN(7, kNone, std::string, opcion_d, .length = 500, .help = "Option D")
    SEGURIFAI_COLUMN(8, kNone, AnswerLetter, respuesta_correcta, .length = 1,
                     .help = "The right option")
    SEGURIFAI_COLUMN(9, kNone, std::string, explicacion, .preset = "", .help = "Answer explanation")
    SEGURIFAI_COLUMN(10, kNone, std::int32_t, orden, .preset = 0, .min = "0",
                     .help = "Question order")
};

/// Available achievements/badges.
struct Achievement {
    SEGURIFAI_TABLE(Achievement, {.number = 16,
                                  .app = "gamification",
                                  .name = "gamification_achievement",
                                  .retention = Retention::kReferenceData,
                                  .help = "Available achievements/badges."})

    SEGURIFAI_COLUMN(1, kNone, AchievementId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kNone, std::string, nombre, .unique = true, .length = 100,
                     .help = "Achievement name")
    SEGURIFAI_COLUMN(3, kNone, std::string, descripcion, .preset = "", .help = "Description")
    SEGURIFAI_COLUMN(4, kNone, std::string, condicion, .length = 200, .preset = "",
                     .validate = &condition_fault,
                     .help = "Unlock condition (RULES §9); '' = given by hand only")
    SEGURIFAI_COLUMN(5, kNone, std::string, icono, .length = 50, .preset = "",
                     .help = "Icon identifier")
    SEGURIFAI_COLUMN(6, kNone, std::int32_t, puntos_bonus, .preset = 0, .min = "0",
                     .help = "Bonus points")
    SEGURIFAI_COLUMN(7, kNone, bool, es_secreto, .preset = false, .help = "Hidden achievement")
    SEGURIFAI_COLUMN(8, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
};

/// User points and levels.
struct UserPoints {
    SEGURIFAI_TABLE(UserPoints, {.number = 17,
                                 .app = "gamification",
                                 .name = "gamification_userpoints",
                                 .retention = Retention::kAccount,
                                 .help = "User points and levels."})

    SEGURIFAI_COLUMN(1, kNone, UserPointsId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, users::UserId, user_id, .unique = true,
                     .references = "users_user", .on_delete = OnDelete::kCascade, .help = "User")
    SEGURIFAI_COLUMN(3, kNone, std::int32_t, puntos_totales, .preset = 0, .min = "0",
                     .help = "Total points")
    SEGURIFAI_COLUMN(4, kNone, Level, nivel, .length = 20, .preset = "NOVATO",
                     .help = "Level that puntos_totales gives")
    SEGURIFAI_COLUMN(5, kNone, std::int32_t, racha_dias, .preset = 0, .min = "0",
                     .help = "Day streak")
    SEGURIFAI_COLUMN(6, kNone, std::optional<Date>, ultima_actividad, .help = "Last activity")
    SEGURIFAI_COLUMN(7, kNone, std::int32_t, modulos_completados, .preset = 0, .min = "0",
                     .help = "Completed modules")
    SEGURIFAI_COLUMN(8, kNone, Instant, created_at, .auto_time = AutoTime::kInsert,
                     .help = "Creation timestamp")
    SEGURIFAI_COLUMN(9, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite,
                     .help = "Update timestamp")
};

/// User earned achievements.
struct UserAchievement {
    SEGURIFAI_TABLE(UserAchievement, {.number = 18,
                                      .app = "gamification",
                                      .name = "gamification_userachievement",
                                      .retention = Retention::kAccount,
                                      .help = "User earned achievements."})

    SEGURIFAI_COLUMN(1, kNone, UserAchievementId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kCascade, .help = "User")
    SEGURIFAI_COLUMN(3, kNone, AchievementId, achievement_id,
                     .references = "gamification_achievement", .on_delete = OnDelete::kRestrict,
                     .help = "Achievement")
    SEGURIFAI_COLUMN(4, kNone, Instant, earned_at, .auto_time = AutoTime::kInsert,
                     .help = "Earning timestamp")

    static constexpr std::array kIndexes{
        model::Index{.name = "user_id_achievement_id_uniq",
                     .columns = {"user_id", "achievement_id"},
                     .unique = true},
    };
};

/// User module progress.
struct UserProgress {
    SEGURIFAI_TABLE(UserProgress, {.number = 19,
                                   .app = "gamification",
                                   .name = "gamification_userprogress",
                                   .retention = Retention::kAccount,
                                   .help = "User module progress."})

    SEGURIFAI_COLUMN(1, kNone, UserProgressId, id, .primary_key = true, .identity = true,
                     .help = "Primary key")
    SEGURIFAI_COLUMN(2, kReference, users::UserId, user_id, .references = "users_user",
                     .on_delete = OnDelete::kCascade, .help = "User")
    SEGURIFAI_COLUMN(3, kNone, EducationalModuleId, modulo_id,
                     .references = "gamification_educationalmodule",
                     .on_delete = OnDelete::kRestrict, .help = "Module")
    SEGURIFAI_COLUMN(4, kNone, bool, esta_completado, .preset = false, .help = "Completion status")
    SEGURIFAI_COLUMN(5, kNone, std::optional<std::int32_t>, puntuacion_quiz, .min = "0",
                     .max = "100", .help = "Quiz score")
    SEGURIFAI_COLUMN(6, kNone, std::int32_t, intentos_quiz, .preset = 0, .min = "0",
                     .help = "Quiz attempts")
    SEGURIFAI_COLUMN(7, kNone, std::int32_t, tiempo_dedicado, .preset = 0, .min = "0",
                     .help = "Time spent (min)")
    SEGURIFAI_COLUMN(8, kNone, Instant, started_at, .auto_time = AutoTime::kInsert,
                     .help = "Start timestamp")
    SEGURIFAI_COLUMN(9, kNone, std::optional<Instant>, completed_at, .help = "Completion timestamp")

    static constexpr std::array kIndexes{
        model::Index{
            .name = "user_id_modulo_id_uniq", .columns = {"user_id", "modulo_id"}, .unique = true},
    };
};

/// Every table of this app, in number order.
[[nodiscard]] std::span<const model::Table* const> tables() noexcept;

}  // namespace segurifai::gamification
