#include "ops/retention/purging.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <span>
#include <system_error>
#include <vector>

#include "apps/archive/tables.hpp"
#include "apps/assistance/tables.hpp"
#include "ops/retention/batch.hpp"
#include "ops/retention/holds.hpp"
#include "ops/retention/request_text.hpp"

namespace segurifai::retention {
namespace {

using archive::ArchivedRequest;

constexpr int kBatchArchived = 100;

class Purging {
public:
    Purging(sql::Session& session, Instant now, const Options& options)
        : session_(session),
          now_(now),
          options_(options),
          batches_(session, options),
          held_(held_sql(options.registry, model::table_of<ArchivedRequest>(), "a")) {}

    Result<Line> run() {
        Line line{.table = "archive_request"};
        SEGURIFAI_TRY(weigh(line));
        bool more = !options_.dry_run && line.due > 0;
        while (more) {
            SEGURIFAI_TRY_AS(const auto batch, due());
            SEGURIFAI_TRY(purge(batch, line));
            more = !batch.empty() && options_.on_batch(line);
        }
        SEGURIFAI_TRY_AS(line.left, count(session_, "SELECT COUNT(*) FROM archive_request"));
        if (options_.dry_run) line.left -= line.due;
        return line;
    }

private:
    Result<void> weigh(Line& line) {
        const std::array params{sql::Value::instant(now_)};
        auto sink = sql::each_row([&](const sql::Row& row) {
            line.due = row.integer(0);
            line.bytes = row.integer(1);
        });
        SEGURIFAI_TRY(session_.run(
            fmt::format("SELECT COUNT(*), COALESCE(CAST(SUM(LENGTH(a.packed)) AS BIGINT), 0) FROM "
                        "archive_request a WHERE a.purge_at <= $1 AND NOT {}",
                        held_),
            params, &sink));
        SEGURIFAI_TRY_AS(line.held,
                         count(session_,
                               fmt::format("SELECT COUNT(*) FROM archive_request a WHERE "
                                           "a.purge_at <= $1 AND {}",
                                           held_),
                               params));
        return {};
    }

    Result<std::vector<ArchivedRequest>> due() {
        const std::array params{sql::Value::instant(now_)};
        return read_rows<ArchivedRequest>(
            session_,
            fmt::format("SELECT {} FROM archive_request a WHERE a.purge_at <= $1 AND NOT {} "
                        "ORDER BY a.purge_at, a.id LIMIT {}",
                        model::plan_of<ArchivedRequest>().statements.column_list(), held_,
                        kBatchArchived),
            params);
    }

    /// The files go before the commit: killed in between, the rows are still there and name them
    /// to the next run.
    Result<void> purge(std::span<const ArchivedRequest> batch, Line& line) {
        std::int64_t purged = 0;
        SEGURIFAI_TRY(batches_.run([&]() -> Result<void> {
            purged = 0;
            for (const ArchivedRequest& archived : batch) {
                const std::array params{sql::Value::integer(archived.id.value)};
                SEGURIFAI_TRY_AS(
                    const std::int64_t deleted,
                    session_.run(fmt::format("DELETE FROM archive_request AS a WHERE a.id = $1 "
                                             "AND NOT {}",
                                             held_),
                                 params));
                if (deleted == 1) SEGURIFAI_TRY(remove_files(archived));
                purged += deleted;
            }
            return {};
        }));
        line.done += purged;
        return {};
    }

    Result<void> remove_files(const ArchivedRequest& archived) {
        SEGURIFAI_TRY_AS(const std::string text, unpack(archived));
        SEGURIFAI_TRY_AS(const auto rows, rows_of(options_.registry, text));
        for (const model::Record& row : rows)
            if (&row.table() == &model::table_of<assistance::RequestDocument>())
                SEGURIFAI_TRY(remove_file(row.at("file").as_text()));
        return {};
    }

    [[nodiscard]] Result<void> remove_file(std::string_view path) const {
        std::error_code error;
        std::filesystem::remove(std::filesystem::path(options_.documents_dir) / path, error);
        if (error)
            return fail(Code::kPermission, fmt::format("The document {} cannot be removed: {}.",
                                                       path, error.message()));
        return {};
    }

    sql::Session& session_;
    Instant now_;
    const Options& options_;
    Batches batches_;
    std::string held_;
};

}  // namespace

Result<Line> purge_archive(sql::Session& session, Instant now, const Options& options) {
    return Purging(session, now, options).run();
}

}  // namespace segurifai::retention
