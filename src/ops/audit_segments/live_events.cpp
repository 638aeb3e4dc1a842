#include "ops/audit_segments/live_events.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "apps/audit/tables.hpp"
#include "model/json_mapping.hpp"
#include "model/record.hpp"
#include "sql/statement.hpp"

namespace segurifai::audit_segments {
namespace {

using sql::Value;

const sql::Query kOldest{"audit.oldest", "SELECT MIN(at) FROM audit_event WHERE at >= $1"};
const sql::Query kCount{"audit.count",
                        "SELECT COUNT(*) FROM audit_event WHERE at >= $1 AND at < $2"};
// Both give the columns in the order of the description, as model::Record wants them.
const sql::Query kBehind{
    "audit.events_behind",
    "SELECT id, at, actor_id, action, object_table, object_id, before, after, request_id, address "
    "FROM audit_event WHERE (at, id) > ($1, $2) AND at < $3 ORDER BY at, id LIMIT $4"};
const sql::Query kRemove{
    "audit.events_remove",
    "DELETE FROM audit_event WHERE (at, id) > ($1, $2) AND (at, id) <= ($3, $4) RETURNING id, at, "
    "actor_id, action, object_table, object_id, before, after, request_id, address"};

/// Collects rows as events; remembers the first that is not of its description.
class EventsSink final : public sql::RowSink {
public:
    bool on_row(const sql::Row& row) override {
        const model::Table& table = model::table_of<audit::AuditEvent>();
        auto record = model::Record::of_row(table, row);
        if (!record) {
            error_ = std::move(record).error();
            return false;
        }
        LiveEvent event;
        event.key = {record->at("at").as_instant(), record->at("id").as_integer()};
        model::append_json(event.text, *record);
        events_.push_back(std::move(event));
        return true;
    }

    [[nodiscard]] Result<std::vector<LiveEvent>> take() {
        if (error_) return std::unexpected(std::move(*error_));
        return std::move(events_);
    }

private:
    std::vector<LiveEvent> events_;
    std::optional<Error> error_;
};

}  // namespace

std::optional<EventKey> key_of(std::string_view event) noexcept {
    constexpr std::string_view kBeforeId = R"({"id":)";
    constexpr std::string_view kBeforeAt = R"(,"at":")";
    if (!event.starts_with(kBeforeId)) return std::nullopt;
    event.remove_prefix(kBeforeId.size());
    EventKey key;
    const auto [end, error] = std::from_chars(event.data(), event.data() + event.size(), key.id);
    if (error != std::errc()) return std::nullopt;
    event.remove_prefix(static_cast<std::size_t>(end - event.data()));
    if (!event.starts_with(kBeforeAt)) return std::nullopt;
    event.remove_prefix(kBeforeAt.size());
    const auto at = Instant::parse(event.substr(0, Instant::kJsonSize));
    if (!at) return std::nullopt;
    key.at = *at;
    return key;
}

Result<std::optional<Instant>> oldest_event(sql::Session& session, Instant from) {
    const std::array params{Value::instant(from)};
    std::optional<Instant> oldest;
    auto sink = sql::each_row([&](const sql::Row& row) {
        Value value;
        if (row.get(0, sql::ValueType::kInstant, 0, value) && !value.is_null())
            oldest = value.as_instant();
    });
    SEGURIFAI_TRY(session.run(kOldest.on(session.engine()).text, params, &sink));
    return oldest;
}

Result<std::int64_t> count_events(sql::Session& session, Month month) {
    const std::array params{Value::instant(month.begins()), Value::instant(month.ends())};
    SEGURIFAI_TRY_AS(const auto count,
                     session.one_integer(kCount.on(session.engine()).text, params));
    return count.value_or(0);
}

Result<std::vector<LiveEvent>> events_behind(sql::Session& session, EventKey after, Instant end,
                                             std::int64_t limit) {
    const std::array params{Value::instant(after.at), Value::integer(after.id), Value::instant(end),
                            Value::integer(limit)};
    EventsSink sink;
    SEGURIFAI_TRY(session.run(kBehind.on(session.engine()).text, params, &sink));
    return sink.take();
}

Result<const LiveEvent*> LiveMonth::next() {
    if (at_ == batch_.size() && !ended_) {
        SEGURIFAI_TRY_AS(batch_, events_behind(session_, after_, end_, batch_events_));
        at_ = 0;
        ended_ = std::ssize(batch_) < batch_events_;
        if (!batch_.empty()) after_ = batch_.back().key;
    }
    return at_ < batch_.size() ? &batch_[at_++] : nullptr;
}

Result<std::vector<LiveEvent>> remove_events(sql::Session& session, EventKey after, EventKey last) {
    const std::array params{Value::instant(after.at), Value::integer(after.id),
                            Value::instant(last.at), Value::integer(last.id)};
    EventsSink sink;
    SEGURIFAI_TRY(session.run(kRemove.on(session.engine()).text, params, &sink));
    SEGURIFAI_TRY_AS(std::vector<LiveEvent> events, sink.take());
    std::ranges::sort(events, {}, &LiveEvent::key);  // RETURNING has no order
    return events;
}

}  // namespace segurifai::audit_segments
