#include "apps/registry.hpp"

#include <algorithm>

#include "apps/archive/tables.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/audit/tables.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/events/tables.hpp"
#include "apps/gamification/tables.hpp"
#include "apps/jobs/tables.hpp"
#include "apps/paq_wallet/tables.hpp"
#include "apps/platform/tables.hpp"
#include "apps/promotions/tables.hpp"
#include "apps/providers/tables.hpp"
#include "apps/services/tables.hpp"
#include "apps/sessions/tables.hpp"
#include "apps/users/tables.hpp"

namespace segurifai::apps {

std::vector<const model::Table*> all_tables() {
    std::vector<const model::Table*> all;
    for (const auto tables :
         {users::tables(), services::tables(), providers::tables(), assistance::tables(),
          paq_wallet::tables(), gamification::tables(), promotions::tables(), audit::tables(),
          events::tables(), sessions::tables(), platform::tables(), dispatch::tables(),
          jobs::tables(), archive::tables()})
        all.insert(all.end(), tables.begin(), tables.end());
    std::ranges::sort(all, {}, &model::Table::number);
    return all;
}

}  // namespace segurifai::apps
