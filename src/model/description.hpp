#pragma once

/// How a table is described: a plain struct whose members carry their column's facts.
///
///     struct ServiceCategory {
///         SEGURIFAI_TABLE(ServiceCategory, {.number = 2, .app = "services",
///                                           .name = "services_servicecategory",
///                                           .retention = Retention::kReferenceData})
///         SEGURIFAI_COLUMN(1, kNone, Id<ServiceCategory>, id, .primary_key = true,
///                          .identity = true)
///         SEGURIFAI_COLUMN(2, kNone, std::string, name, .length = 100)
///     };
///
/// Each SEGURIFAI_COLUMN declares the member and its description at once, so the two cannot
/// drift and a new column is one line. Its arguments: the stable number (never used twice, also
/// not after a removal), the personal-data tag, the C++ type (std::optional = nullable), the
/// name, and ColumnOptions. Macros are used because C++23 cannot enumerate members; everything
/// they produce is constexpr data, and the struct stays an aggregate.
///
/// `table_of<ServiceCategory>()` gives the flat `Table`; all generic code works on that.

#include <array>
#include <cstddef>
#include <utility>

#include "model/codec.hpp"
#include "model/column.hpp"
#include "model/table.hpp"

namespace segurifai::model {

/// The largest column number in use over all tables.
inline constexpr std::size_t kColumnNumberMax = 64;

template <std::size_t N>
struct Number {};

namespace detail {

template <class Row, class T, T Row::* Member_>
struct Access {
    using Inner = typename Member<T>::Inner;

    static sql::Value load(const void* row) {
        const T& member = static_cast<const Row*>(row)->*Member_;
        if constexpr (Member<T>::kNull) {
            return member ? Codec<Inner>::load(*member)
                          : sql::Value::null(value_type(Codec<Inner>::kType), kScaleOf<Inner>);
        } else {
            return Codec<Inner>::load(member);
        }
    }

