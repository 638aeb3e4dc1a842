#include "migrate/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <thread>

namespace segurifai::migrate {
namespace {

constexpr std::chrono::milliseconds kPauseFirst{20};
constexpr std::chrono::milliseconds kPauseMax{500};
/// CREATE INDEX CONCURRENTLY also waits, by locks, for transactions older than itself; nobody
/// queues behind that wait.
constexpr std::chrono::milliseconds kConcurrentlyTimeout{60'000};

bool is_worth_a_retry(const Error& error) noexcept {
    return error.code == Code::kBusy || error.code == Code::kSerialization;
}

/// The failure in the words of the migration. What may be tried again keeps its code.
std::unexpected<Error> failed(const std::string& migration, const Step& step, Error error) {
    if (error.code == Code::kNotNullViolation && !step.when_null.empty()) {
        error.code = Code::kConflict;
        error.message = step.when_null;
    }
    error.message =
        fmt::format("Migration {} could not {}: {}", migration, step.about, error.message);
    if (error.code == Code::kConflict && error.message.ends_with("is there already."))
        error.message += " 'segurifai migrate --fake-initial' takes over tables that are there.";
    return std::unexpected(std::move(error));
}

bookkeeping::Journal journal_of(const Work& work) {
    bookkeeping::Journal journal{.migration = work.migration->id,
                                 .direction = work.direction,
                                 .checksum = checksum(*work.migration)};
    for (const Step& step : work.steps) journal.entries.push_back({.step = step});
    return journal;
}

}  // namespace

template <class Try>
Result<void> Runner::with_retries(Try attempt) {
    for (int tried = 1;; ++tried) {
        Result<void> done = attempt();
        if (done || !is_worth_a_retry(done.error()) || tried >= options_.lock_attempts) return done;
        pause(tried);
    }
}

/// Longer each time, and never two runners in step.
void Runner::pause(int attempt) {
    const auto longest = std::min(kPauseMax, kPauseFirst * attempt);
    std::array<std::uint8_t, 1> chance{};
    random_.fill(chance);
    std::this_thread::sleep_for(longest / 2 + longest * chance[0] / 512);
}

void Runner::tell(const std::string& name, const Entries& entries, std::size_t position,
                  std::int64_t rows) const {
    if (!options_.on_progress) return;
    options_.on_progress({.migration = name,
                          .step = entries[position].step.about,
                          .step_number = position + 1,
                          .step_count = entries.size(),
                          .rows_done = rows});
}

Result<void> Runner::set_lock_timeout(std::chrono::milliseconds timeout) {
    if (session_.engine() == sql::Engine::kSqlite) return {};
    return session_.script(fmt::format("SET {}lock_timeout = {}",
                                       session_.in_transaction() ? "LOCAL " : "", timeout.count()));
}

Result<void> Runner::run(const Work& work) {
    const std::string name = work.migration->id.to_string();
    const bookkeeping::Journal journal = journal_of(work);
    const bool whole = std::ranges::all_of(work.steps, &Step::transactional);
    if (whole) return in_transaction(name, journal.entries, {0, work.steps.size()}, work.record);
    SEGURIFAI_TRY(with_retries(
        [&] { return session_.script(open_journal_sql(session_.engine(), journal)); }));
    return run_journalled(name, journal.entries, work.record);
}

Result<void> Runner::resume(const bookkeeping::Journal& journal, std::string record) {
    return run_journalled(journal.migration.to_string(), journal.entries, record);
}

Result<void> Runner::run_journalled(const std::string& name, const Entries& entries,
                                    const std::string& record) {
    const sql::Engine engine = session_.engine();
    std::size_t at = 0;
    while (at < entries.size()) {
        if (entries[at].finished) {
            ++at;
            continue;
        }
        if (!entries[at].step.transactional) {
            SEGURIFAI_TRY(alone(name, entries, at));
            ++at;
            continue;
        }
        Stretch stretch{at, at};
        std::string finished;
        while (stretch.to < entries.size() && entries[stretch.to].step.transactional) {
            finished += bookkeeping::finished_sql(engine, stretch.to, clock_.now()) + ";\n";
            ++stretch.to;
        }
        SEGURIFAI_TRY(in_transaction(name, entries, stretch, finished));
        at = stretch.to;
    }
    return in_transaction(name, entries, {at, at},
                          record + ";\n" + bookkeeping::close_journal_sql());
}

Result<void> Runner::in_transaction(const std::string& name, const Entries& entries,
                                    Stretch stretch, const std::string& after) {
    return with_retries([&]() -> Result<void> {
        auto done = transaction_once(name, entries, stretch, after);
        if (!done) session_.rollback();
        const bool sqlite = session_.engine() == sql::Engine::kSqlite;
        if (auto on = sqlite ? set_foreign_keys(true) : Result<void>(); !on && done) return on;
        return done;
    });
}

Result<void> Runner::transaction_once(const std::string& name, const Entries& entries,
                                      Stretch stretch, const std::string& after) {
    bool rebuilds = false;
    for (std::size_t i = stretch.from; i < stretch.to; ++i)
        rebuilds = rebuilds || entries[i].step.foreign_keys_off;
    // Inside a transaction the switch does nothing, and DROP TABLE would then empty the children.
    if (rebuilds) SEGURIFAI_TRY(set_foreign_keys(false));
    SEGURIFAI_TRY(session_.begin());
    SEGURIFAI_TRY(set_lock_timeout(options_.lock_timeout));
    SEGURIFAI_TRY(lease_.renew());
    for (std::size_t i = stretch.from; i < stretch.to; ++i) {
        tell(name, entries, i);
        SEGURIFAI_TRY(run_step(name, entries[i].step));
    }
    if (rebuilds) SEGURIFAI_TRY(check_foreign_keys());
    SEGURIFAI_TRY(session_.script(after));
    return session_.commit();
}

Result<void> Runner::run_step(const std::string& name, const Step& step) {
    auto done = step.foreign_keys_off ? rebuild(step) : session_.script(step.sql);
    if (!done) return failed(name, step, std::move(done).error());
    return {};
}

/// The script makes, fills and swaps the table; its triggers went with the old one, and no table
/// may have more or fewer rows than before.
Result<void> Runner::rebuild(const Step& step) {
    std::vector<std::string> triggers;
    auto sink = sql::each_row([&](const sql::Row& row) { triggers.emplace_back(row.text(0)); });
    const sql::Value table = sql::Value::text(step.table);
    SEGURIFAI_TRY(
        session_.run("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1",
                     {&table, 1}, &sink));
    SEGURIFAI_TRY_AS(const auto before, row_counts());
    SEGURIFAI_TRY(session_.script(step.sql));
    for (const std::string& trigger : triggers) SEGURIFAI_TRY(session_.script(trigger));
    SEGURIFAI_TRY_AS(const auto after, row_counts());
    for (const auto& [name, rows] : before) {
        const auto found = after.find(name);
        if (found == after.end() || found->second != rows)
            return fail(Code::kInternal,
                        fmt::format("Rebuilding {} changed the rows of {}; nothing was changed. "
                                    "Report this.",
                                    step.table, name));
    }
    return {};
}

Result<std::map<std::string, std::int64_t>> Runner::row_counts() {
    std::map<std::string, std::int64_t> counts;
    auto sink = sql::each_row([&](const sql::Row& row) { counts[std::string(row.text(0))] = 0; });
    SEGURIFAI_TRY(session_.run(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
        "ESCAPE '\\' AND name NOT LIKE 'segurifai\\_%' ESCAPE '\\'",
        {}, &sink));
    for (auto& [name, rows] : counts) {
        SEGURIFAI_TRY_AS(const auto counted,
                         session_.one_integer("SELECT count(*) FROM " + sql::quoted(name)));
        rows = counted.value_or(0);
    }
    return counts;
}

Result<void> Runner::set_foreign_keys(bool on) {
    // A rebuild that failed half-way left the old way of renaming on.
    SEGURIFAI_TRY(session_.script(on ? "PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF"
                                     : "PRAGMA foreign_keys = OFF"));
    SEGURIFAI_TRY_AS(const auto now, session_.one_integer("PRAGMA foreign_keys"));
    if (now.value_or(-1) == (on ? 1 : 0)) return {};
    return fail(Code::kInternal, "SQLite did not switch the enforcement of foreign keys.");
}

Result<void> Runner::check_foreign_keys() {
    std::string table;
    auto sink = sql::each_row([&](const sql::Row& row) {
        table = row.text(0);
        return false;
    });
    SEGURIFAI_TRY(session_.run("PRAGMA foreign_key_check", {}, &sink));
    if (table.empty()) return {};
    return std::unexpected(Error{
        .code = Code::kForeignKeyViolation,
        .message = fmt::format("Rows of {} would point at parents that are not there; nothing was "
                               "changed. Mend the rows and run 'segurifai migrate' again.",
                               table),
        .table = table});
}

Result<void> Runner::alone(const std::string& name, const Entries& entries, std::size_t position) {
    const sql::Engine engine = session_.engine();
    const Step& step = entries[position].step;
    SEGURIFAI_TRY(with_retries([&] { return lease_.renew(); }));
    SEGURIFAI_TRY(session_.script(bookkeeping::started_sql(engine, position, clock_.now())));
    tell(name, entries, position);
    auto done = with_retries([&] { return alone_once(name, entries, position); });
    SEGURIFAI_TRY(set_lock_timeout(options_.lock_timeout));
    if (!done) return failed(name, step, std::move(done).error());
    return session_.script(bookkeeping::finished_sql(engine, position, clock_.now()));
}

Result<void> Runner::alone_once(const std::string& name, const Entries& entries,
                                std::size_t position) {
    const Step& step = entries[position].step;
    SEGURIFAI_TRY(set_lock_timeout(step.invalid_index.empty() ? options_.lock_timeout
                                                              : kConcurrentlyTimeout));
    if (step.batches) return run_batches(name, entries, position);
    if (step.invalid_index.empty()) return session_.script(step.sql);
    bool invalid = false;
    SEGURIFAI_TRY_AS(const bool ready, is_index_ready(step.invalid_index, invalid));
    if (ready) return {};  // a killed runner had made it, and not written that down
    const std::string drop = "DROP INDEX CONCURRENTLY IF EXISTS " + sql::quoted(step.invalid_index);
    if (invalid) SEGURIFAI_TRY(session_.script(drop));
    auto done = session_.script(step.sql);
    if (!done) (void)session_.script(drop);  // the next attempt drops what this one could not
    return done;
}

Result<bool> Runner::is_index_ready(const std::string& index, bool& invalid) {
    const std::string quoted = sql::quoted(index);
    const sql::Value name = sql::Value::text(quoted);
    SEGURIFAI_TRY_AS(const auto valid,
                     session_.one_integer("SELECT CASE WHEN indisvalid THEN 1 ELSE 0 END FROM "
                                          "pg_index WHERE indexrelid = to_regclass($1)",
                                          {&name, 1}));
    invalid = valid && *valid == 0;
    return valid && *valid == 1;
}

Result<void> Runner::run_batches(const std::string& name, const Entries& entries,
                                 std::size_t position) {
    const Batches& batches = *entries[position].step.batches;
    sql::OwnedValue key;
    switch (batches.key) {
        case sql::ValueType::kInteger:
            key = sql::OwnedValue(sql::Value::integer(std::numeric_limits<std::int64_t>::min()));
            break;
        case sql::ValueType::kUuid: key = sql::OwnedValue(sql::Value::uuid(Uuid{})); break;
        default: key = sql::OwnedValue(sql::Value::text("")); break;
    }
    for (std::int64_t done = 0;; done += batches.rows) {
        bool more = false;
        auto sink = sql::each_row([&](const sql::Row& row) {
            sql::Value last;
            more = row.get(0, batches.key, 0, last) && !last.is_null();
            if (more) key = sql::OwnedValue(last);
        });
        const std::array params{key.view(), sql::Value::integer(batches.rows)};
        SEGURIFAI_TRY(session_.run(batches.sql, params, &sink));
        if (!more) return {};
        SEGURIFAI_TRY(lease_.renew());
        tell(name, entries, position, done + batches.rows);
    }
}

Result<bool> Runner::run_together(std::span<const Work> works) {
    const sql::Engine engine = session_.engine();
    const bool sqlite = engine == sql::Engine::kSqlite;
    if (sqlite) SEGURIFAI_TRY(set_foreign_keys(false));
    const auto all = [&]() -> Result<void> {
        SEGURIFAI_TRY(session_.begin());
        SEGURIFAI_TRY(set_lock_timeout(options_.lock_timeout));
        SEGURIFAI_TRY(lease_.renew());
        for (const Work& work : works) {
            std::string script;
            for (const Step& step : work.steps) script += step.sql + ";\n";
            if (options_.on_progress)
                options_.on_progress({.migration = work.migration->id.to_string(),
                                      .step = "apply the whole migration",
                                      .step_number = 1,
                                      .step_count = 1});
            SEGURIFAI_TRY(session_.script(script + work.record));
        }
        if (sqlite) SEGURIFAI_TRY(check_foreign_keys());
        return session_.commit();
    };
    const bool done = all().has_value();
    if (!done) session_.rollback();
    if (sqlite) SEGURIFAI_TRY(set_foreign_keys(true));
    return done;
}

}  // namespace segurifai::migrate
