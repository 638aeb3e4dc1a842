#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/decimal.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/phone.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "model/column.hpp"
#include "sql/value.hpp"

namespace segurifai::model {

/// Links a C++ enumeration with the words the database stores. Enumerators count from 0 without
/// gaps; declare beside the enumeration:
///
///     enum class Role { kUser, kAdmin, kProvider };
///     template <> inline constexpr std::array kWords<Role>{"USER"sv, "ADMIN"sv, "PROVIDER"sv};
template <class Enum>
inline constexpr std::array<std::string_view, 0> kWords{};

template <class T>
concept Choice = std::is_enum_v<T> && (kWords<T>.size() > 0);

/// The word of an enumerator.
template <Choice T>
[[nodiscard]] constexpr std::string_view word(T value) noexcept {
    return kWords<T>[static_cast<std::size_t>(value)];
}

/// How a C++ type is described, loaded and stored. One specialisation per type a column may have.
template <class T>
struct Codec;

template <>
struct Codec<bool> {
    static constexpr Type kType = Type::kBoolean;
    static sql::Value load(bool value) noexcept { return sql::Value::boolean(value); }
    static bool store(bool& out, const sql::Value& value) noexcept {
        out = value.as_boolean();
        return true;
    }
};

template <std::signed_integral T>
struct Codec<T> {
    static constexpr Type kType = sizeof(T) == 8 ? Type::kBigInteger : Type::kInteger;
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "columns are 32 or 64 bits");
    static sql::Value load(T value) noexcept { return sql::Value::integer(value); }
    static bool store(T& out, const sql::Value& value) noexcept {
        const std::int64_t wide = value.as_integer();
        if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max())
            return false;
        out = static_cast<T>(wide);
        return true;
    }
};

template <>
struct Codec<double> {
    static constexpr Type kType = Type::kFloat;
    static sql::Value load(double value) noexcept { return sql::Value::real(value); }
    static bool store(double& out, const sql::Value& value) noexcept {
        out = value.as_real();
        return std::isfinite(out);
    }
};

template <int P, int S>
struct Codec<Decimal<P, S>> {
    static constexpr Type kType = Type::kDecimal;
    static sql::Value load(Decimal<P, S> value) noexcept {
        return sql::Value::decimal(value.unscaled, S);
    }
    static bool store(Decimal<P, S>& out, const sql::Value& value) noexcept {
        out.unscaled = value.as_unscaled();
        return value.scale() == S;
    }
};

template <>
struct Codec<std::string> {
    static constexpr Type kType = Type::kText;  // kVarchar once a length is given
    static sql::Value load(const std::string& value) noexcept { return sql::Value::text(value); }
    static bool store(std::string& out, const sql::Value& value) {
        out = value.as_text();
        return true;
    }
};

template <>
struct Codec<Phone> {
    static constexpr Type kType = Type::kText;
    static sql::Value load(const Phone& value) noexcept { return sql::Value::text(value.text()); }
    static bool store(Phone& out, const sql::Value& value) {
        out = Phone::stored(value.as_text());
        return true;
    }
};

template <>
struct Codec<Json> {
    static constexpr Type kType = Type::kJson;
    static sql::Value load(const Json& value) noexcept { return sql::Value::json(value.text); }
    static bool store(Json& out, const sql::Value& value) {
        out.text = value.as_text();
        return true;
    }
};

template <>
struct Codec<Uuid> {
    static constexpr Type kType = Type::kUuid;
    static sql::Value load(const Uuid& value) noexcept { return sql::Value::uuid(value); }
    static bool store(Uuid& out, const sql::Value& value) noexcept {
        out = value.as_uuid();
        return true;
    }
};

template <>
struct Codec<Date> {
    static constexpr Type kType = Type::kDate;
    static sql::Value load(Date value) noexcept { return sql::Value::date(value); }
    static bool store(Date& out, const sql::Value& value) noexcept {
        out = value.as_date();
        return true;
    }
};

template <>
struct Codec<Instant> {
    static constexpr Type kType = Type::kDateTime;
    static sql::Value load(Instant value) noexcept { return sql::Value::instant(value); }
    static bool store(Instant& out, const sql::Value& value) noexcept {
        out = value.as_instant();
        return true;
    }
};

template <class Of, class Rep>
struct Codec<Id<Of, Rep>> {
    static constexpr Type kType = Codec<Rep>::kType;
    static sql::Value load(const Id<Of, Rep>& id) noexcept { return Codec<Rep>::load(id.value); }
    static bool store(Id<Of, Rep>& out, const sql::Value& value) noexcept {
        return Codec<Rep>::store(out.value, value);
    }
};

template <Choice T>
struct Codec<T> {
    static constexpr Type kType = Type::kText;
    static sql::Value load(T value) noexcept { return sql::Value::text(word(value)); }
    static bool store(T& out, const sql::Value& value) noexcept {
        const std::string_view text = value.as_text();
        for (std::size_t i = 0; i < kWords<T>.size(); ++i) {
            if (kWords<T>[i] != text) continue;
            out = static_cast<T>(i);
            return true;
        }
        return false;
    }
};

/// What a member type says about its column: nullable or not, and the type inside.
template <class T>
struct Member {
    using Inner = T;
    static constexpr bool kNull = false;
};
template <class T>
struct Member<std::optional<T>> {
    using Inner = T;
    static constexpr bool kNull = true;
};

/// The scale a typed NULL of this type carries.
template <class T>
inline constexpr int kScaleOf = 0;
template <int P, int S>
inline constexpr int kScaleOf<Decimal<P, S>> = S;

}  // namespace segurifai::model
