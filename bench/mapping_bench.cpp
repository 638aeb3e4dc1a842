// A 13-column row between its forms: engine row → struct → JSON, and JSON → checked struct.

#include "measure.hpp"
#include "model/json_mapping.hpp"
#include "model/row_mapping.hpp"
#include "workload.hpp"

namespace segurifai::bench {
namespace {

constexpr int kTurns = 200'000;

/// A row in memory, so that the engine's own time stays out of the figure.
class MemoryRow final : public sql::Row {
public:
    explicit MemoryRow(const Module& module) {
        for (const auto& column : model::table_of<Module>().columns)
            cells_.emplace_back(column.load(&module));
    }
    [[nodiscard]] int size() const noexcept override { return static_cast<int>(cells_.size()); }
    [[nodiscard]] std::string_view name(int column) const noexcept override {
        return model::table_of<Module>().columns[static_cast<std::size_t>(column)].name;
    }
    [[nodiscard]] bool is_null(int column) const noexcept override {
        return cells_[static_cast<std::size_t>(column)].view().is_null();
    }
    [[nodiscard]] bool get(int column, sql::ValueType want, int, sql::Value& out) const override {
        out = cells_[static_cast<std::size_t>(column)].view();
        return out.type() == want;
    }

private:
    std::vector<sql::OwnedValue> cells_;
};

void mapping() {
    const Module module = module_number(42);
    const MemoryRow row(module);
    std::string json;
    measure({.name = "Row to struct to JSON, 13 columns", .unit = "µs", .value_max = 1.5}, [&] {
        std::size_t bytes = 0;
        const double took = seconds([&] {
            for (int turn = 0; turn < kTurns; ++turn) {
                const auto decoded = model::decode<Module>(row);
                json.clear();
                model::append_json(json, *decoded);
                bytes += json.size();
            }
        });
        require(bytes > 0, "no bytes");
        return took / kTurns * 1e6;
    });
    measure({.name = "JSON to checked struct, 13 columns", .unit = "µs", .value_max = 3}, [&] {
        const double took = seconds([&] {
            for (int turn = 0; turn < kTurns; ++turn) {
                const auto read = model::parse_row<Module>(json);
                require(read.has_value() && read->orden == 42, "the row did not come back");
            }
        });
        return took / kTurns * 1e6;
    });
}

}  // namespace
}  // namespace segurifai::bench

int main() {
    segurifai::bench::mapping();
}
