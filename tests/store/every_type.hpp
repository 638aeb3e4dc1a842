#pragma once

#include <array>
#include <optional>
#include <string>

#include "model/description.hpp"

namespace segurifai::testing {

enum class Mood { kCalm, kHurried, kLost };

}  // namespace segurifai::testing

namespace segurifai::model {
template <>
inline constexpr std::array kWords<testing::Mood>{
    std::string_view("CALM"), std::string_view("HURRIED"), std::string_view("LOST")};
}  // namespace segurifai::model

namespace segurifai::testing {

/// A parent that any number of rows of EveryType may point at.
struct Place {
    SEGURIFAI_TABLE(Place, {.number = 901,
                            .app = "tests",
                            .name = "tests_place",
                            .retention = Retention::kOperational})
    SEGURIFAI_COLUMN(1, kNone, Uuid, id, .primary_key = true)
    SEGURIFAI_COLUMN(2, kNone, std::string, name, .unique = true, .length = 40)
};

/// One column of every type, once NOT NULL and once nullable.
struct EveryType {
    SEGURIFAI_TABLE(EveryType, {.number = 902,
                                .app = "tests",
                                .name = "tests_everytype",
                                .retention = Retention::kOperational})
    SEGURIFAI_COLUMN(1, kNone, Id<EveryType>, id, .primary_key = true, .identity = true)
    SEGURIFAI_COLUMN(2, kNone, bool, flag, .preset = true)
    SEGURIFAI_COLUMN(3, kNone, std::optional<bool>, flag_or)
    SEGURIFAI_COLUMN(4, kNone, std::int32_t, whole, .preset = 7, .min = "-1000", .max = "1000")
    SEGURIFAI_COLUMN(5, kNone, std::optional<std::int32_t>, whole_or)
    SEGURIFAI_COLUMN(6, kNone, std::int64_t, wide)
    SEGURIFAI_COLUMN(7, kNone, std::optional<std::int64_t>, wide_or)
    SEGURIFAI_COLUMN(8, kNone, double, real)
    SEGURIFAI_COLUMN(9, kNone, std::optional<double>, real_or, .min = "-1000000")
    SEGURIFAI_COLUMN(10, kNone, Money, price, .preset = "1.50", .min = "0")
    SEGURIFAI_COLUMN(11, kNone, std::optional<Coordinate>, latitude_or, .min = "-90", .max = "90")
    SEGURIFAI_COLUMN(12, kNone, std::string, code, .unique = true, .length = 30)
    SEGURIFAI_COLUMN(13, kNone, std::optional<std::string>, nick_or, .length = 30)
    SEGURIFAI_COLUMN(14, kNone, std::string, letters, .length = 1)
    SEGURIFAI_COLUMN(15, kNone, std::string, story, .preset = "")
    SEGURIFAI_COLUMN(16, kNone, std::optional<std::string>, story_or)
    SEGURIFAI_COLUMN(17, kNone, Uuid, token)
    SEGURIFAI_COLUMN(18, kReference, std::optional<Uuid>, place_id, .references = "tests_place",
                     .on_delete = OnDelete::kSetNull)
    SEGURIFAI_COLUMN(19, kNone, Date, day)
    SEGURIFAI_COLUMN(20, kNone, std::optional<Date>, day_or)
    SEGURIFAI_COLUMN(21, kNone, std::optional<Instant>, moment_or)
    SEGURIFAI_COLUMN(22, kNone, Json, tags, .preset = "[]", .json = JsonKind::kArray)
    SEGURIFAI_COLUMN(23, kNone, std::optional<Json>, notes_or)
    SEGURIFAI_COLUMN(24, kNone, Mood, mood, .length = 10, .preset = "CALM")
    SEGURIFAI_COLUMN(25, kCredential, std::optional<std::string>, secret_or, .length = 20)
    SEGURIFAI_COLUMN(26, kNone, Instant, created_at, .auto_time = AutoTime::kInsert)
    SEGURIFAI_COLUMN(27, kNone, Instant, updated_at, .auto_time = AutoTime::kWrite)

    static constexpr std::array kIndexes{
        model::Index{.name = "day_whole", .columns = {"day", "whole"}},
        model::Index{.name = "token_code", .columns = {"token", "code"}, .unique = true},
    };
    static constexpr std::array kChecks{
        model::Check{.name = "days_in_order", .expression = "day_or IS NULL OR day_or >= day"},
    };
};

}  // namespace segurifai::testing
