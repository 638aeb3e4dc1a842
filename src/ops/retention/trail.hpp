#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "sql/session.hpp"

namespace segurifai::retention {

/// What somebody did by hand to what the archive keeps.
struct Deed {
    std::string_view action;
    std::string_view object_table;
    std::string object_id;
    std::string before = "{}";
    std::string after = "{}";
};

/// Its event in the audit log, in the transaction that does it.
[[nodiscard]] Result<void> record(sql::Session& session, Clock& clock, Deed deed);

}  // namespace segurifai::retention
