#pragma once

#include <random>
#include <string>

#include "model/record.hpp"
#include "store/every_type.hpp"

namespace segurifai::testing {

/// Makes rows and filters of EveryType by chance; a seed fixes every choice. The values are few
/// and near one another, so that filters match and uniques collide, with the extremes among them.
class RandomRows {
public:
    explicit RandomRows(std::uint64_t seed) : engine_(seed) {}

    [[nodiscard]] int below(int limit) {
        return static_cast<int>(engine_() % static_cast<std::uint64_t>(limit));
    }
    [[nodiscard]] bool chance(int percent) { return below(100) < percent; }

    [[nodiscard]] std::string text(int characters_max);
    [[nodiscard]] Uuid uuid();
    [[nodiscard]] Date date();
    [[nodiscard]] Instant instant();
    [[nodiscard]] double real();
    [[nodiscard]] std::int64_t wide();
    [[nodiscard]] Json json(bool array);

    /// A row that keeps the rules of its columns, with that key.
    [[nodiscard]] EveryType row(std::int32_t id);

    /// A value of a column as a URL writes it, for filters.
    [[nodiscard]] std::string filter_text(const model::Column& column);

private:
    template <class T>
    std::optional<T> maybe(T value) {
        return chance(30) ? std::nullopt : std::optional<T>(std::move(value));
    }
    std::mt19937_64 engine_;
};

}  // namespace segurifai::testing
