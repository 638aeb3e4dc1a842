#include "sql/engine.hpp"

namespace segurifai::sql {

std::string_view name_of(Engine engine) noexcept {
    return engine == Engine::kSqlite ? "sqlite" : "postgres";
}

Result<DatabaseUrl> DatabaseUrl::parse(std::string_view text) {
    constexpr std::string_view kSqliteScheme = "sqlite:///";
    if (text.starts_with(kSqliteScheme)) {
        const std::string_view path = text.substr(kSqliteScheme.size());
        if (path.empty())
            return fail(Code::kInvalid, "The database URL names no file: sqlite:///path.db");
        if (path.find('\0') != std::string_view::npos || path.find('?') != std::string_view::npos)
            return fail(Code::kInvalid, "The database URL's path may hold neither '?' nor NUL.");
        return DatabaseUrl{Engine::kSqlite, std::string(path)};
    }
    if (text.starts_with("postgresql://") || text.starts_with("postgres://"))
        return DatabaseUrl{Engine::kPostgres, std::string(text)};
    return fail(Code::kInvalid,
                "The database URL must begin with sqlite:/// or postgresql://, for example "
                "sqlite:///var/segurifai.db or postgresql://segurifai@127.0.0.1/segurifai");
}

std::string DatabaseUrl::to_display() const {
    if (engine == Engine::kSqlite) return "sqlite:///" + location;
    // A password stands between the first ':' after the scheme and the last '@' before the path,
    // or in the query part.
    const std::size_t scheme_end = location.find("://") + 3;
    std::string shown = location.substr(0, location.find('?'));
    const std::size_t path = shown.find('/', scheme_end);
    const std::size_t at = shown.rfind('@', path);
    const std::size_t colon = shown.find(':', scheme_end);
    if (at != std::string::npos && at >= scheme_end && colon != std::string::npos && colon < at)
        shown.erase(colon, at - colon);
    return shown;
}

}  // namespace segurifai::sql
