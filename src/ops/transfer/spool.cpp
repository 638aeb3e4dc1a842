#include "ops/transfer/spool.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace segurifai::transfer {
namespace {

using sql::Value;
using sql::ValueType;

// A row on file: size of what follows, place, number of values, values. A value: type, null flag,
// scale, then 16 bytes for a UUID, a size and characters for texts, 8 bytes otherwise. The file
// is read by the process that wrote it, so byte order and layout are the machine's own.

template <class T>
void put(std::string& out, const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T take(const char*& at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
}

void encode(std::string& out, const Value& value) {
    put(out, static_cast<std::uint8_t>(value.type()));
    put(out, static_cast<std::uint8_t>(value.is_null()));
    put(out, static_cast<std::uint8_t>(value.scale()));
    if (value.is_null()) return;
    switch (value.type()) {
        case ValueType::kText:
        case ValueType::kJson:
            put(out, static_cast<std::uint64_t>(value.as_text().size()));
            out += value.as_text();
            return;
        case ValueType::kUuid: put(out, value.as_uuid()); return;
        case ValueType::kFloat: put(out, value.as_real()); return;
        case ValueType::kBoolean: put(out, std::int64_t{value.as_boolean()}); return;
        case ValueType::kDate: put(out, std::int64_t{value.as_date().days}); return;
        case ValueType::kInstant: put(out, value.as_instant().micros); return;
        case ValueType::kInteger: put(out, value.as_integer()); return;
        case ValueType::kDecimal: put(out, value.as_unscaled()); return;
    }
}

Value decode(const char*& at) {
    const auto type = static_cast<ValueType>(take<std::uint8_t>(at));
    const bool null = take<std::uint8_t>(at) != 0;
    const int scale = take<std::uint8_t>(at);
    if (null) return Value::null(type, scale);
    switch (type) {
        case ValueType::kText:
        case ValueType::kJson: {
            const auto size = take<std::uint64_t>(at);
            const std::string_view characters(at, size);
            at += size;
            return type == ValueType::kText ? Value::text(characters) : Value::json(characters);
        }
        case ValueType::kUuid: return Value::uuid(take<Uuid>(at));
        case ValueType::kFloat: return Value::real(take<double>(at));
        case ValueType::kBoolean: return Value::boolean(take<std::int64_t>(at) != 0);
        case ValueType::kDate:
            return Value::date(Date{static_cast<std::int32_t>(take<std::int64_t>(at))});
        case ValueType::kInstant: return Value::instant(Instant{take<std::int64_t>(at)});
        case ValueType::kInteger: return Value::integer(take<std::int64_t>(at));
        case ValueType::kDecimal: return Value::decimal(take<std::int64_t>(at), scale);
    }
    return Value::null(type);
}

std::unexpected<Error> file_failure(const char* doing) {
    const Code code = errno == ENOSPC || errno == EDQUOT ? Code::kDiskFull : Code::kPermission;
    return fail(code, std::string("The temporary file for the load could not be ") + doing + ": " +
                          std::generic_category().message(errno) +
                          ". Set TMPDIR to a folder with room.");
}

}  // namespace

Result<Spool> Spool::make() {
    std::FILE* file = std::tmpfile();
    if (file == nullptr) return file_failure("made");
    return Spool(file);
}

Result<void> Spool::append(std::int64_t place, std::span<const sql::OwnedValue> row) {
    buffer_.clear();
    put(buffer_, std::uint64_t{0});  // the size, known below
    put(buffer_, place);
    put(buffer_, static_cast<std::uint64_t>(row.size()));
    for (const sql::OwnedValue& value : row) encode(buffer_, value.view());
    const std::uint64_t size = buffer_.size() - sizeof(std::uint64_t);
    std::memcpy(buffer_.data(), &size, sizeof size);
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size())
        return file_failure("written");
    ++rows_;
    return {};
}

Result<void> Spool::rewind() {
    if (std::fflush(file_.get()) != 0) return file_failure("written");
    if (std::fseek(file_.get(), 0, SEEK_SET) != 0) return file_failure("read");
    return {};
}

Result<bool> Spool::next(std::int64_t& place, std::vector<sql::Value>& row) {
    std::uint64_t size = 0;
    if (std::fread(&size, sizeof size, 1, file_.get()) != 1) {
        if (std::ferror(file_.get()) != 0) return file_failure("read");
        return false;
    }
    buffer_.resize(size);
    if (std::fread(buffer_.data(), 1, size, file_.get()) != size) return file_failure("read");
    const char* at = buffer_.data();
    place = take<std::int64_t>(at);
    row.resize(take<std::uint64_t>(at));
    for (Value& value : row) value = decode(at);
    return true;
}

}  // namespace segurifai::transfer
