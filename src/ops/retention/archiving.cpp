#include "ops/retention/archiving.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "apps/archive/tables.hpp"
#include "apps/assistance/ending.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/migrations.hpp"
#include "base/text_folding.hpp"
#include "model/cells.hpp"
#include "ops/retention/batch.hpp"
#include "ops/retention/holds.hpp"
#include "ops/retention/periods.hpp"
#include "ops/retention/request_text.hpp"
#include "ops/retention/request_tree.hpp"

namespace segurifai::retention {
namespace {

using archive::ArchivedRequest;

/// What the archive says of a request beside its own row.
struct Ending {
    std::int64_t id = 0;
    Instant ended_at{};
    std::optional<services::CategoryType> category;
};

/// "assistance.0003_x dispatch.0001_initial": what the packed rows look like.
Result<std::string> schema_version(const TreeShape& shape) {
    SEGURIFAI_TRY_AS(const migrate::MigrationGraph history, apps::embedded_history());
    std::set<std::string_view> apps;
    for (const TreeShape::Branch& branch : shape.branches()) apps.insert(branch.table->app);
    std::string version;
    for (const std::string_view app : apps)
        for (const migrate::MigrationId& head : history.heads(app))
            version += (version.empty() ? "" : " ") + head.to_string();
    return version;
}

/// What the lanes of a run have done together.
class Tally {
public:
    explicit Tally(const Options& options) : options_(options) {}

    /// Adds a batch; false when no lane shall begin another one.
    bool add(const Line& batch) {
        const std::lock_guard lock(mutex_);
        line_.due += batch.due;
        line_.done += batch.done;
        line_.bytes += batch.bytes;
        line_.held += batch.held;
        line_.purged_next += batch.purged_next;
        line_.bytes_purged_next += batch.bytes_purged_next;
        line_.findings.add(batch.findings);
        if (batch.due > 0 && !options_.dry_run) goes_on_ = goes_on_ && options_.on_batch(line_);
        return goes_on_;
    }

    void stop() {
        const std::lock_guard lock(mutex_);
        goes_on_ = false;
    }

    [[nodiscard]] const Line& line() const noexcept { return line_; }  ///< once all have ended

private:
    const Options& options_;
    std::mutex mutex_;
    Line line_{.table = "assistance_assistancerequest"};
    bool goes_on_ = true;
};

/// A request whose time is over.
struct Due {
    std::int64_t id = 0;
    std::optional<Instant> ended_at;  ///< nothing = it cannot be read
};

/// What all lanes work by.
struct Plan {
    TreeShape shape;
    std::string version;
    Instant limit;
    const Options& options;
    std::size_t lanes;
};

/// One session's part of the requests: those whose id leaves the remainder `lane`.
class Archiving {
public:
    Archiving(sql::Session& session, const Plan& plan, std::size_t lane, Tally& tally)
        : session_(session),
          shape_(plan.shape),
          version_(plan.version),
          limit_(plan.limit),
          options_(plan.options),
          tally_(tally),
          batches_(session, plan.options),
          own_(plan.lanes == 1 ? "" : fmt::format(" AND r.id % {} = {}", plan.lanes, lane)),
          held_(held_sql(options_.registry, model::table_of<assistance::AssistanceRequest>(), "r")),
          over_(fmt::format("r.created_at <= $1 AND {} AND {} <= $1", assistance::kEndedSql,
                            assistance::kEndedAtSql)) {}

    /// All the lane's, batch after batch.
    Result<void> run() {
        auto done = all();
        if (!done) tally_.stop();
        return done;
    }

private:
    Result<void> all() {
        Place after;
        bool more = true;
        while (more) {
            SEGURIFAI_TRY_AS(const Found found, find(after));
            Line batch{.due = static_cast<std::int64_t>(found.due.size()), .held = found.held};
            if (batch.due > 0) SEGURIFAI_TRY(work_on(found.due, batch));
            after = found.last;
            more = tally_.add(batch) && found.rows == kBatchRequests;
        }
        return {};
    }

    /// One that is damaged stays where it is, and keeps no other one.
    Result<void> work_on(std::span<const Due> due, Line& line) {
        const auto work = [&](std::span<const Due> part) {
            return options_.dry_run ? weigh(part, line) : move(part, line);
        };
        const auto blame = [&](const Due& one, const Error& why) -> Result<void> {
            const std::array params{sql::Value::integer(one.id)};
            SEGURIFAI_TRY_AS(const auto number,
                             session_.one_text("SELECT request_number FROM "
                                               "assistance_assistancerequest WHERE id = $1",
                                               params));
            line.findings.add(fmt::format("{} (id {}) cannot be archived: {}",
                                          number.value_or("A request"), one.id, describe(why)));
            return {};
        };
        return settle(due, work, blame);
    }

    /// Requests whose time is over. They are passed in the order in which they were made: that
    /// leads past those whose time is over, and never over the others.
    struct Found {
        std::size_t rows = 0;
        std::vector<Due> due;
        std::int64_t held = 0;
        Place last;
    };

