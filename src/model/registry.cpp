#include "model/registry.hpp"

#include <algorithm>

namespace segurifai::model {
namespace {

bool all_parents_in(const Table& table, std::span<const Table* const> placed) {
    return std::all_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
        if (column.references.empty() || column.references == table.name) return true;
        return std::any_of(placed.begin(), placed.end(),
                           [&](const Table* parent) { return parent->name == column.references; });
    });
}

/// Moves tables from `waiting` to the answer as their parents are there; what stays is a circle.
std::vector<const Table*> parents_first(std::vector<const Table*>& waiting) {
    std::sort(waiting.begin(), waiting.end(),
              [](const Table* a, const Table* b) { return a->number < b->number; });
    std::vector<const Table*> placed;
    for (;;) {
        const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const Table* table) {
            return all_parents_in(*table, placed);
        });
        if (next == waiting.end()) return placed;
        placed.push_back(*next);
        waiting.erase(next);
    }
}

}  // namespace

Result<Registry> Registry::make(std::vector<const Table*> tables) {
    std::vector<Fault> faults = check_descriptions(tables);
    if (!faults.empty())
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The descriptions of the tables are wrong.",
                                     .faults = std::move(faults)});
    std::vector<const Table*> waiting = std::move(tables);
    std::vector<const Table*> placed = parents_first(waiting);
    if (waiting.empty()) return Registry(std::move(placed));
    for (const Table* table : waiting)
        faults.push_back({std::string(table->name),
                          "The table references tables that in the end reference it; make one "
                          "of the links a table of its own."});
    return std::unexpected(Error{.code = Code::kInvalid,
                                 .message = "Tables reference one another in a circle.",
                                 .faults = std::move(faults)});
}

const Table* Registry::find(std::string_view name) const noexcept {
    for (const Table* table : tables_)
        if (table->name == name) return table;
    return nullptr;
}

const Table* Registry::find(std::uint16_t number) const noexcept {
    for (const Table* table : tables_)
        if (table->number == number) return table;
    return nullptr;
}

std::vector<const Table*> Registry::of_app(std::string_view app) const {
    std::vector<const Table*> found;
    for (const Table* table : tables_)
        if (table->app == app) found.push_back(table);
    return found;
}

std::vector<std::string_view> Registry::apps() const {
    std::vector<std::string_view> found;
    for (const Table* table : tables_)
        if (std::find(found.begin(), found.end(), table->app) == found.end())
            found.push_back(table->app);
    return found;
}

std::vector<Registry::Reference> Registry::references_to(const Table& target) const {
    std::vector<Reference> found;
    for (const Table* table : tables_)
        for (const Column& column : table->columns)
            if (column.references == target.name) found.push_back({table, &column});
    return found;
}

}  // namespace segurifai::model
