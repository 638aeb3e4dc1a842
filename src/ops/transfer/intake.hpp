#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/record.hpp"
#include "model/registry.hpp"
#include "ops/transfer/csv.hpp"
#include "ops/transfer/load.hpp"
#include "ops/transfer/spool.hpp"

namespace segurifai::transfer {

/// Where a row came from: the source's position and the line, in one number.
struct Place {
    static constexpr int kLineBits = 40;

    [[nodiscard]] static std::int64_t of(std::size_t source, std::int64_t line) noexcept {
        return (static_cast<std::int64_t>(source) << kLineBits) | line;
    }
    [[nodiscard]] static std::size_t source(std::int64_t place) noexcept {
        return static_cast<std::size_t>(place >> kLineBits);
    }
    [[nodiscard]] static std::int64_t line(std::int64_t place) noexcept {
        return place & ((std::int64_t{1} << kLineBits) - 1);
    }
};

/// Collects faults up to a limit and counts the rest.
class FaultList {
public:
    FaultList(std::span<const Source> sources, std::size_t limit)
        : sources_(sources), limit_(limit) {}

    /// "dump.ndjson:12 users_user.email": the path a fault gets.
    [[nodiscard]] std::string path(std::int64_t place, std::string_view table,
                                   std::string_view column) const;
    void add(std::int64_t place, std::string_view table, std::string_view column,
             std::string message);
    void add(std::int64_t place, std::string_view table, const Error& error);

    [[nodiscard]] bool empty() const noexcept { return faults_.empty(); }
    /// The failure that carries what was collected.
    [[nodiscard]] Error take();

private:
    std::span<const Source> sources_;
    std::size_t limit_;
    std::vector<Fault> faults_;
    std::int64_t more_ = 0;
};

/// Reads sources, checks every row by its description, and keeps the good ones by table.
class Intake {
public:
    Intake(const model::Registry& registry, std::span<const Source> sources,
           const LoadOptions& options, FaultList& faults)
        : registry_(registry), sources_(sources), options_(options), faults_(faults) {}

    /// Reads everything. Faults of rows go to the list; a failure here is about a file or disk.
    [[nodiscard]] Result<void> read();

    /// The checked rows of each table that had any.
    [[nodiscard]] std::map<const model::Table*, Spool>& spools() noexcept { return spools_; }

private:
    /// A CSV file being read: which column of the table each field belongs to.
    struct CsvReading {
        const model::Table& table;
        std::vector<std::size_t> positions = {};
    };

    [[nodiscard]] Result<void> read_ndjson(std::size_t source);
    [[nodiscard]] Result<void> take_line(std::int64_t place, std::string_view line);
    [[nodiscard]] Result<void> read_csv_file(std::size_t source);
    /// False when the header names what the table does not have.
    [[nodiscard]] bool take_csv_header(CsvReading& reading, std::int64_t place,
                                       const CsvRecord& fields);
    [[nodiscard]] std::optional<model::Record> csv_record(const CsvReading& reading,
                                                          std::int64_t place,
                                                          const CsvRecord& fields);
    [[nodiscard]] Result<void> keep(std::int64_t place, const model::Table& table,
                                    model::Record record);

    const model::Registry& registry_;
    std::span<const Source> sources_;
    const LoadOptions& options_;
    FaultList& faults_;
    std::map<const model::Table*, Spool> spools_;
    std::int64_t rows_ = 0;
};

}  // namespace segurifai::transfer
