#include "ops/retention/trail.hpp"

#include <utility>

#include "apps/audit/tables.hpp"
#include "model/store.hpp"

namespace segurifai::retention {

Result<void> record(sql::Session& session, Clock& clock, Deed deed) {
    audit::AuditEvent event;
    event.at = clock.now();
    event.action = deed.action;
    event.object_table = deed.object_table;
    event.object_id = std::move(deed.object_id);
    event.before.text = std::move(deed.before);
    event.after.text = std::move(deed.after);
    return model::insert_blocking(session, clock, event);
}

}  // namespace segurifai::retention
