#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sql/statement.hpp"
#include "sql/value.hpp"

namespace segurifai::sql::postgres {

/// Which statements a connection has prepared. One text may be prepared several times, once for
/// each row of parameter types it was run with. Statements with a number are kept for good (the
/// program has a fixed set of them); those made at run time within a limit.
class StatementCache {
public:
    struct Prepared {
        std::uint64_t serial = 0;
        std::string name;  ///< its name on the server
        std::string text;
        std::string signature;
        bool gathered = false;  ///< its text is that of gathered_text()
        std::uint32_t id = 0;
        std::uint64_t last_used = 0;
    };

    /// `limit`: how many statements made at run time are kept, 1 and more.
    explicit StatementCache(std::size_t limit) : limit_(limit) {}

    /// The statement as prepared for these types, for one row of parameters or for many
    /// (`gathered`); nullptr when it is not.
    [[nodiscard]] const Prepared* find(const Statement& statement, Params params,
                                       bool gathered = false);
    /// Notes a statement as prepared and gives it a name that was never used before. With
    /// `gathered` its text becomes gathered_text().
    const Prepared& add(const Statement& statement, Params params, bool gathered = false);
    /// The least recently used statement made at run time, when there are more than the limit:
    /// it is forgotten, and the caller deallocates that name on the server.
    [[nodiscard]] std::optional<std::string> evict();
    /// Forgets one that the server refused or lost.
    void forget(std::uint64_t serial);
    /// Forgets all: the connection is new.
    void clear();

    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

private:
    using Variants = std::vector<Prepared*>;

    [[nodiscard]] Variants* variants(const Statement& statement);

    std::size_t limit_;
    std::uint64_t last_serial_ = 0;
    std::uint64_t clock_ = 0;
    std::size_t made_at_run_time_ = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<Prepared>> all_;
    std::vector<Variants> by_id_;
    std::unordered_map<std::string_view, Variants> by_text_;  // keys lie in Prepared::text
};

}  // namespace segurifai::sql::postgres
