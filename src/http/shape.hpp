#pragma once

/// How the JSON of an operation is described: a plain struct and the list of its fields.
///
///     struct Cancel {
///         static constexpr std::string_view kShape = "Cancel";
///         std::string reason;
///         std::optional<std::int32_t> wave;
///         static consteval auto fields() {
///             return std::array{http::field<&Cancel::reason>("reason", {.length = 500}),
///                               http::field<&Cancel::wave>("wave", {.min = "0"})};
///         }
///     };
///
/// From it come strict reading with every fault at once, writing, and OpenAPI. A member may be a
/// scalar that model::Codec knows (bool, int32, int64, double, text, Json, Uuid, Date, Instant,
/// Phone, Decimal, Id, an enumeration with kWords), a shaped struct, a std::vector of these, a
/// std::optional of these (not required; null where it is written as null), or a Maybe (merge
/// patch: absent, null, or a value). `row<&View::plan>()` puts the columns of a described table's
/// row among the fields.

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "model/description.hpp"

namespace segurifai::http {

/// A field of a merge patch (RFC 7396): absent = unchanged, null = cleared.
template <class T>
class Maybe {
public:
    [[nodiscard]] bool given() const noexcept { return given_; }
    [[nodiscard]] bool null() const noexcept { return given_ && !value_; }
    [[nodiscard]] const T& operator*() const { return *value_; }
    [[nodiscard]] const T* operator->() const { return &*value_; }
    [[nodiscard]] const std::optional<T>& value() const noexcept { return value_; }
    void clear() {
        given_ = true;
        value_.reset();
    }
    T& emplace() {
        given_ = true;
        return value_.emplace();
    }

private:
    bool given_ = false;
    std::optional<T> value_;
};

struct Shape;

/// A type as data, so that reading and writing are ordinary functions.
struct FieldType {
    enum class Kind : std::uint8_t { kScalar, kObject, kArray, kOptional, kMaybe, kRow };

    Kind kind = Kind::kScalar;
    // kScalar
    model::Type type = model::Type::kText;
    int precision = 0;
    int scale = 0;
    std::span<const std::string_view> choices = {};
    bool is_phone = false;  ///< text in any usual spelling, kept as +502XXXXXXXX
    sql::Value (*load)(const void* value) = nullptr;
    bool (*store)(void* value, const sql::Value& from) = nullptr;
    // kObject, kRow
    const Shape& (*shape)() = nullptr;
    const model::Table* table = nullptr;
    // kArray, kOptional, kMaybe: what is inside, and how it is reached
    const FieldType* inner = nullptr;
    std::size_t (*size)(const void* value) = nullptr;  ///< optional: 0 or 1
    const void* (*at)(const void* value, std::size_t index) = nullptr;
    void* (*emplace)(void* value) = nullptr;     ///< array: appends
    void (*clear)(void* value) = nullptr;        ///< Maybe: given as null
    bool (*given)(const void* value) = nullptr;  ///< Maybe
};

inline constexpr std::size_t kItemsMax = 10'000;
inline constexpr std::size_t kShapeFieldsMax = 128;

struct FieldOptions {
    int length = 0;      ///< characters at most (JSON: bytes); every text that is read has a limit
    int length_min = 0;  ///< 1 = may not be empty
    std::string_view min;
    std::string_view max;
    std::size_t items_min = 0;      ///< arrays
    std::size_t items_max = 1'000;  ///< at most kItemsMax
    model::Validator validate = nullptr;
    /// What is wrong inside of a JSON value, each fault at its place within.
    std::vector<Fault> (*inside)(std::string_view json) = nullptr;
    JsonKind json = JsonKind::kAny;
    bool verbatim =
        false;  ///< text is taken as it is: passwords are neither trimmed nor normalised
    bool read_only = false;      ///< written, never read
    std::string_view leave_out;  ///< rows: columns not shown, joined by spaces
    std::string_view help;
};

struct Field {
    std::string_view name;  ///< empty for a row
    const FieldType* type = nullptr;
    FieldOptions options;
    void* (*member)(void* object) = nullptr;

