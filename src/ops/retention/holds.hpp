#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/archive/tables.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/registry.hpp"
#include "sql/session.hpp"

namespace segurifai::retention {

/// SQL that is true for a row `alias` of `table` that a legal hold keeps: the request it is, or
/// belongs to; the member or the provider whose it is. Found by the descriptions' foreign keys.
[[nodiscard]] std::string held_sql(const model::Registry& registry, const model::Table& table,
                                   std::string_view alias);

/// Whether anything is held at all: most installations hold nothing, and need not look row by row.
[[nodiscard]] Result<bool> any_holds(sql::Session& session);

/// Holds an object: the number of a request, live or archived; the id of an account; the id of a
/// provider; a closed month of the audit log. kNotFound when there is none; kUniqueViolation when
/// it is held already. Leaves an event in the audit log, and so does its end.
[[nodiscard]] Result<void> place_hold(sql::Session& session, Clock& clock, archive::HoldKind kind,
                                      const std::string& object, const std::string& reason);

/// kNotFound when the object is not held.
[[nodiscard]] Result<void> release_hold(sql::Session& session, Clock& clock, archive::HoldKind kind,
                                        const std::string& object);

/// Whether that very object is held.
[[nodiscard]] Result<bool> is_held(sql::Session& session, archive::HoldKind kind,
                                   const std::string& object);

/// The months of the audit log that are held, as in "2026-11".
[[nodiscard]] Result<std::vector<std::string>> held_months(sql::Session& session);

/// All holds, oldest first.
[[nodiscard]] Result<std::vector<archive::LegalHold>> holds(sql::Session& session);

}  // namespace segurifai::retention
