#pragma once

#include "cli/examination/examination.hpp"

namespace segurifai::cli {

/// examine_engine() of each engine.
Result<void> examine_sqlite(const Examination& examination, sql::Session& session);
Result<void> examine_postgres(const Examination& examination, sql::Session& session);

}  // namespace segurifai::cli
