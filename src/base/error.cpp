#include "base/error.hpp"

#include "base/json.hpp"

namespace segurifai {

std::string_view label(Code code) noexcept {
    switch (code) {
        case Code::kInvalid: return "invalid";
        case Code::kNotFound: return "not_found";
        case Code::kConflict: return "conflict";
        case Code::kUniqueViolation: return "unique_violation";
        case Code::kForeignKeyViolation: return "foreign_key_violation";
        case Code::kCheckViolation: return "check_violation";
        case Code::kNotNullViolation: return "not_null_violation";
        case Code::kTooLong: return "too_long";
        case Code::kOutOfRange: return "out_of_range";
        case Code::kSerialization: return "serialization";
        case Code::kBusy: return "busy";
        case Code::kTimeout: return "timeout";
        case Code::kGone: return "gone";
        case Code::kDiskFull: return "disk_full";
        case Code::kReadOnly: return "read_only";
        case Code::kPermission: return "permission";
        case Code::kCorrupt: return "corrupt";
        case Code::kUnsupported: return "unsupported";
        case Code::kInternal: return "internal";
    }
    return "internal";
}

std::unexpected<Error> fail_damaged(std::string_view what, std::string message) {
    Error error{.code = Code::kCorrupt,
                .message = std::move(message),
                .refusal = Refusal::kArchiveDamaged,
                .members = "\"damaged\":"};
    append_json_string(error.members, what);
    return std::unexpected(std::move(error));
}

std::string describe(const Error& error) {
    std::string text = error.message;
    if (text.empty()) text = label(error.code);
    for (const Fault& fault : error.faults) {
        text += "\n  ";
        if (!fault.path.empty()) text += fault.path + ": ";
        text += fault.message;
    }
    return text;
}

}  // namespace segurifai
