#include "model/plan.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace segurifai::model {

const TablePlan& plan_of(const Table& table) {
    // Plans are constants that happen to be worked out at run time; one per table, so that one
    // statement has one number everywhere.
    static std::mutex mutex;
    static std::map<const Table*, std::unique_ptr<const TablePlan>> plans;
    const std::lock_guard lock(mutex);
    std::unique_ptr<const TablePlan>& plan = plans[&table];
    if (!plan) plan = std::make_unique<const TablePlan>(table);
    return *plan;
}

}  // namespace segurifai::model
