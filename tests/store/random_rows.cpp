#include "store/random_rows.hpp"

#include <charconv>
#include <limits>

namespace segurifai::testing {

std::string RandomRows::text(int characters_max) {
    static constexpr std::string_view kCharacters[] = {"a", "A", "b", "B",  "z", "ñ",  "Ñ", "é",
                                                       "É", "%", "_", "\\", "'", "\"", " ", "\n",
                                                       "0", "9", "ß", "🚗", "İ", "-",  "~"};
    std::string made;
    for (int left = below(std::min(characters_max, 6) + 1); left > 0; --left)
        made += kCharacters[static_cast<std::size_t>(below(std::size(kCharacters)))];
    return made;
}

Uuid RandomRows::uuid() {
    Uuid made;
    made.bytes[0] = static_cast<std::uint8_t>(below(3) * 127);
    made.bytes[15] = static_cast<std::uint8_t>(below(8));
    return made;
}

Date RandomRows::date() {
    if (chance(5)) return Date{kDateMinDays};
    if (chance(5)) return Date{kDateMaxDays};
    return Date{20'000 + below(20)};
}

Instant RandomRows::instant() {
    if (chance(5)) return Instant{kInstantMinMicros};
    if (chance(5)) return Instant{kInstantMaxMicros};
    if (chance(10)) return Instant{-1 - below(3)};
    return Instant{1'770'141'845'000'000 + below(5)};
}

double RandomRows::real() {
    static constexpr double kReals[] = {
        0.0, 0.1, -0.1, 1.0, 1.5, 2.0, 1e-300, 3.0000000000000004, 1e15, -7.25, 100.0, 123456.789};
    return kReals[static_cast<std::size_t>(below(std::size(kReals)))];
}

std::int64_t RandomRows::wide() {
    if (chance(5)) return std::numeric_limits<std::int64_t>::min();
    if (chance(5)) return std::numeric_limits<std::int64_t>::max();
    if (chance(10)) return 9'007'199'254'740'993 + below(2);  // more than a double can tell apart
    return below(20) - 10;
}

Json RandomRows::json(bool array) {
    static constexpr std::string_view kArrays[] = {"[]", R"(["a"])", "[1,2.50]", R"([{"b":null}])",
                                                   R"(["Ñ","🚗"])"};
    static constexpr std::string_view kOthers[] = {"{}",    R"({"a":1,"b":[true]})", R"("text")",
                                                   "false", R"({"aa":1,"b":2})",     "null"};
    return Json{std::string(array ? kArrays[static_cast<std::size_t>(below(std::size(kArrays)))]
                                  : kOthers[static_cast<std::size_t>(below(std::size(kOthers)))])};
}

EveryType RandomRows::row(std::int32_t id) {
    EveryType row;
    row.id.value = id;
    row.flag = chance(50);
    row.flag_or = maybe(chance(50));
    row.whole = below(21) - 10;
    row.whole_or = maybe(chance(5) ? std::numeric_limits<std::int32_t>::min() : below(9));
    row.wide = wide();
    row.wide_or = maybe(wide());
    row.real = real();
    row.real_or = maybe(real());
    row.price.unscaled = chance(5) ? 9'999'999'999 : below(400);
    row.latitude_or = maybe(Coordinate{chance(5) ? -90'000'000 : below(5) - 2});
    row.code = "c" + std::to_string(below(400)) + text(2);
    row.nick_or = maybe(text(30));
    row.letters = std::string(1, static_cast<char>('a' + below(6)));
    row.story = text(60);
    row.story_or = maybe(text(60));
    row.token = uuid();
    if (chance(40)) row.place_id = uuid();
    row.day = date();
    if (chance(60)) row.day_or = date();
    row.moment_or = maybe(instant());
    row.tags = json(true);
    row.notes_or = maybe(json(false));
    row.mood = static_cast<Mood>(below(3));
    row.secret_or = maybe(text(20));
    row.created_at = instant();
    row.updated_at = instant();
    return row;
}

std::string RandomRows::filter_text(const model::Column& column) {
    switch (column.type) {
        case model::Type::kBoolean: return chance(50) ? "true" : "false";
        case model::Type::kInteger: return std::to_string(below(21) - 10);
        case model::Type::kBigInteger: return std::to_string(wide());
        case model::Type::kFloat: {
            std::string out;
            append_json_number(out, real());
            return out;
        }
        case model::Type::kDecimal: return format_decimal(below(400), column.scale);
        case model::Type::kUuid: return uuid().to_string();
        case model::Type::kDate: return date().to_string();
        case model::Type::kDateTime: return instant().to_string();
        case model::Type::kJson: return "[]";
        case model::Type::kVarchar:
        case model::Type::kChar:
        case model::Type::kText: break;
    }
    if (!column.choices.empty())
        return std::string(column.choices[static_cast<std::size_t>(below(3))]);
    return column.name == "code" && chance(50) ? "c" + std::to_string(below(40)) : text(3);
}

}  // namespace segurifai::testing
