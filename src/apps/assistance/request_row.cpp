#include "apps/assistance/request_row.hpp"

#include <array>
#include <string>
#include <utility>

#include "model/row_mapping.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

std::string select_row(std::string_view lock) {
    return "SELECT " + row_columns() + " FROM assistance_assistancerequest WHERE id = $1" +
           std::string(lock);
}

// On SQLite the one writer holds everything.
const std::string kHoldSqlite = select_row("");
const std::string kHoldPostgres = select_row(" FOR NO KEY UPDATE");
const sql::Query kHold{"assistance.request.hold", kHoldSqlite, kHoldPostgres,
                       sql::Query::Kind::kPoint};

}  // namespace

std::string row_columns(std::string_view prefix) {
    std::string text;
    for (const model::Column& column : model::table_of<AssistanceRequest>().columns) {
        if (!text.empty()) text += ", ";
        text += prefix;
        text += column.name;
    }
    return text;
}

Task<Result<std::optional<AssistanceRequest>>> find_for_update(sql::Transaction& transaction,
                                                               AssistanceRequestId id) {
    const std::array params{sql::Value::integer(id.value)};
    std::optional<AssistanceRequest> found;
    std::optional<Error> error;
    auto sink = sql::each_row([&](const sql::Row& row) {
        const model::Table& table = model::table_of<AssistanceRequest>();
        if (auto read = model::decode_into(table, row, &found.emplace()); !read)
            error = std::move(read).error();
    });
    SEGURIFAI_CO_TRY(co_await transaction.run(kHold, params, &sink));
    if (error) co_return std::unexpected(*std::move(error));
    co_return found;
}

}  // namespace segurifai::assistance
