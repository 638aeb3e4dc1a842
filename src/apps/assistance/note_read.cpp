#include "apps/assistance/note_read.hpp"

#include <utility>

#include "apps/assistance/request_row.hpp"
#include "apps/assistance/visible_request.hpp"
#include "model/cells.hpp"
#include "model/row_mapping.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

constexpr int kRowColumns = static_cast<int>(model::table_of<AssistanceRequest>().columns.size());

std::string select_by(std::string_view column) {
    return "SELECT " + row_columns("r.") +
           ", u.role, u.first_name FROM assistance_assistancerequest r, users_user u WHERE r." +
           std::string(column) + " = $1 AND u.id = $2";
}

constexpr auto kPoint = sql::Query::Kind::kPoint;
const std::string kByIdText = select_by("id");
const std::string kByNumberText = select_by("request_number");
const sql::Query kById{"assistance.note.place", kByIdText, kPoint};
const sql::Query kByNumber{"assistance.note.place_by_number", kByNumberText, kPoint};

}  // namespace

NoteRead::NoteRead(AssistanceRequestId id) noexcept
    : query_(kById), keys_{sql::Value::integer(id.value), {}} {}

NoteRead::NoteRead(std::string_view request_number) noexcept
    : query_(kByNumber), keys_{sql::Value::text(request_number), {}} {}

sql::Asked NoteRead::asked(sql::Engine engine, const Uuid& account) {
    keys_[1] = sql::Value::uuid(account);
    return {query_.on(engine), keys_, this};
}

bool NoteRead::on_row(const sql::Row& row) {
    NotePlace place;
    const model::FirstCells own(row, kRowColumns);
    if (auto read = model::decode_into(model::table_of<AssistanceRequest>(), own, &place.row);
        !read) {
        found_ = std::unexpected(std::move(read).error());
        return false;
    }
    model::Cells cells(row, kRowColumns);
    cells >> place.author_role >> place.author_name;
    if (cells.good())
        found_ = std::move(place);
    else
        found_ = fail(Code::kCorrupt, "An author is not as it was described.");
    return false;
}

std::unique_ptr<http::EarlyRead> early_note(const http::Call& call) {
    return early_named<NoteRead>(call);
}

Result<NotePlace> place_of_note(const http::Call& call) {
    if (!call.early) return refuse(Refusal::kNotFound);
    // Only early_note made it: the route says so.
    SEGURIFAI_TRY_AS(const std::optional<NotePlace> place,
                     static_cast<const NoteRead&>(*call.early).found());
    if (!place) return refuse(Refusal::kNotFound);
    return *place;
}

}  // namespace segurifai::assistance
