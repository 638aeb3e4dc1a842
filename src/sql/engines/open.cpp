// The one place that knows both engines: a URL goes in, the right one comes out.
#include "sql/database.hpp"
#include "sql/held_state.hpp"
#include "sql/postgres/database.hpp"
#include "sql/postgres/session.hpp"
#include "sql/session.hpp"
#include "sql/sqlite/database.hpp"
#include "sql/sqlite/held_state.hpp"
#include "sql/sqlite/session.hpp"

namespace segurifai::sql {

Result<std::unique_ptr<Session>> open_session(const DatabaseUrl& url,
                                              const SessionOptions& options) {
    return url.engine == Engine::kSqlite ? open_sqlite_session(url.location, options)
                                         : open_postgres_session(url.location, options);
}

Result<std::unique_ptr<Database>> open_database(const DatabaseUrl& url,
                                                const DatabaseOptions& options) {
    return url.engine == Engine::kSqlite ? open_sqlite_database(url.location, options)
                                         : open_postgres_database(url.location, options);
}

Result<std::unique_ptr<HeldState>> hold_state(const DatabaseUrl& url) {
    if (url.engine != Engine::kSqlite)
        return fail(Code::kUnsupported, "Only an SQLite file has pages to hold still.");
    return hold_sqlite_state(url.location);
}

}  // namespace segurifai::sql
