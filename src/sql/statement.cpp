#include "sql/statement.hpp"

namespace segurifai::sql {
namespace {

// Constant-initialised, so that Queries of any file may register before main().
constinit const Query* first_query = nullptr;
constinit std::atomic<std::uint32_t> last_id{0};

}  // namespace

std::uint32_t next_statement_id() noexcept {
    return last_id.fetch_add(1) + 1;
}

Query::Query(std::string_view name, std::string_view sqlite, std::string_view postgres, Kind kind)
    : name_(name),
      sqlite_(sqlite),
      postgres_(postgres),
      kind_(kind),
      id_(next_statement_id()),
      next_(first_query) {
    first_query = this;
}

const Query* Query::first() noexcept {
    return first_query;
}

}  // namespace segurifai::sql
