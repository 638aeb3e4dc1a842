#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "migrate/operation.hpp"
#include "migrate/tombstones.hpp"

namespace segurifai::migrate {

/// What one operation does to the tables as they physically are, tombstones included.
struct Change {
    enum class Kind : std::uint8_t {
        kCreateTable,
        kRenameTable,
        kBuryTable,
        kReviveTable,
        kAddColumn,
        kRenameColumn,
        kAlterColumn,
        kBuryColumn,
        kReviveColumn,
        kAddIndex,
        kDropIndex,
        kRenameIndex,
        kAddCheck,
        kDropCheck,
        kRunSql,
    };
    Kind kind = Kind::kRunSql;
    std::string about;
    TableState before = {};  ///< empty for kCreateTable and kRunSql
    TableState after = {};
    std::uint16_t column_before = 0;  ///< the column concerned, by its number in `before` …
    std::uint16_t column_after = 0;   ///< … and in `after`
    PresetState fill = {};
    std::string name_before = {};  ///< the index or check concerned
    std::string name_after = {};
    std::optional<RunSql> run = {};
    std::optional<Tombstone> tombstone = {};  ///< the one buried or revived
};

/// Who buries, and for how long.
struct Burial {
    MigrationId migration = {};
    Instant at = {};
    Instant keep_until = {};
};

/// The schema as the database has it: what the applied migrations say, and the tombstones.
class PhysicalSchema {
public:
    explicit PhysicalSchema(SchemaState logical, std::vector<Tombstone> tombstones = {});

    /// Carries an operation out on the model and says what that means physically.
    [[nodiscard]] Result<Change> apply(const Operation& operation, const Burial& burial);

    [[nodiscard]] const SchemaState& schema() const noexcept { return schema_; }
    [[nodiscard]] const std::vector<Tombstone>& tombstones() const noexcept { return tombstones_; }

private:
    [[nodiscard]] Result<Change> create(const CreateTable& operation, Change change);
    [[nodiscard]] Result<Change> drop(const DropTable& operation, Change change,
                                      const Burial& burial);
    [[nodiscard]] Result<Change> add(const AddColumn& operation, Change change);
    [[nodiscard]] Result<Change> drop(const DropColumn& operation, Change change,
                                      const Burial& burial);
    [[nodiscard]] Result<Change> other(const Operation& operation, Change change);
    void move_held(std::uint16_t from, std::uint16_t to);
    [[nodiscard]] std::int64_t next_id() const noexcept;

    SchemaState schema_;
    std::vector<Tombstone> tombstones_;
};

}  // namespace segurifai::migrate
