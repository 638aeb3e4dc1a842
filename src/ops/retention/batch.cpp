#include "ops/retention/batch.hpp"

#include <algorithm>
#include <ctime>

#include "model/cells.hpp"

namespace segurifai::retention {
namespace {

constexpr int kAttemptsMax = 5;

/// How many times as long as it works a run rests. Whoever writes waits for a commit that is under
/// way, and with it for the disk; whoever reads only shares the processor.
constexpr int kRestPartsOfProcessor = 99;
constexpr int kRestPartsBesideWriters = 499;
constexpr std::chrono::seconds kRestMax{2};

std::chrono::nanoseconds processor_time() noexcept {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);  // every Linux has it
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

Result<void> once(sql::Session& session, const std::function<Result<void>()>& body) {
    SEGURIFAI_TRY(session.begin());
    auto done = body();
    if (done) done = session.commit();
    if (!done) session.rollback();
    return done;
}

bool may_go_better(Code code) noexcept {
    return code == Code::kSerialization || code == Code::kBusy;
}

}  // namespace

Result<void> in_transaction(sql::Session& session, const std::function<Result<void>()>& body) {
    auto done = once(session, body);
    for (int attempt = 1; attempt < kAttemptsMax && !done && may_go_better(done.error().code);
         ++attempt)
        done = once(session, body);
    return done;
}

Result<void> Batches::run(const std::function<Result<void>()>& body) {
    SEGURIFAI_TRY(in_transaction(session_, body));
    if (session_.engine() != sql::Engine::kSqlite) return {};
    // Changes when another connection has committed, and not by our own commits.
    SEGURIFAI_TRY_AS(const auto version, session_.one_integer("PRAGMA data_version"));
    const bool others_write = seen_ && seen_ != version;
    seen_ = version;
    std::chrono::nanoseconds rest{0};
    if (options_.pace == Pace::kGentle)
        rest = (processor_time() - used_before_) * kRestPartsOfProcessor;
    if (others_write)
        rest =
            std::max(rest, (std::chrono::steady_clock::now() - began_) * kRestPartsBesideWriters);
    rest = std::min<std::chrono::nanoseconds>(rest, kRestMax);
    if (rest.count() > 0)
        options_.pause(std::chrono::duration_cast<std::chrono::microseconds>(rest));
    begin();
    return {};
}

void Batches::begin() {
    began_ = std::chrono::steady_clock::now();
    used_before_ = processor_time();
}

bool is_of_the_rows(Code code) noexcept {
    switch (code) {
        case Code::kInvalid:
        case Code::kUniqueViolation:
        case Code::kForeignKeyViolation:
        case Code::kCheckViolation:
        case Code::kNotNullViolation:
        case Code::kTooLong:
        case Code::kOutOfRange:
        case Code::kCorrupt:
        case Code::kUnsupported: return true;
        default: return false;
    }
}

bool Place::take(const sql::Row& row) {
    model::Cells cells(row);
    Instant instant;
    cells >> id >> instant;
    at = sql::OwnedValue(cells.good() ? sql::Value::instant(instant)
                                      : sql::Value::text(row.text(1)));
    return cells.good();
}

std::string parameters(std::size_t first, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) text += ", ";
        text += '$';
        text += std::to_string(first + i);
    }
    return text;
}

std::vector<std::vector<sql::Value>> pieces(std::span<const sql::Value> keys, std::size_t size) {
    std::vector<std::vector<sql::Value>> all;
    for (std::size_t at = 0; at < keys.size(); at += size) {
        const auto part = keys.subspan(at, std::min(size, keys.size() - at));
        auto& piece = all.emplace_back(part.begin(), part.end());
        piece.resize(size, piece.back());
    }
    return all;
}

Result<std::int64_t> count(sql::Session& session, const std::string& sql, sql::Params params) {
    SEGURIFAI_TRY_AS(const auto counted, session.one_integer(sql, params));
    return counted.value_or(0);
}

Result<void> insert_rows(sql::Session& session, const model::TablePlan& plan,
                         std::span<const void* const> rows) {
    const model::Table& table = plan.table;
    for (const void* row : rows)
        if (auto faults = plan.validation.check_row(row); !faults.empty())
            return std::unexpected(Error{.code = Code::kInvalid,
                                         .message = "A row breaks the rules of its table.",
                                         .table = std::string(table.name),
                                         .faults = std::move(faults)});
    std::vector<sql::BulkColumn> columns;
    for (const std::size_t position : plan.statements.inserted()) {
        const model::Column& column = table.columns[position];
        columns.push_back({std::string(column.name), column.value_type()});
    }
    std::size_t next = 0;
    const sql::BulkSource source = [&](std::vector<sql::Value>& values) -> Result<bool> {
        if (next == rows.size()) return false;
        values.clear();
        for (const std::size_t position : plan.statements.inserted())
            values.push_back(table.columns[position].load(rows[next]));
        ++next;
        return true;
    };
    SEGURIFAI_TRY(session.bulk_insert(table.name, columns, source));
    return {};
}

}  // namespace segurifai::retention