    static bool store(void* row, const sql::Value& value) {
        T& member = static_cast<Row*>(row)->*Member_;
        if constexpr (Member<T>::kNull) {
            if (value.is_null()) {
                member.reset();
                return true;
            }
            if (value.type() != value_type(Codec<Inner>::kType)) return false;
            return Codec<Inner>::store(member.emplace(), value);
        } else {
            if (value.is_null() || value.type() != value_type(Codec<Inner>::kType)) return false;
            return Codec<Inner>::store(member, value);
        }
    }
};

template <class T>
constexpr std::span<const std::string_view> choices_of() {
    if constexpr (Choice<T>) {
        return kWords<T>;
    } else {
        return {};
    }
}

template <class T>
inline constexpr int kPrecisionOf = 0;
template <int P, int S>
inline constexpr int kPrecisionOf<Decimal<P, S>> = P;

}  // namespace detail

/// Makes the flat column of a member. Used by SEGURIFAI_COLUMN only.
template <auto MemberPointer, class Row, class T>
consteval Column describe_member(std::uint16_t number, Personal personal, std::string_view name,
                                 const ColumnOptions& options) {
    using Inner = typename Member<T>::Inner;
    using Access = detail::Access<Row, T, MemberPointer>;
    Column column;
    column.number = number;
    column.name = name;
    column.type = Codec<Inner>::kType;
    if (column.type == Type::kText && options.length == 1) column.type = Type::kChar;
    if (column.type == Type::kText && options.length > 1) column.type = Type::kVarchar;
    column.length = options.length;
    column.precision = detail::kPrecisionOf<Inner>;
    column.scale = kScaleOf<Inner>;
    column.null = Member<T>::kNull;
    column.primary_key = options.primary_key;
    column.identity = options.identity;
    column.unique = options.unique;
    column.unique_name = options.unique_name;
    column.preset = options.preset;
    column.auto_time = options.auto_time;
    column.choices = detail::choices_of<Inner>();
    column.references = options.references;
    column.on_delete = options.on_delete;
    column.min = options.min;
    column.max = options.max;
    column.json = options.json;
    column.validate = options.validate;
    column.personal = personal;
    column.retention = options.retention;
    column.help = options.help;
    column.load = &Access::load;
    column.store = &Access::store;
    return column;
}

/// The value a new struct's member starts with: the column's default.
template <class T>
[[nodiscard]] T initial(const Default& preset) {
    // Made of its text at once: a list makes a thousand of these.
    if constexpr (std::is_same_v<T, std::string>) return std::string(preset.text());
    T value{};
    if constexpr (!Member<T>::kNull) {
        switch (preset.kind()) {
            case Default::Kind::kNone: break;
            case Default::Kind::kBoolean:
                if constexpr (std::is_same_v<T, bool>) value = preset.integer() != 0;
                break;
            case Default::Kind::kInteger:
                if constexpr (std::signed_integral<T>) value = static_cast<T>(preset.integer());
                break;
            case Default::Kind::kText:
                if constexpr (std::is_same_v<T, Json>)
                    value.text = preset.text();
                else if constexpr (Choice<T>)
                    (void)Codec<T>::store(value, sql::Value::text(preset.text()));
                else if constexpr (requires { T::kScale; })
                    value = T::parse(preset.text()).value_or(T{});
                break;
        }
    }
    return value;
}

namespace detail {

template <class T, std::size_t N>
concept HasColumn = requires { T::describe(Number<N>{}); };

template <class T, std::size_t... N>
consteval std::size_t count_columns(std::index_sequence<N...>) {
    return (static_cast<std::size_t>(HasColumn<T, N>) + ...);
}

template <class T, std::size_t N, std::size_t Size>
consteval void append_column(std::array<Column, Size>& columns, std::size_t& at) {
    if constexpr (HasColumn<T, N>) columns[at++] = T::describe(Number<N>{});
}

template <class T, std::size_t... N>
consteval auto collect_columns(std::index_sequence<N...> numbers) {
    std::array<Column, count_columns<T>(numbers)> columns{};
    std::size_t at = 0;
    (append_column<T, N>(columns, at), ...);
    return columns;
}

template <class T>
inline constexpr auto kColumns =
    collect_columns<T>(std::make_index_sequence<kColumnNumberMax + 1>{});

template <class T>
constexpr std::span<const Index> indexes_of() {
    if constexpr (requires { T::kIndexes; })
        return T::kIndexes;
    else
        return {};
}

template <class T>
constexpr std::span<const Check> checks_of() {
    if constexpr (requires { T::kChecks; })
        return T::kChecks;
    else
        return {};
}

template <class T>
inline constexpr Table kTable{
    .number = T::kTableOptions.number,
    .app = T::kTableOptions.app,
    .name = T::kTableOptions.name,
    .retention = T::kTableOptions.retention,
    .partition_by = T::kTableOptions.partition_by,
    .retained_from = T::kTableOptions.retained_from,
    .help = T::kTableOptions.help,
    .columns = kColumns<T>,
    .indexes = indexes_of<T>(),
    .checks = checks_of<T>(),
};

}  // namespace detail

/// A struct made with SEGURIFAI_TABLE.
template <class T>
concept Described = requires { T::kTableOptions; };

/// The flat description of `T`; lives as long as the program.
template <Described T>
[[nodiscard]] constexpr const Table& table_of() noexcept {
    return detail::kTable<T>;
}

}  // namespace segurifai::model

#define SEGURIFAI_TABLE(row, ...)                    \
    using Self = row;                                \
    using Retention = ::segurifai::model::Retention; \
    using OnDelete = ::segurifai::model::OnDelete;   \
    using AutoTime = ::segurifai::model::AutoTime;   \
    static constexpr ::segurifai::model::TableOptions kTableOptions __VA_ARGS__;

#define SEGURIFAI_COLUMN(number, personal, type, name, ...)                                    \
    static consteval ::segurifai::model::ColumnOptions options(                                \
        ::segurifai::model::Number<number>) {                                                  \
        return {__VA_ARGS__};                                                                  \
    }                                                                                          \
    static consteval ::segurifai::model::Column describe(::segurifai::model::Number<number>) { \
        return ::segurifai::model::describe_member<&Self::name, Self, type>(                   \
            number, ::segurifai::model::Personal::personal, #name,                             \
            options(::segurifai::model::Number<number>{}));                                    \
    }                                                                                          \
    static constexpr ::segurifai::model::Default preset(::segurifai::model::Number<number>) {  \
        return options(::segurifai::model::Number<number>{}).preset;                           \
    }                                                                                          \
    type name = ::segurifai::model::initial<type>(preset(::segurifai::model::Number<number>{}));
