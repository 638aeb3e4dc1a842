#include "sql/sqlite/text_folding.hpp"

#include <new>
#include <string>

#include "base/text_folding.hpp"

namespace segurifai::sql::sqlite {
namespace {

void fold(sqlite3_context* context, int, sqlite3_value** values) noexcept {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
    if (text == nullptr) return sqlite3_result_null(context);
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[0]));
    try {
        const std::string bare = folded({text, size});
        sqlite3_result_text64(context, bare.data(), bare.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    }
}

}  // namespace

int register_text_folding(sqlite3* db) noexcept {
    return sqlite3_create_function_v2(db, "folded", 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                      nullptr, &fold, nullptr, nullptr, nullptr);
}

}  // namespace segurifai::sql::sqlite
