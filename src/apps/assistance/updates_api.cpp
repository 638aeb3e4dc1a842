// The timeline of a request, and words added to it (API §2.6).

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/assistance/api.hpp"
#include "apps/assistance/json_members.hpp"
#include "apps/assistance/note_read.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/assistance/timeline.hpp"
#include "apps/assistance/timeline_sentences.hpp"
#include "apps/assistance/visible_request.hpp"
#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"
#include "apps/users/choices.hpp"
#include "base/guatemala.hpp"
#include "base/json_object.hpp"
#include "model/cells.hpp"

namespace segurifai::assistance {
namespace {

using model::Filter;

/// Who reads a note. Anything else on a timeline is for everybody who sees the request.
enum class NoteAudience : std::uint8_t { kMember, kStaff };

}  // namespace
}  // namespace segurifai::assistance

namespace segurifai::model {
template <>
inline constexpr std::array kWords<assistance::NoteAudience>{std::string_view("member"),
                                                             std::string_view("staff")};
}  // namespace segurifai::model

namespace segurifai::assistance {
namespace {

/// How long after its end words may be added (API §2.6).
constexpr std::int64_t kTalkDays = 7;

struct AuthorView {
    static constexpr std::string_view kShape = "UpdateAuthor";
    users::Role role = users::Role::kUser;
    std::string first_name;
    static consteval auto fields() {
        return std::array{http::field<&AuthorView::role>("role"),
                          http::field<&AuthorView::first_name>("first_name")};
    }
};

struct UpdateView {
    static constexpr std::string_view kShape = "RequestUpdate";
    RequestUpdateId id;
    UpdateType update_type = UpdateType::kNote;
    std::string message;
    Json metadata;
    std::optional<AuthorView> author;  ///< nothing = the platform
    Instant created_at;
    static consteval auto fields() {
        return std::array{http::field<&UpdateView::id>("id"),
                          http::field<&UpdateView::update_type>("update_type"),
                          http::field<&UpdateView::message>("message"),
                          http::field<&UpdateView::metadata>("metadata"),
                          http::field<&UpdateView::author>("author"),
                          http::field<&UpdateView::created_at>("created_at")};
    }
};

struct NewNote {
    static constexpr std::string_view kShape = "NewRequestNote";
    std::string message;
    std::optional<NoteAudience> audience;
    static consteval auto fields() {
        return std::array{
            http::field<&NewNote::message>("message", {.length = 2000, .length_min = 1}),
            http::field<&NewNote::audience>("audience", {.help = "staff only"})};
    }
};

constexpr std::array kFilters{std::string_view("update_type")};
constexpr std::array kOrders{std::string_view("created_at")};
constexpr http::ListSpec kUpdates{
    .table = &model::table_of<RequestUpdate>(), .filters = kFilters, .orders = kOrders};

constexpr model::Expression kIsForAll{
    .name = "for_all",
    .expression = "COALESCE(metadata ->> 'audience', 'member') <> 'staff'",
    .type = model::Type::kBoolean};

// What stands in `metadata` for members and units, sorted: the steps of the request and the names
// of its documents, not what staff note about them.
constexpr std::array kPublicKeys{std::string_view("actor"),       std::string_view("audience"),
                                 std::string_view("document_id"), std::string_view("document_type"),
                                 std::string_view("from"),        std::string_view("reason"),
                                 std::string_view("state"),       std::string_view("to")};

const sql::Query kAuthor{"assistance.update.author",
                         "SELECT role, first_name FROM users_user WHERE id = $1",
                         sql::Query::Kind::kPoint};

using Authors = std::map<Uuid, AuthorView>;

Task<Result<AuthorView>> find_author(sql::Executor& executor, Uuid id) {
    AuthorView author;
    const std::array params{sql::Value::uuid(id)};
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& found) {
        model::Cells cells(found);
        cells >> author.role >> author.first_name;
        good = cells.good();
    });
    const auto ran = co_await executor.run(kAuthor, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "An author is not as it was described.");
    co_return author;
}

/// The authors of a page: few people talk about one request.
Task<Result<Authors>> authors_of(sql::Executor& executor, const std::vector<RequestUpdate>& rows) {
    Authors authors;
    for (const RequestUpdate& row : rows) {
        if (!row.user_id || authors.contains(row.user_id->value)) continue;
        SEGURIFAI_CO_TRY_AS(authors[row.user_id->value],
                            co_await find_author(executor, row.user_id->value));
    }
    co_return authors;
}