    /// The next ones. Before the transaction, because looking for them may pass over many that
    /// stay.
    Result<Found> find(const Place& after) {
        SEGURIFAI_TRY_AS(const bool holds, any_holds(session_));
        const std::array params{sql::Value::instant(limit_), after.at.view(),
                                sql::Value::integer(after.id)};
        Found found{.last = after};
        auto sink = sql::each_row([&](const sql::Row& row) {
            static_cast<void>(found.last.take(row));  // what cannot be read is found out by move()
            bool held = false;
            model::Cells(row, 2) >> held;
            ++found.rows;
            Due due{.id = found.last.id, .ended_at = {}};
            model::Cells(row, 3) >> due.ended_at;
            if (held)
                ++found.held;
            else
                found.due.push_back(due);
        });
        SEGURIFAI_TRY(session_.run(
            fmt::format("SELECT r.id, r.created_at, {}, {} FROM assistance_assistancerequest r "
                        "WHERE (r.created_at, r.id) > ($2, $3){} AND {} ORDER BY r.created_at, "
                        "r.id LIMIT {}",
                        holds ? held_ : "FALSE", assistance::kEndedAtSql, own_, over_,
                        kBatchRequests),
            params, &sink));
        return found;
    }

    /// Those of `due` that still are, locked as far as nobody else has locked them.
    Result<std::vector<Ending>> lock(std::span<const Due> due) {
        SEGURIFAI_TRY_AS(const bool holds, any_holds(session_));
        std::vector<sql::Value> params{sql::Value::instant(limit_)};
        for (std::size_t i = 0; i < kBatchRequests; ++i)
            params.push_back(sql::Value::integer(due[std::min(i, due.size() - 1)].id));
        const bool postgres = session_.engine() == sql::Engine::kPostgres;
        std::vector<Ending> endings;
        bool good = true;
        auto sink = sql::each_row([&](const sql::Row& row) {
            Ending& ending = endings.emplace_back();
            model::Cells cells(row);
            cells >> ending.id >> ending.ended_at >> ending.category;
            good = cells.good();
            return good;
        });
        SEGURIFAI_TRY(session_.run(
            fmt::format("SELECT r.id, {}, c.category_type FROM assistance_assistancerequest r "
                        "LEFT JOIN services_servicecategory c ON c.id = r.service_category_id "
                        "WHERE r.id IN ({}) AND {}{} ORDER BY r.id{}",
                        assistance::kEndedAtSql, parameters(2, kBatchRequests), over_,
                        holds ? " AND NOT " + held_ : "",
                        postgres ? " FOR UPDATE OF r SKIP LOCKED" : ""),
            params, &sink));
        if (!good) return fail(Code::kCorrupt, "A request's end does not read as an instant.");
        return endings;
    }

    Result<void> move(std::span<const Due> due, Line& line) {
        std::int64_t moved = 0;
        std::int64_t bytes = 0;
        SEGURIFAI_TRY(batches_.run([&]() -> Result<void> {
            moved = bytes = 0;
            SEGURIFAI_TRY_AS(const auto endings, lock(due));
            if (endings.empty()) return {};
            SEGURIFAI_TRY_AS(const auto trees, take_trees(session_, shape_, ids_of(endings)));
            SEGURIFAI_TRY(insert(trees, endings, bytes));
            moved = static_cast<std::int64_t>(trees.size());
            return compare(trees);
        }));
        line.done += moved;
        line.bytes += bytes;
        return {};
    }

    /// A dry run packs too: how much a request takes shows only then.
    Result<void> weigh(std::span<const Due> due, Line& line) {
        SEGURIFAI_TRY_AS(const auto trees, read_trees(session_, shape_, ids_of(due)));
        const Instant as_of = options_.as_of.value_or(options_.clock.now());
        for (const RequestTree& tree : trees) {
            ArchivedRequest archived;
            packer_.pack(text_of(tree.rows), archived);
            const auto bytes = static_cast<std::int64_t>(archived.packed.size());
            line.bytes += bytes;
            const Due& one = *std::ranges::find(due, tree.id, &Due::id);
            if (!one.ended_at || purge_at(*one.ended_at) > as_of) continue;
            ++line.purged_next;
            line.bytes_purged_next += bytes;
        }
        return {};
    }

    static std::vector<std::int64_t> ids_of(const auto& requests) {
        std::vector<std::int64_t> ids;
        for (const auto& request : requests) ids.push_back(request.id);
        return ids;
    }

    Result<void> insert(std::span<const RequestTree> trees, std::span<const Ending> endings,
                        std::int64_t& bytes) {
        std::vector<ArchivedRequest> requests;
        std::vector<archive::RequestLink> links;
        for (std::size_t i = 0; i < trees.size(); ++i) {
            SEGURIFAI_TRY_AS(auto archived, archived_of(trees[i], endings[i]));
            bytes += static_cast<std::int64_t>(archived.packed.size());
            requests.push_back(std::move(archived));
            links.insert(links.end(), trees[i].links.begin(), trees[i].links.end());
        }
        SEGURIFAI_TRY(insert_rows(session_, requests));
        return links.empty() ? Result<void>() : insert_rows(session_, links);
    }

