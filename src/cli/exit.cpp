#include "cli/exit.hpp"

#include <array>

namespace segurifai::cli {

std::span<const ExitMeaning> exit_meanings() noexcept {
    static constexpr std::array kMeanings{
        ExitMeaning{Exit::kOk, "done"},
        ExitMeaning{Exit::kFaults, "drift, faulty data, or a check that found something"},
        ExitMeaning{Exit::kWrongUse, "wrong use: unknown command, option or argument"},
        ExitMeaning{Exit::kNoDatabase, "the database cannot be reached or does not exist"},
        ExitMeaning{Exit::kRefused, "refused: data would be lost, history changed, or busy"},
        ExitMeaning{Exit::kStorage, "storage: disk full, read only, no permission, damaged"},
        ExitMeaning{Exit::kWarnings, "warnings only: nothing is broken yet"},
        ExitMeaning{Exit::kDefect, "a defect of segurifai: please report it"},
    };
    return kMeanings;
}

Exit exit_of(Code code) noexcept {
    switch (code) {
        case Code::kInvalid:
        case Code::kUniqueViolation:
        case Code::kForeignKeyViolation:
        case Code::kCheckViolation:
        case Code::kNotNullViolation:
        case Code::kTooLong:
        case Code::kOutOfRange: return Exit::kFaults;
        case Code::kNotFound: return Exit::kWrongUse;
        case Code::kTimeout:
        case Code::kGone: return Exit::kNoDatabase;
        case Code::kConflict:
        case Code::kSerialization:
        case Code::kBusy:
        case Code::kUnsupported: return Exit::kRefused;
        case Code::kDiskFull:
        case Code::kReadOnly:
        case Code::kPermission:
        case Code::kCorrupt: return Exit::kStorage;
        case Code::kInternal: return Exit::kDefect;
    }
    return Exit::kDefect;
}

}  // namespace segurifai::cli
