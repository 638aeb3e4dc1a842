#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "sql/engine.hpp"

namespace segurifai::sql {

/// A statement as an engine runs it. `id` is a small number for the connections' caches of
/// prepared statements; 0 means "made at run time", cached by text within a limit.
struct Statement {
    std::string_view name;  ///< "assistance.claim": its metric
    std::string_view text;  ///< SQL with $1 parameters, in the engine's spelling
    std::uint32_t id = 0;
    bool point = false;  ///< reads by primary or unique key: at most a few rows, microseconds
};

/// A named SQL constant, declared once beside the function that runs it:
///
///     const Query kClaim{"assistance.claim", "UPDATE … WHERE id = $1 AND status = 'PENDING'"};
///
/// Every Query of the program registers itself, so that one test prepares all of them on both
/// engines. Declare Queries at namespace scope only.
class Query {
public:
    enum class Kind : std::uint8_t { kOrdinary, kPoint };

    Query(std::string_view name, std::string_view sql, Kind kind = Kind::kOrdinary)
        : Query(name, sql, sql, kind) {}
    /// For the few statements whose spelling differs.
    Query(std::string_view name, std::string_view sqlite, std::string_view postgres, Kind kind);

    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    [[nodiscard]] Statement on(Engine engine) const noexcept {
        return {name_, engine == Engine::kSqlite ? sqlite_ : postgres_, id_, kind_ == Kind::kPoint};
    }
    [[nodiscard]] std::string_view name() const noexcept { return name_; }

    /// The registered queries as a linked list, for the test that prepares them all.
    [[nodiscard]] static const Query* first() noexcept;
    [[nodiscard]] const Query* next() const noexcept { return next_; }

private:
    std::string_view name_;
    std::string_view sqlite_;
    std::string_view postgres_;
    Kind kind_;
    std::uint32_t id_;
    const Query* next_;
};

/// The next free statement number; also used by the generated CRUD statements of model/.
[[nodiscard]] std::uint32_t next_statement_id() noexcept;

}  // namespace segurifai::sql
