#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/description_check.hpp"
#include "model/table.hpp"

namespace segurifai::model {

/// All the tables of the program, checked. Immutable; safe to share between threads. Generic code
/// (DDL, migrations, dumps, later the admin) walks it instead of naming tables.
class Registry {
public:
    /// Takes the tables in any order; they live as long as the program. Fails with kInvalid and
    /// every fault that check_descriptions() finds, or when tables reference one another in a
    /// circle (a table may reference itself).
    [[nodiscard]] static Result<Registry> make(std::vector<const Table*> tables);

    /// Every table, parents before their children; otherwise in the order of their numbers.
    [[nodiscard]] std::span<const Table* const> tables() const noexcept { return tables_; }

    /// The table of that physical name or number, or nullptr.
    [[nodiscard]] const Table* find(std::string_view name) const noexcept;
    [[nodiscard]] const Table* find(std::uint16_t number) const noexcept;

    /// The tables of one app in the same order; empty when there is no such app.
    [[nodiscard]] std::vector<const Table*> of_app(std::string_view app) const;

    /// The apps that have tables, each once, in the order of their first table.
    [[nodiscard]] std::vector<std::string_view> apps() const;

    /// The columns of other tables, and of the table itself, that reference `table`.
    struct Reference {
        const Table* table;
        const Column* column;
    };
    [[nodiscard]] std::vector<Reference> references_to(const Table& table) const;

private:
    explicit Registry(std::vector<const Table*> tables) : tables_(std::move(tables)) {}

    std::vector<const Table*> tables_;
};

}  // namespace segurifai::model
