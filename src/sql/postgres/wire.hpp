#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "sql/postgres/libpq.hpp"
#include "sql/value.hpp"

/// Values in PostgreSQL's binary format (the types' send and recv functions): exact, and without
/// the cost of writing and reading text.
namespace segurifai::sql::postgres {

// The numbers of the built-in types (pg_type.dat); they never change.
inline constexpr Oid kBool = 16;
inline constexpr Oid kChar = 18;
inline constexpr Oid kName = 19;
inline constexpr Oid kInt8 = 20;
inline constexpr Oid kInt2 = 21;
inline constexpr Oid kInt4 = 23;
inline constexpr Oid kTextType = 25;
inline constexpr Oid kOid = 26;
inline constexpr Oid kJsonType = 114;
inline constexpr Oid kFloat4 = 700;
inline constexpr Oid kFloat8 = 701;
inline constexpr Oid kUnknown = 705;
inline constexpr Oid kBpchar = 1042;
inline constexpr Oid kVarchar = 1043;
inline constexpr Oid kDateType = 1082;
inline constexpr Oid kTimestamp = 1114;
inline constexpr Oid kTimestamptz = 1184;
inline constexpr Oid kNumeric = 1700;
inline constexpr Oid kUuidType = 2950;
inline constexpr Oid kJsonb = 3802;

/// The type a parameter is sent as, whatever it is compared with or stored in: bigint, numeric,
/// text, timestamptz, …
[[nodiscard]] Oid parameter_type(ValueType type) noexcept;

/// Appends what is not NULL in its parameter_type(). Fails with kInvalid on a text that is not
/// well-formed UTF-8 or holds U+0000, which PostgreSQL cannot store.
[[nodiscard]] Result<void> append_parameter(std::string& out, const Value& value);

/// Fails as append_parameter() would on one of these.
[[nodiscard]] Result<void> check_parameters(Params params);

/// Appends what is not NULL as a value of the column type `type`, for COPY, which converts
/// nothing. kOutOfRange when the column cannot hold the number, kInvalid when the kinds differ.
[[nodiscard]] Result<void> append_as(std::string& out, Oid type, const Value& value);

/// `unscaled` × 10^-scale as a numeric with `scale` digits after the point. `scale`: 0 to 18.
void append_numeric(std::string& out, std::int64_t unscaled, int scale);

/// Reads a cell that is not NULL. False when it is not of the kind wanted, or not exactly. JSON
/// is made canonical and kept in `kept`, where `out` then points.
[[nodiscard]] bool decode(Oid type, std::string_view cell, ValueType want, int scale, Value& out,
                          std::deque<std::string>& kept);

// Big-endian integers, as the protocol and COPY write them.
void append_int16(std::string& out, std::int16_t value);
void append_int32(std::string& out, std::int32_t value);
void append_int64(std::string& out, std::int64_t value);

}  // namespace segurifai::sql::postgres