    [[nodiscard]] const void* member_of(const void* object) const {
        return member(const_cast<void*>(object));
    }
};

struct ShapePlan;  // shape_plan.hpp

struct Shape {
    std::string_view name;
    std::span<const Field> fields;
    std::atomic<const ShapePlan*>* plan = nullptr;  ///< filled at the first use, for ever
};

template <class T>
concept Shaped = requires { T::kShape; };

namespace detail {

template <class T>
struct Inside {
    using Type = void;
};
template <class T>
struct Inside<std::optional<T>> {
    using Type = T;
    static constexpr auto kKind = FieldType::Kind::kOptional;
};
template <class T>
struct Inside<Maybe<T>> {
    using Type = T;
    static constexpr auto kKind = FieldType::Kind::kMaybe;
};
template <class T>
struct Inside<std::vector<T>> {
    using Type = T;
    static constexpr auto kKind = FieldType::Kind::kArray;
};

template <Shaped T>
const Shape& shape_function();

template <class T>
consteval FieldType field_type();

template <class T>
inline constexpr FieldType kFieldType = field_type<T>();

template <class T, class Inner>
consteval FieldType container_type() {
    FieldType made;
    made.kind = Inside<T>::kKind;
    made.inner = &kFieldType<Inner>;
    if constexpr (Inside<T>::kKind == FieldType::Kind::kArray) {
        made.size = [](const void* v) { return static_cast<const T*>(v)->size(); };
        made.at = [](const void* v, std::size_t i) -> const void* {
            return &(*static_cast<const T*>(v))[i];
        };
        made.emplace = [](void* v) -> void* { return &static_cast<T*>(v)->emplace_back(); };
        made.clear = [](void* v) { static_cast<T*>(v)->clear(); };
    } else if constexpr (Inside<T>::kKind == FieldType::Kind::kOptional) {
        made.size = [](const void* v) -> std::size_t {
            return static_cast<const T*>(v)->has_value();
        };
        made.at = [](const void* v, std::size_t) -> const void* {
            return &**static_cast<const T*>(v);
        };
        made.emplace = [](void* v) -> void* { return &static_cast<T*>(v)->emplace(); };
        made.clear = [](void* v) { static_cast<T*>(v)->reset(); };
    } else {
        made.size = [](const void* v) -> std::size_t {
            return static_cast<const T*>(v)->value().has_value();
        };
        made.at = [](const void* v, std::size_t) -> const void* {
            return &**static_cast<const T*>(v);
        };
        made.emplace = [](void* v) -> void* { return &static_cast<T*>(v)->emplace(); };
        made.clear = [](void* v) { static_cast<T*>(v)->clear(); };
        made.given = [](const void* v) { return static_cast<const T*>(v)->given(); };
    }
    return made;
}

template <class T>
consteval FieldType field_type() {
    FieldType made;
    if constexpr (Shaped<T>) {
        made.kind = FieldType::Kind::kObject;
        made.shape = &shape_function<T>;
    } else if constexpr (model::Described<T>) {
        made.kind = FieldType::Kind::kRow;
        made.table = &model::table_of<T>();
    } else if constexpr (!std::is_void_v<typename Inside<T>::Type>) {
        made = container_type<T, typename Inside<T>::Type>();
    } else {
        made.type = model::Codec<T>::kType;
        made.precision = model::detail::kPrecisionOf<T>;
        made.scale = model::kScaleOf<T>;
        made.choices = model::detail::choices_of<T>();
        made.is_phone = std::is_same_v<T, Phone>;
        made.load = [](const void* v) { return model::Codec<T>::load(*static_cast<const T*>(v)); };
        made.store = [](void* v, const sql::Value& from) {
            return model::Codec<T>::store(*static_cast<T*>(v), from);
        };
    }
    return made;
}

template <class Object, class T, T Object::* Member_>
void* member_access(void* object) {
    return &(static_cast<Object*>(object)->*Member_);
}

template <auto Pointer>
struct PointerParts;
template <class Object_, class T_, T_ Object_::* Pointer>
struct PointerParts<Pointer> {
    using Object = Object_;
    using Type = T_;
    static constexpr auto kAccess = &member_access<Object_, T_, Pointer>;
};

}  // namespace detail

/// A field of a shape.
template <auto Pointer>
[[nodiscard]] consteval Field field(std::string_view name, const FieldOptions& options = {}) {
    using Parts = detail::PointerParts<Pointer>;
    return {name, &detail::kFieldType<typename Parts::Type>, options, Parts::kAccess};
}

/// The columns of a described row, each a field of its own, in the table's order. Credentials are
/// never among them.
template <auto Pointer>
    requires model::Described<typename detail::PointerParts<Pointer>::Type>
[[nodiscard]] consteval Field row(const FieldOptions& options = {}) {
    using Parts = detail::PointerParts<Pointer>;
    return {{}, &detail::kFieldType<typename Parts::Type>, options, Parts::kAccess};
}

namespace detail {
template <Shaped T>
inline constexpr auto kFields = T::fields();
template <Shaped T>
inline constinit std::atomic<const ShapePlan*> plan_slot{nullptr};
template <Shaped T>
inline constexpr Shape kShapeOf{T::kShape, kFields<T>, &plan_slot<T>};
template <Shaped T>
const Shape& shape_function() {
    return kShapeOf<T>;
}
}  // namespace detail

template <Shaped T>
[[nodiscard]] const Shape& shape_of() noexcept {
    return detail::kShapeOf<T>;
}

enum class ShapeUse : std::uint8_t { kRead, kWrite };

/// A shape is told at start, with all that stand in it: kInternal names the first field that is
/// there twice, a text or list that is read without a limit, a bound that is no value of its field,
/// a column left out that is not there, and a row or Maybe where it cannot be.
[[nodiscard]] Result<void> check_shape(const Shape& shape, ShapeUse use = ShapeUse::kRead);

/// The most faults one input is answered with.
inline constexpr std::size_t kFaultsMax = 100;

/// Reads a JSON document into an object of `shape`, strictly (API §1.1). kInvalid with every fault
/// by its dotted path, at most kFaultsMax; kParseError (a refusal) when it is no JSON at all or
/// nested too deep, kPayloadTooLarge past 1 MB. Texts are trimmed of spaces and line feeds, in NFC
/// and without control characters but line feeds. Coordinates are rounded to six decimals, half
/// away from zero. After a failure `object` is to be thrown away.
[[nodiscard]] Result<void> read_json(const Shape& shape, std::string_view json, void* object);

/// The same from query parameters, already decoded: scalars, and arrays joined by commas. A name
/// that is no field is a fault; given twice is a fault.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] Result<void> read_query(const Shape& shape, const QueryPairs& pairs, void* object);

/// Appends `object` as JSON. A Maybe that is not given is left out.
void append_json(std::string& out, const Shape& shape, const void* object);

template <Shaped T>
[[nodiscard]] Result<T> read_json(std::string_view json) {
    T object;
    SEGURIFAI_TRY(read_json(shape_of<T>(), json, &object));
    return object;
}

/// Appends anything that can stand in a shape: a shaped struct, a described row, a scalar, or an
/// optional or vector of these.
void append_value(std::string& out, const FieldType& type, const void* value);

/// Which members of a shaped struct or a row are written. Found out once for many of them.
class MemberChoice {
public:
    /// One member of what is written.
    struct Member {
        std::string_view name;
        const Field* field = nullptr;           ///< nullptr: of a row by itself
        const model::Column* column = nullptr;  ///< of a row; nullptr: the field
    };

    /// Those that are named; with no names all.
    MemberChoice(const FieldType& type, std::span<const std::string> names);

    [[nodiscard]] bool all() const noexcept { return all_; }
    /// Those chosen, in the order they are written; of all nothing is said.
    [[nodiscard]] std::span<const Member> members() const noexcept { return members_; }

private:
    bool all_;
    std::vector<Member> members_;
};

/// The same of a shaped struct or a row with only the chosen members (of the first level).
void append_members(std::string& out, const FieldType& type, const void* value,
                    const MemberChoice& chosen);

/// Whether a shaped struct or a row of this type is written with a member of that name.
[[nodiscard]] bool has_member(const FieldType& type, std::string_view name);

template <class T>
void append_json(std::string& out, const T& value) {
    append_value(out, detail::kFieldType<T>, &value);
}

}  // namespace segurifai::http
