#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "sql/session.hpp"

namespace segurifai::apps {

struct ReferenceDataOptions {
    bool dry_run = false;  ///< only report what would be inserted: reads, no lock
};

/// What a run inserted (or would insert), per table.
struct ReferenceDataReport {
    struct TableReport {
        std::string_view table;
        std::vector<std::string> inserted;  ///< the natural keys of the new rows
        std::size_t present = 0;            ///< reference rows that were there and stay as they are
    };
    std::vector<TableReport> tables;
};

/// Gives a migrated database the rows that every installation has: categories, plans and
/// achievements. A row is known by its natural key (`category_type`, a plan's `name`, an
/// achievement's `nombre`): what is missing is inserted, what exists is not touched, however it was
/// edited. One transaction; running it twice, or two at once, gives the same rows.
///
/// Fails with what the engine says (kBusy when somebody holds the tables for longer than the
/// session's lock timeout), and then nothing was inserted. The session is in no transaction.
[[nodiscard]] Result<ReferenceDataReport> load_reference_data(
    sql::Session& session, Clock& clock, const ReferenceDataOptions& options = {});

}  // namespace segurifai::apps
