#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace segurifai::sql {

enum class Engine : std::uint8_t { kSqlite, kPostgres };

/// "sqlite" or "postgres": the words of the command line and of migration files.
[[nodiscard]] std::string_view name_of(Engine engine) noexcept;

/// Where the data is: `sqlite:///relative.db`, `sqlite:////absolute.db`, or any
/// `postgresql://user:password@host:port/name?option=value` that libpq understands.
struct DatabaseUrl {
    Engine engine = Engine::kSqlite;
    std::string location;  ///< the file's path, or the whole PostgreSQL URI

    [[nodiscard]] static Result<DatabaseUrl> parse(std::string_view text);

    /// The URL without its password: the only form that may be printed or logged.
    [[nodiscard]] std::string to_display() const;
};

}  // namespace segurifai::sql