UpdateView view_of(const http::Call& call, const RequestUpdate& row, const Authors& authors,
                   Audience audience) {
    UpdateView view;
    view.id = row.id;
    view.update_type = row.update_type;
    view.message = message_in(call.language, row);
    view.metadata.text =
        audience == Audience::kStaff ? row.metadata.text : only(row.metadata.text, kPublicKeys);
    if (row.user_id)
        if (const auto author = authors.find(row.user_id->value); author != authors.end())
            view.author = author->second;
    view.created_at = row.created_at;
    return view;
}

Task<Result<http::Page<UpdateView>>> list(http::Call& call, http::ListQuery query) {
    sql::Database& database = call.platform.database;
    SEGURIFAI_CO_TRY_AS(const VisibleRow seen, co_await find_visible_row(database, call));
    SEGURIFAI_CO_TRY(query.filter.where("request_id", Filter::Operator::kEqual,
                                        sql::Value::integer(seen.row.id.value)));
    if (seen.audience != Audience::kStaff)
        SEGURIFAI_CO_TRY(
            query.filter.where(kIsForAll, Filter::Operator::kEqual, sql::Value::boolean(true)));
    const auto rows =
        co_await http::read_page<RequestUpdate>(database, query, call.platform.cursors);
    if (!rows) co_return std::unexpected(rows.error());
    SEGURIFAI_CO_TRY_AS(const Authors authors, co_await authors_of(database, rows->rows));
    const auto view = [&](const RequestUpdate& row) {
        return view_of(call, row, authors, seen.audience);
    };
    co_return rows->into(query, view);
}

/// Adds the note and gives it as it is read.
Task<Result<UpdateView>> add_note(sql::Transaction& transaction, http::Call& call,
                                  const NotePlace& place, const NewNote& note, Audience seen_as) {
    const NoteAudience audience = note.audience.value_or(NoteAudience::kMember);
    JsonObject metadata;
    metadata.text("audience", model::word(audience));
    RequestUpdate row;
    row.request_id = place.row.id;
    row.user_id = users::UserId{call.caller.user_id};
    row.update_type = UpdateType::kNote;
    row.message = note.message;
    row.metadata.text = metadata.to_string();
    row.created_at = call.at;
    UpdateEntry entry{.request_id = row.request_id,
                      .author = row.user_id,
                      .type = row.update_type,
                      .message = row.message,
                      .metadata = row.metadata.text};
    SEGURIFAI_CO_TRY_AS(row.id, co_await add_update(transaction, call.at, std::move(entry)));
    JsonObject after;
    after.text("audience", model::word(audience)).integer("update_id", row.id.value);
    audit::Change change{.action = {},
                         .object_table = "assistance_assistancerequest",
                         .object_id = std::to_string(row.request_id.value),
                         .after = after.to_string()};
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
    const Authors authors{
        {call.caller.user_id, {.role = place.author_role, .first_name = place.author_name}}};
    co_return view_of(call, row, authors, seen_as);
}

constexpr std::array kRefusals{Refusal::kInvalidTransition};

Task<Result<UpdateView>> add(http::Call& call, NewNote input) {
    // The request is not held: whoever changes it waits for no note, and no note for them.
    auto body = [&](sql::Transaction& transaction) -> Task<Result<UpdateView>> {
        SEGURIFAI_CO_TRY_AS(const NotePlace place, place_of_note(call));
        const auto audience = audience_of(call, place.row.user_id, place.row.provider_id);
        if (!audience) co_return refuse(Refusal::kNotFound);
        if (input.audience && *audience != Audience::kStaff)
            co_return fault("audience", "Only staff choose who reads a note.");
        SEGURIFAI_CO_TRY_AS(const auto ended, co_await ended_at(transaction, place.row));
        if (ended && call.at > add_seconds(*ended, kTalkDays * kMinutesPerDay * 60))
            co_return refuse(Refusal::kInvalidTransition);
        co_return co_await add_note(transaction, call, place, input, *audience);
    };
    const apps::Work<UpdateView> work = body;
    co_return co_await apps::perform<UpdateView>(call, work);
}

}  // namespace

std::vector<http::Route> update_routes() {
    return {http::get<&list>("/api/assistance/requests/{id}/updates/", "requests.updates",
                             {.summary = "The timeline of a request", .list = &kUpdates}),
            http::post<&add>("/api/assistance/requests/{id}/updates/", "requests.updates.add",
                             {.summary = "Say something about a request",
                              .status = 201,
                              .keyed = true,
                              .early = &early_note,
                              .refusals = kRefusals})};
}

}  // namespace segurifai::assistance
