#include "apps/providers/reviews.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/providers/provider_view.hpp"
#include "apps/unit_of_work.hpp"
#include "apps/users/tables.hpp"
#include "model/cells.hpp"
#include "model/filter.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

using model::Filter;
using sql::Value;

// Requests are assistance's, which stands above.
const sql::Query kRequest{
    "reviews.request",
    "SELECT status, provider_id FROM assistance_assistancerequest WHERE id = $1 AND user_id = $2",
    sql::Query::Kind::kPoint};
const sql::Query kExists{"reviews.exists",
                         "SELECT 1 FROM providers_providerreview "
                         "WHERE provider_id = $1 AND user_id = $2 AND assistance_request_id = $3",
                         sql::Query::Kind::kPoint};
const sql::Query kCount{"reviews.count",
                        "SELECT COALESCE(SUM(rating), 0), COUNT(*) FROM providers_providerreview "
                        "WHERE provider_id = $1"};
const sql::Query kRate{"reviews.rate",
                       "UPDATE providers_provider SET rating = $2, total_reviews = $3, "
                       "updated_at = $4 WHERE id = $1"};

struct Reviewed {
    std::string status;
    std::optional<ProviderId> provider;
    void read(model::Cells& cells) {
        cells.take(status);
        cells.take(provider);
    }
};

/// The unit that may be reviewed for that request of the caller.
Task<Result<ProviderId>> unit_of(sql::Transaction& transaction, const http::Call& call,
                                 assistance::AssistanceRequestId request) {
    const std::array params{Value::integer(request.value), Value::uuid(call.caller.user_id)};
    SEGURIFAI_CO_TRY_AS(const auto found,
                        co_await model::read_one<Reviewed>(transaction, kRequest, params));
    if (!found) co_return refuse(Refusal::kNotFound);
    if (found->status != "COMPLETED" || !found->provider)
        co_return refuse(Refusal::kInvalidTransition);
    co_return *found->provider;
}

/// Counts the reviews of a unit anew; its row is held.
Task<Result<void>> rate(sql::Transaction& transaction, Instant at, ProviderId id) {
    const std::array unit{Value::integer(id.value)};
    std::int64_t sum = 0;
    std::int64_t count = 0;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sum = row.integer(0);
        count = row.integer(1);
    });
    const auto counted = co_await transaction.run(kCount, unit, &sink);
    if (!counted) co_return std::unexpected(counted.error());
    const StarAverage average = count == 0 ? StarAverage{} : star_average(sum, count);
    const std::array params{Value::integer(id.value),
                            Value::decimal(average.unscaled, StarAverage::kScale),
                            Value::integer(count), Value::instant(at)};
    const auto rated = co_await transaction.run(kRate, params);
    if (!rated) co_return std::unexpected(rated.error());
    co_return Result<void>();
}

/// The first character of a text in UTF-8.
std::string first_character(std::string_view text) {
    std::size_t size = std::min<std::size_t>(text.size(), 1);
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
    return std::string(text.substr(0, size));
}

ReviewAuthor author_of(const users::User& user) {
    return {user.first_name, first_character(user.last_name)};
}

ReviewView view_of(const ProviderReview& review, ReviewAuthor author) {
    return {review.id,      review.provider_id, review.rating,
            review.comment, review.created_at,  std::move(author)};
}

Task<Result<ReviewView>> carry_out(sql::Transaction& transaction, const http::Call& call,
                                   const NewReview& given) {
    SEGURIFAI_CO_TRY_AS(const ProviderId unit,
                        co_await unit_of(transaction, call, given.assistance_request_id));
    // All who review one unit wait here for each other.
    const auto held = co_await hold_provider(transaction, unit);
    if (!held) co_return std::unexpected(held.error());
    const std::array params{Value::integer(unit.value), Value::uuid(call.caller.user_id),
                            Value::integer(given.assistance_request_id.value)};
    const auto exists = co_await transaction.run(kExists, params);
    if (!exists) co_return std::unexpected(exists.error());
    if (*exists > 0) co_return refuse(Refusal::kAlreadyDone);
    ProviderReview review;
    review.provider_id = unit;
    review.user_id = users::UserId{call.caller.user_id};
    review.assistance_request_id = given.assistance_request_id;
    review.rating = given.rating;
    review.comment = given.comment.value_or(std::string());
    SEGURIFAI_CO_TRY(co_await model::insert(transaction, call.platform.clock, review));
    SEGURIFAI_CO_TRY(co_await rate(transaction, call.at, unit));
    audit::Change change;
    change.object_table = "providers_providerreview";
    change.object_id = std::to_string(review.id.value);
    change.after = R"({"provider_id":)" + std::to_string(unit.value) + R"(,"rating":)" +
                   std::to_string(review.rating) + '}';
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
    SEGURIFAI_CO_TRY_AS(const auto user,
                        co_await model::find<users::User>(transaction, review.user_id));
    if (!user) co_return fail(Code::kCorrupt, "A review's author is missing.");
    co_return view_of(review, author_of(*user));
}

/// The authors of a page's reviews.
Task<Result<std::map<Uuid, ReviewAuthor>>> authors_of(sql::Executor& executor,
                                                      const std::vector<ProviderReview>& reviews) {
    std::map<Uuid, ReviewAuthor> authors;
    if (reviews.empty()) co_return authors;
    for (const ProviderReview& one : reviews) authors.try_emplace(one.user_id.value);
    std::vector<Value> ids;
    ids.reserve(authors.size());
    for (const auto& [id, author] : authors) ids.push_back(Value::uuid(id));
    Filter filter(model::table_of<users::User>());
    SEGURIFAI_CO_TRY(filter.where_in("id", ids));
    const auto users = co_await model::list<users::User>(executor, std::move(filter));
    if (!users) co_return std::unexpected(users.error());
    for (const users::User& user : *users) authors[user.id.value] = author_of(user);
    co_return authors;
}

constexpr std::array kFilters{std::string_view("provider_id"), std::string_view("rating")};
constexpr std::array kDerived{http::DerivedFilter{
    .name = "mine", .expression = "user_id = {person}", .type = model::Type::kBoolean}};
constexpr std::array kOrders{std::string_view("-created_at")};

}  // namespace

const http::ListSpec kReviewList{.table = &model::table_of<ProviderReview>(),
                                 .filters = kFilters,
                                 .derived = kDerived,
                                 .orders = kOrders};

Task<Result<ReviewView>> create_review(http::Call& call, NewReview given) {
    const auto work = [&](sql::Transaction& transaction) -> Task<Result<ReviewView>> {
        return carry_out(transaction, call, given);
    };
    auto done = co_await apps::perform<ReviewView>(call, work);
    if (!done && done.error().code == Code::kUniqueViolation)
        co_return refuse(Refusal::kAlreadyDone);
    co_return done;
}

Task<Result<http::Page<ReviewView>>> list_reviews(http::Call& call, http::ListQuery query) {
    sql::Database& database = call.platform.database;
    const auto rows =
        co_await http::read_page<ProviderReview>(database, query, call.platform.cursors);
    if (!rows) co_return std::unexpected(rows.error());
    SEGURIFAI_CO_TRY_AS(auto authors, co_await authors_of(database, rows->rows));
    co_return rows->into(
        query, [&](const ProviderReview& row) { return view_of(row, authors[row.user_id.value]); });
}

}  // namespace segurifai::providers
