#include "migrate/migration_words.hpp"

#include <charconv>

namespace segurifai::migrate::words {

namespace {

constexpr Words<model::Type, 12> kTypes{{{"BOOLEAN", model::Type::kBoolean},
                                         {"INTEGER", model::Type::kInteger},
                                         {"BIGINT", model::Type::kBigInteger},
                                         {"FLOAT", model::Type::kFloat},
                                         {"DECIMAL", model::Type::kDecimal},
                                         {"VARCHAR", model::Type::kVarchar},
                                         {"CHAR", model::Type::kChar},
                                         {"TEXT", model::Type::kText},
                                         {"UUID", model::Type::kUuid},
                                         {"DATE", model::Type::kDate},
                                         {"DATETIME", model::Type::kDateTime},
                                         {"JSON", model::Type::kJson}}};

/// Reads a number at the start of `text` and takes it off.
std::optional<int> take_number(std::string_view& text) {
    int number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

}  // namespace

std::optional<SpelledType> parse_type(std::string_view text) {
    const std::size_t open = text.find('(');
    const auto type = value_of(kTypes, text.substr(0, open));
    if (!type) return std::nullopt;
    SpelledType spelled{.type = *type};
    if (open != std::string_view::npos) {
        std::string_view rest = text.substr(open + 1);
        const auto first = take_number(rest);
        if (!first) return std::nullopt;
        if (*type == model::Type::kDecimal) {
            if (!rest.starts_with(',')) return std::nullopt;
            rest.remove_prefix(1);
            const auto second = take_number(rest);
            if (!second) return std::nullopt;
            spelled.precision = *first;
            spelled.scale = *second;
        } else {
            spelled.length = *first;
        }
    }
    // Whatever was read must be written the same way: "VARCHAR( 5)", "UUID(3)", "VARCHAR" are not.
    const bool sized = *type == model::Type::kVarchar || *type == model::Type::kChar;
    if (sized && spelled.length <= 0) return std::nullopt;
    if (*type == model::Type::kDecimal &&
        (spelled.precision <= 0 || spelled.scale < 0 || spelled.scale > spelled.precision))
        return std::nullopt;
    if (model::spelling(*type, spelled.length, spelled.precision, spelled.scale) != text)
        return std::nullopt;
    return spelled;
}

}  // namespace segurifai::migrate::words
