#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/archive/tables.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "model/record.hpp"
#include "model/registry.hpp"
#include "sql/session.hpp"

/// What staff does with the archive of requests: finds, looks, brings back. Blocking.
namespace segurifai::retention {

/// Everything given must hold.
struct Search {
    std::optional<std::string> number = {};  ///< of the request
    std::optional<std::string> text = {};    ///< in title, description or address; accents and
                                             ///< capitals do not count
    std::optional<std::string> member = {};  ///< id, e-mail or phone of the account
    std::optional<Date> from = {};           ///< ended on this UTC day or later
    std::optional<Date> to = {};             ///< ended on this UTC day or earlier
    int limit = 100;                         ///< newest first
};

/// The archived requests found, newest end first, without what is packed (`packed` and
/// `search_text` are empty).
[[nodiscard]] Result<std::vector<archive::ArchivedRequest>> search(sql::Session& session,
                                                                   const Search& search);

/// An archived request with its rows, the request first.
struct Opened {
    archive::ArchivedRequest archived;
    std::string text;  ///< the rows as lines of a dump
    std::vector<model::Record> rows;
    std::vector<archive::RequestLink> links;  ///< the payments, reviews … that belong to it
};

/// kNotFound when no archived request has that number; kCorrupt when it is damaged.
[[nodiscard]] Result<Opened> open(sql::Session& session, const model::Registry& registry,
                                  const std::string& number);

/// What a restore did.
struct Restored {
    std::int64_t rows = 0;    ///< rows in the live tables again
    std::int64_t links = 0;   ///< rows elsewhere that point at them again
    std::int64_t parted = 0;  ///< optional references to what was deleted meanwhile: NULL now
};

/// Brings an archived request back into the live tables, row by row as it was, and takes it out of
/// the archive, with an event in the audit log: one transaction. The next run of the policy
/// archives it again unless it is held.
[[nodiscard]] Result<Restored> restore(sql::Session& session, Clock& clock,
                                       const model::Registry& registry, const std::string& number);

}  // namespace segurifai::retention
