#include "retention/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "apps/archive/tables.hpp"
#include "model/plan.hpp"
#include "model/row_mapping.hpp"
#include "ops/retention/request_text.hpp"

namespace segurifai::testing {
namespace {

using archive::HoldKind;

void put(Content& content, const model::Record& row) {
    const model::Table& table = row.table();
    content.rows[std::string(table.name)].insert_or_assign(
        sql::to_display(row.at(table.primary_key().name)), row);
}

std::string link_text(std::string_view table, std::string_view row, std::string_view column,
                      std::string_view number, std::string_view target) {
    return fmt::format("{} {} {} → {}, {}", table, row, column, number, target);
}

/// The same day and time in another year; the day after a 29 February that is not there.
Instant plus_years(Instant at, int years) {
    std::string text = at.to_string();
    const std::string year = fmt::format("{:04}", std::stoi(text.substr(0, 4)) + years);
    if (const auto same = Instant::parse(year + text.substr(4))) return *same;
    return *Instant::parse(year + "-03-01" + text.substr(10));
}

/// What the audit log says of a hold or a restore: no run writes it.
bool is_deed(const model::Record& row) {
    return row.table().name == "audit_event" && row.at("action").as_text().starts_with("archive.");
}

constexpr std::int64_t kDay = 86'400'000'000;

}  // namespace

Content content_of(sql::Session& session, const model::Registry& registry) {
    const auto checked = [](auto&& result) {
        if (!result) throw std::runtime_error(describe(result.error()));
        return std::move(*result);
    };
    Content content;
    for (const model::Table* table : registry.tables()) {
        if (table->app == "archive") continue;
        model::RecordsOf sink(*table);
        const auto statement = model::plan_of(*table).statements.all.on(session.engine());
        checked(session.run(statement.text, {}, &sink));
        if (sink.error) throw std::runtime_error(describe(*sink.error));
        for (const model::Record& row : sink.rows)
            if (!is_deed(row)) put(content, row);
    }
    model::RowsOf<archive::ArchivedRequest> requests;
    checked(session.run(
        model::plan_of<archive::ArchivedRequest>().statements.all.on(session.engine()).text, {},
        &requests));
    for (const archive::ArchivedRequest& request : requests.rows) {
        const std::string text = checked(retention::unpack(request));
        content.archived[request.request_number] = checked(retention::rows_of(registry, text));
    }
    model::RowsOf<archive::RequestLink> links;
    checked(
        session.run(model::plan_of<archive::RequestLink>().statements.all.on(session.engine()).text,
                    {}, &links));
    for (const archive::RequestLink& link : links.rows)
        content.links.insert(link_text(link.table_name, link.row_id, link.column_name,
                                       link.request_number, link.target_id));
    return content;
}

bool Expectation::holds(HoldKind kind, const std::string& object) const {
    return std::ranges::any_of(
        holds_, [&](const Hold& hold) { return hold.kind == kind && hold.object == object; });
}

bool Expectation::is_held(const History::Request& request) const {
    return holds(HoldKind::kRequest, request.number) || holds(HoldKind::kMember, request.user) ||
           (request.provider && holds(HoldKind::kProvider, std::to_string(*request.provider)));
}

bool Expectation::is_live(const History::Request& request, Instant now) const {
    return !request.ended || is_held(request) || now < plus_years(*request.ended, 2);
}

bool Expectation::is_kept(const History::Request& request, Instant now) const {
    return !request.ended || is_held(request) || now < plus_years(*request.ended, 7);
}

void Expectation::add_outside(Content& content, model::Record row, const History::Request* request,
                              Instant now) const {
    if (request != nullptr && !is_live(*request, now)) {
        const model::Table& table = row.table();
        content.links.insert(
            link_text(table.name, sql::to_display(row.at(table.primary_key().name)),
                      "assistance_request_id", request->number, std::to_string(request->id)));
        row.set("assistance_request_id", sql::Value::null(sql::ValueType::kInteger));
    }
    put(content, row);
}

Content Expectation::at(Instant now) const {
    Content content;
    for (const model::Record& row : history_.fixed) put(content, row);
    for (const History::Request& request : history_.requests) {
        if (is_live(request, now))
            for (const model::Record& row : request.rows) put(content, row);
        else if (is_kept(request, now))
            content.archived[request.number] = request.rows;
    }
    const auto request_of = [&](std::optional<std::size_t> request) {
        return request ? &history_.requests[*request] : nullptr;
    };
    for (const History::Outside& one : history_.outside)
        add_outside(content, one.row, request_of(one.request), now);
    for (const History::Position& one : history_.positions) {
        const History::Request* request = request_of(one.request);
        const bool held = holds(HoldKind::kProvider, std::to_string(one.provider)) ||
                          (request != nullptr && is_held(*request));
        const std::int64_t day_ends = (one.at.micros / kDay + 1) * kDay;
        if (held || now.micros < day_ends + 90 * kDay) add_outside(content, one.row, request, now);
    }
    for (const History::Timed& one : history_.timed)
        if (now.micros < one.from.micros + kDay ||
            (!one.user.empty() && one.row.table().app == "sessions" &&
             holds(HoldKind::kMember, one.user)))
            put(content, one.row);
    return content;
}

std::string difference(const Content& expected, const Content& found) {
    std::string words;
    const auto compare = [&](std::string_view what, const auto& wanted, const auto& there) {
        for (const auto& [key, value] : wanted) {
            const auto at = there.find(key);
            if (at == there.end())
                words += fmt::format("{} {} is missing\n", what, key);
            else if (at->second != value)
                words += fmt::format("{} {} is not as it was\n", what, key);
        }
        for (const auto& [key, value] : there)
            if (!wanted.contains(key)) words += fmt::format("{} {} is too many\n", what, key);
    };
    std::set<std::string> tables;
    for (const auto& [table, rows] : expected.rows) tables.insert(table);
    for (const auto& [table, rows] : found.rows) tables.insert(table);
    static const std::map<std::string, model::Record> kNone;
    const auto rows_of = [](const Rows& rows, const std::string& table) -> const auto& {
        const auto at = rows.find(table);
        return at == rows.end() ? kNone : at->second;
    };
    for (const std::string& table : tables)
        compare(table, rows_of(expected.rows, table), rows_of(found.rows, table));
    compare("archived", expected.archived, found.archived);
    for (const std::string& link : expected.links)
        if (!found.links.contains(link)) words += "link missing: " + link + "\n";
    for (const std::string& link : found.links)
        if (!expected.links.contains(link)) words += "link too many: " + link + "\n";
    constexpr std::size_t kShown = 1'500;
    return words.substr(0, kShown);
}

}  // namespace segurifai::testing
