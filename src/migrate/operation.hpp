#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "migrate/state.hpp"
#include "sql/engine.hpp"

namespace segurifai::migrate {

// One change of the schema, as a migration file states it. Tables and columns are named as they
// are called at that point of the history.

struct CreateTable {
    TableState table;  ///< with its columns, indexes and checks
    friend bool operator==(const CreateTable&, const CreateTable&) = default;
};
struct DropTable {
    std::string table;
    friend bool operator==(const DropTable&, const DropTable&) = default;
};
/// A new name, or a new app, or both.
struct RenameTable {
    std::string from;
    std::string to;
    std::string app;  ///< the app it belongs to afterwards
    friend bool operator==(const RenameTable&, const RenameTable&) = default;
};
struct AddColumn {
    std::string table;
    ColumnState column;
    PresetState fill = {};  ///< what existing rows get, where the column's own default is not it
    friend bool operator==(const AddColumn&, const AddColumn&) = default;
};
struct DropColumn {
    std::string table;
    std::string column;
    friend bool operator==(const DropColumn&, const DropColumn&) = default;
};
struct RenameColumn {
    std::string table;
    std::string from;
    std::string to;
    friend bool operator==(const RenameColumn&, const RenameColumn&) = default;
};
/// Any change but of the name: type, length, null, default, choices, range, JSON kind, foreign key.
struct AlterColumn {
    std::string table;
    ColumnState column;     ///< as it is afterwards; same number and name
    PresetState fill = {};  ///< what NULLs become when the column turns NOT NULL
    friend bool operator==(const AlterColumn&, const AlterColumn&) = default;
};
struct AddIndex {
    std::string table;
    IndexState index;
    friend bool operator==(const AddIndex&, const AddIndex&) = default;
};
struct DropIndex {
    std::string table;
    std::string index;
    friend bool operator==(const DropIndex&, const DropIndex&) = default;
};
struct RenameIndex {
    std::string table;
    std::string from;
    std::string to;
    friend bool operator==(const RenameIndex&, const RenameIndex&) = default;
};
struct AddCheck {
    std::string table;
    CheckState check;
    friend bool operator==(const AddCheck&, const AddCheck&) = default;
};
struct DropCheck {
    std::string table;
    std::string check;
    friend bool operator==(const DropCheck&, const DropCheck&) = default;
};
/// A data migration. Empty text means "nothing to do on this engine"; without `reversible` there
/// is no way back (IRREVERSIBLE). `lossy` is the author's word that going back loses something.
struct RunSql {
    std::string about;
    std::string sqlite;
    std::string postgres;
    std::string sqlite_reverse = {};
    std::string postgres_reverse = {};
    bool reversible = false;
    bool lossy = false;
    friend bool operator==(const RunSql&, const RunSql&) = default;
};

using Operation =
    std::variant<CreateTable, DropTable, RenameTable, AddColumn, DropColumn, RenameColumn,
                 AlterColumn, AddIndex, DropIndex, RenameIndex, AddCheck, DropCheck, RunSql>;

/// Applies an operation to a state; kConflict when it does not fit (unknown table, name taken …).
[[nodiscard]] Result<void> apply(SchemaState& schema, const Operation& operation);

/// The operations that undo `operation`, given the state before it; kUnsupported for a RunSql
/// that cannot be undone.
[[nodiscard]] Result<std::vector<Operation>> reverse(const Operation& operation,
                                                     const SchemaState& before);

/// "add column users_user.language": one line for plans, journals and messages.
[[nodiscard]] std::string describe(const Operation& operation);

/// What going forwards and back does to data.
enum class Safety : std::uint8_t {
    kLossless,  ///< there and back, every row is as it was (dropped things are kept as tombstones)
    kLossy,     ///< something is rounded, merged or filled in on the way
    kIrreversible,  ///< there is no way back
};
[[nodiscard]] std::string_view label(Safety safety) noexcept;  ///< "LOSSLESS" …
[[nodiscard]] Safety safety_of(const Operation& operation, const SchemaState& before);

/// The table an operation is about; empty for RunSql.
[[nodiscard]] std::string_view table_of(const Operation& operation) noexcept;

}  // namespace segurifai::migrate
