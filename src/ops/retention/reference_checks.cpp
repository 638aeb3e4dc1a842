#include "ops/retention/reference_checks.hpp"

#include <array>
#include <string>

namespace segurifai::retention {

Result<bool> may_skip_reference_checks(sql::Session& session, const model::Table& table,
                                       std::size_t references) {
    if (session.engine() != sql::Engine::kPostgres) return false;
    const std::string name = sql::quoted(table.name);
    const std::array params{sql::Value::text(name),
                            sql::Value::integer(static_cast<std::int64_t>(references))};
    // No deletion is in anybody's way for that; a new trigger or foreign key has to wait.
    SEGURIFAI_TRY(session.script("LOCK TABLE " + name + " IN ROW EXCLUSIVE MODE"));
    // A partition's foreign key is part of its parent's.
    SEGURIFAI_TRY_AS(
        const auto may,
        session.one_integer(
            "SELECT (has_parameter_privilege('session_replication_role', 'SET') AND "
            "current_setting('transaction_isolation') = 'read committed' AND NOT EXISTS "
            "(SELECT FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal) AND "
            "(SELECT count(*) FROM pg_constraint WHERE confrelid = $1::regclass AND contype = 'f' "
            "AND conparentid = 0) = $2::bigint)::int",
            params));
    return may == 1;
}

Result<void> without_reference_checks(sql::Session& session,
                                      const std::function<Result<void>()>& deletion) {
    SEGURIFAI_TRY(session.script("SET LOCAL session_replication_role = replica"));
    SEGURIFAI_TRY(deletion());
    return session.script("SET LOCAL session_replication_role = origin");
}

}  // namespace segurifai::retention
