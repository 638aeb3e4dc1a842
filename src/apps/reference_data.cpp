#include "apps/reference_data.hpp"

#include <map>
#include <optional>

#include "apps/gamification/reference_data.hpp"
#include "apps/services/reference_data.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::apps {
namespace {

using TableReport = ReferenceDataReport::TableReport;

const sql::Query kCategoryKeys{"services.category_keys",
                               "SELECT category_type, id FROM services_servicecategory"};
const sql::Query kPlanKeys{"services.plan_keys", "SELECT name, id FROM services_serviceplan"};
const sql::Query kAchievementKeys{"gamification.achievement_keys",
                                  "SELECT nombre, id FROM gamification_achievement"};

/// A plan's name is not unique in the database, and two first starts may come at once: writers of
/// these tables wait here, readers do not. (On SQLite the transaction is the only writer anyway.)
constexpr std::string_view kPostgresLock =
    "LOCK TABLE services_servicecategory, services_serviceplan, gamification_achievement "
    "IN SHARE ROW EXCLUSIVE MODE";

using Keys = std::map<std::string, std::int32_t>;

Result<Keys> keys_of(sql::Session& session, const sql::Query& query) {
    Keys keys;
    auto sink = sql::each_row([&](const sql::Row& row) {
        keys.emplace(row.text(0), static_cast<std::int32_t>(row.integer(1)));
    });
    SEGURIFAI_TRY(session.run(query.on(session.engine()).text, {}, &sink));
    return keys;
}

/// Inserts the rows of one table that are missing.
class Loading {
public:
    Loading(sql::Session& session, Clock& clock, const ReferenceDataOptions& options)
        : session_(session), clock_(clock), options_(options) {}

    Result<TableReport> categories() {
        TableReport report{.table = model::table_of<services::ServiceCategory>().name};
        SEGURIFAI_TRY_AS(category_ids_, keys_of(session_, kCategoryKeys));
        for (services::ServiceCategory& category : services::reference_categories()) {
            const std::string key(model::word(category.category_type));
            SEGURIFAI_TRY(insert(report, category_ids_, key, category));
            category_ids_.emplace(key, category.id.value);
        }
        return report;
    }

    Result<TableReport> plans() {
        TableReport report{.table = model::table_of<services::ServicePlan>().name};
        SEGURIFAI_TRY_AS(const Keys present, keys_of(session_, kPlanKeys));
        SEGURIFAI_TRY_AS(auto reference, services::reference_plans());
        for (services::ReferencePlan& plan : reference) {
            const auto category = category_ids_.find(std::string(model::word(plan.category)));
            if (category != category_ids_.end()) plan.plan.category_id.value = category->second;
            SEGURIFAI_TRY(insert(report, present, plan.plan.name, plan.plan));
        }
        return report;
    }

    Result<TableReport> achievements() {
        TableReport report{.table = model::table_of<gamification::Achievement>().name};
        SEGURIFAI_TRY_AS(const Keys present, keys_of(session_, kAchievementKeys));
        for (gamification::Achievement& achievement : gamification::reference_achievements())
            SEGURIFAI_TRY(insert(report, present, achievement.nombre, achievement));
        return report;
    }

private:
    template <model::Described T>
    Result<void> insert(TableReport& report, const Keys& present, const std::string& key, T& row) {
        if (present.contains(key)) {
            ++report.present;
            return {};
        }
        if (!options_.dry_run) SEGURIFAI_TRY(model::insert_blocking(session_, clock_, row));
        report.inserted.push_back(key);
        return {};
    }

    sql::Session& session_;
    Clock& clock_;
    const ReferenceDataOptions& options_;
    Keys category_ids_;
};

Result<ReferenceDataReport> load_all(sql::Session& session, Clock& clock,
                                     const ReferenceDataOptions& options) {
    if (!options.dry_run && session.engine() == sql::Engine::kPostgres)
        SEGURIFAI_TRY(session.script(kPostgresLock));
    Loading loading(session, clock, options);
    ReferenceDataReport report;
    SEGURIFAI_TRY_AS(report.tables.emplace_back(), loading.categories());
    SEGURIFAI_TRY_AS(report.tables.emplace_back(), loading.plans());
    SEGURIFAI_TRY_AS(report.tables.emplace_back(), loading.achievements());
    return report;
}

}  // namespace

Result<ReferenceDataReport> load_reference_data(sql::Session& session, Clock& clock,
                                                const ReferenceDataOptions& options) {
    if (options.dry_run) return load_all(session, clock, options);
    SEGURIFAI_TRY(session.begin());
    auto report = load_all(session, clock, options);
    if (!report) {
        session.rollback();
        return report;
    }
    if (auto committed = session.commit(); !committed) {
        session.rollback();
        return std::unexpected(std::move(committed).error());
    }
    return report;
}

}  // namespace segurifai::apps
