#include "server/restore_check.hpp"

#include "ops/backup/after_restore.hpp"
#include "sql/session.hpp"

namespace segurifai::server {

Result<void> check_settled(const sql::DatabaseUrl& url) {
    SEGURIFAI_TRY_AS(const auto session,
                     sql::open_session(url, {.create = false, .keep_log = true}));
    SEGURIFAI_TRY_AS(const bool is_settled, backup::is_settled(*session));
    if (is_settled) return backup::settle(*session);
    return fail(Code::kConflict,
                "This database was brought back from a backup, and who was erased or signed out "
                "since would be back: run 'segurifai restore --finish' first.");
}

}  // namespace segurifai::server
