#include "server/routes.hpp"

#include <iterator>

#include "apps/assistance/api.hpp"
#include "apps/dispatch/api.hpp"
#include "apps/jobs/api.hpp"
#include "apps/providers/api.hpp"
#include "apps/services/api.hpp"
#include "apps/users/api.hpp"
#include "server/admin_audit.hpp"
#include "server/admin_backups.hpp"
#include "server/admin_retention.hpp"
#include "server/operations.hpp"

namespace segurifai::server {

std::vector<http::Route> all_routes() {
    std::vector<http::Route> all;
    for (auto&& part : {platform_routes(), users::routes(), services::routes(), providers::routes(),
                        assistance::routes(), dispatch::routes(), jobs::routes(), backup_routes(),
                        retention_routes(), audit_routes()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace segurifai::server
