#include "apps/assistance/document_kinds.hpp"

#include <array>
#include <string>

#include "apps/assistance/choices.hpp"
#include "apps/assistance/json_members.hpp"
#include "base/json.hpp"
#include "model/cells.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

// Documents are found through the timeline, which is indexed by request; their table is not.
const sql::Query kKinds{
    "assistance.document.kinds",
    "SELECT DISTINCT d.document_type FROM assistance_requestupdate t "
    "JOIN assistance_requestdocument d ON d.id = CAST(t.metadata ->> 'document_id' AS INTEGER) "
    "WHERE t.request_id = $1 AND t.update_type = 'DOCUMENT' AND d.review_status <> 'REJECTED' "
    "ORDER BY d.document_type"};

}  // namespace

Task<Result<void>> note_document_kinds(sql::Transaction& transaction, Clock& clock,
                                       AssistanceRequest& request) {
    const std::array params{sql::Value::integer(request.id.value)};
    std::string kinds = "[";
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        DocumentType kind = DocumentType::kOther;
        model::Cells cells(row);
        cells >> kind;
        good = good && cells.good();
        if (kinds.size() > 1) kinds += ',';
        append_json_string(kinds, model::word(kind));
    });
    const auto ran = co_await transaction.run(kKinds, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A stored document is not as it was described.");
    request.metadata.text = with_member(request.metadata.text, "documents", kinds + "]");
    std::vector<std::string_view> columns{"metadata"};
    co_return co_await model::update_columns(transaction, clock, request, std::move(columns));
}

}  // namespace segurifai::assistance
