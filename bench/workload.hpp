#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/gamification/tables.hpp"
#include "sql/database.hpp"
#include "sql/session.hpp"
#include "support/postgres_cluster.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::bench {

/// The 13-column row that every claim about rows is measured on.
using Module = gamification::EducationalModule;

/// A module like those people read: title, a paragraph of text, a link.
[[nodiscard]] Module module_number(std::int32_t number);

/// A database with the 21 tables, in a folder or on a private server with fsync on, as in
/// production.
class Workplace {
public:
    explicit Workplace(sql::Engine engine);

    [[nodiscard]] const sql::DatabaseUrl& url() const noexcept { return url_; }
    [[nodiscard]] sql::Engine engine() const noexcept { return url_.engine; }
    [[nodiscard]] std::unique_ptr<sql::Session> session() const;
    [[nodiscard]] std::unique_ptr<sql::Database> database(sql::DatabaseOptions options = {}) const;
    [[nodiscard]] std::string file(const char* name) const { return (folder_ / name).string(); }

    /// Empties the modules, or fills them with `rows` numbered from 1.
    void empty_modules() const;
    void fill_modules(std::int32_t rows) const;

private:
    testing::TemporaryFolder folder_;
    std::unique_ptr<testing::PostgresCluster> cluster_;
    sql::DatabaseUrl url_;
};

/// Repeatable keys between 1 and `rows`, in no order.
[[nodiscard]] std::vector<std::int32_t> shuffled_keys(std::int32_t rows, std::size_t count);

}  // namespace segurifai::bench