    Result<ArchivedRequest> archived_of(const RequestTree& tree, const Ending& ending) {
        assistance::AssistanceRequest request;
        SEGURIFAI_TRY(tree.rows.front().to_struct(&request));
        ArchivedRequest archived;
        archived.request_number = request.request_number;
        archived.request_id = request.id.value;
        archived.user_id = request.user_id;
        archived.provider_id = request.provider_id;
        archived.category = ending.category;
        archived.status = request.status;
        archived.title = request.title;
        archived.city = request.location_city;
        archived.search_text = folded(fmt::format("{}\n{}\n{}", request.title, request.description,
                                                  request.location_address));
        archived.created_at = request.created_at;
        archived.ended_at = ending.ended_at;
        archived.archived_at = options_.clock.now();
        archived.purge_at = purge_at(ending.ended_at);
        archived.schema_version = version_;
        archived.row_count = static_cast<std::int32_t>(tree.rows.size());
        packer_.pack(text_of(tree.rows), archived);
        return archived;
    }

    /// What the database now gives back unpacks to the very rows that were deleted.
    Result<void> compare(std::span<const RequestTree> trees) {
        std::vector<sql::Value> ids;
        for (const RequestTree& tree : trees) ids.push_back(sql::Value::integer(tree.id));
        const std::string sql =
            fmt::format("SELECT {} FROM archive_request WHERE request_id IN ({})",
                        model::plan_of<ArchivedRequest>().statements.column_list(),
                        parameters(1, kBatchRequests));
        std::map<std::int64_t, ArchivedRequest> stored;
        for (const auto& piece : pieces(ids, kBatchRequests)) {
            SEGURIFAI_TRY_AS(auto rows, read_rows<ArchivedRequest>(session_, sql, piece));
            for (ArchivedRequest& row : rows) stored.emplace(row.request_id, std::move(row));
        }
        for (const RequestTree& tree : trees) {
            const auto archived = stored.find(tree.id);
            if (archived == stored.end())
                return fail(Code::kCorrupt, "An archived request is not there again.");
            SEGURIFAI_TRY_AS(const std::string text, packer_.unpack(archived->second));
            SEGURIFAI_TRY_AS(const auto rows, rows_of(options_.registry, text));
            if (rows != tree.rows)
                return fail(Code::kCorrupt,
                            fmt::format("The archive of {} does not read back as it was written.",
                                        archived->second.request_number));
        }
        return {};
    }

    sql::Session& session_;
    const TreeShape& shape_;
    const std::string& version_;
    Instant limit_;
    const Options& options_;
    Tally& tally_;
    Batches batches_;
    std::string own_;
    std::string held_;
    std::string over_;
    Packer packer_;
};

/// The other lanes' sessions. A dry run has one lane, and so has SQLite, where one writes.
Result<std::vector<std::unique_ptr<sql::Session>>> open_others(sql::Session& session,
                                                               const Options& options) {
    constexpr std::size_t kLanes = 2;
    std::vector<std::unique_ptr<sql::Session>> others;
    if (session.engine() == sql::Engine::kSqlite || options.dry_run || !options.open_session)
        return others;
    while (others.size() + 1 < kLanes) {
        SEGURIFAI_TRY_AS(auto other, options.open_session());
        others.push_back(std::move(other));
    }
    return others;
}

}  // namespace

Result<Line> archive_requests(sql::Session& session, Instant limit, const Options& options) {
    SEGURIFAI_TRY_AS(TreeShape shape, TreeShape::of(options.registry));
    SEGURIFAI_TRY_AS(std::string version, schema_version(shape));
    SEGURIFAI_TRY_AS(const auto others, open_others(session, options));
    const Plan plan{.shape = std::move(shape),
                    .version = std::move(version),
                    .limit = limit,
                    .options = options,
                    .lanes = others.size() + 1};
    Tally tally(options);
    std::vector<std::future<Result<void>>> running;
    for (std::size_t i = 0; i < others.size(); ++i)
        running.push_back(std::async(std::launch::async, [&plan, &tally, &others, i] {
            return Archiving(*others[i], plan, i + 1, tally).run();
        }));
    Result<void> done = Archiving(session, plan, 0, tally).run();
    for (auto& lane : running)
        if (auto ended = lane.get(); !ended && done) done = std::move(ended);
    SEGURIFAI_TRY(done);
    Line line = tally.line();
    SEGURIFAI_TRY_AS(line.left,
                     count(session, "SELECT COUNT(*) FROM assistance_assistancerequest"));
    if (options.dry_run) line.left -= line.due;
    return line;
}

}  // namespace segurifai::retention
