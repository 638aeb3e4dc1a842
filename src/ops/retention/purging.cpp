#include "ops/retention/purging.hpp"

#include <fmt/format.h>

#include <algorithm>
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

/// An archived request whose time is over.
struct Due {
    std::int64_t id = 0;
    std::string number;
};

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
        Place after;
        while (more) {
            SEGURIFAI_TRY_AS(const auto batch, due(after));
            SEGURIFAI_TRY(work_on(batch, line));
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

    /// The next ones after that place, which it leads past.
    Result<std::vector<Due>> due(Place& after) {
        const std::array params{sql::Value::instant(now_), after.at.view(),
                                sql::Value::integer(after.id)};
        std::vector<Due> found;
        auto sink = sql::each_row([&](const sql::Row& row) {
            static_cast<void>(after.take(row));  // what cannot be read is found out by purge()
            found.push_back({.id = after.id, .number = std::string(row.text(2))});
        });
        SEGURIFAI_TRY(session_.run(
            fmt::format("SELECT a.id, a.purge_at, a.request_number FROM archive_request a WHERE "
                        "a.purge_at <= $1 AND (a.purge_at, a.id) > ($2, $3) AND NOT {} ORDER BY "
                        "a.purge_at, a.id LIMIT {}",
                        held_, kBatchArchived),
            params, &sink));
        return found;
    }

    /// One that is damaged stays where it is, and keeps no other one.
    Result<void> work_on(std::span<const Due> batch, Line& line) {
        const auto work = [&](std::span<const Due> part) { return purge(part, line); };
        const auto blame = [&](const Due& one, const Error& why) -> Result<void> {
            line.findings.add(fmt::format("{} cannot be purged: {}", one.number, describe(why)));
            return {};
        };
        return settle(batch, work, blame);
    }

    /// The files go before the commit, when nothing but it is left to fail: killed in between, the
    /// rows are still there and name them to the next run.
    Result<void> purge(std::span<const Due> batch, Line& line) {
        std::int64_t purged = 0;
        Findings findings;
        SEGURIFAI_TRY(batches_.run([&]() -> Result<void> {
            purged = 0;
            findings = {};
            std::vector<std::filesystem::path> files;
            for (const Due& one : batch) {
                SEGURIFAI_TRY_AS(const auto archived, take(one));
                for (const ArchivedRequest& request : archived)
                    SEGURIFAI_TRY(list_files(request, files, findings));
                purged += static_cast<std::int64_t>(archived.size());
            }
            for (const auto& file : files) SEGURIFAI_TRY(remove_file(file));
            return {};
        }));
        line.done += purged;
        line.findings.add(findings);
        return {};
    }

    /// The row, which is deleted; none when it is held or gone meanwhile.
    Result<std::vector<ArchivedRequest>> take(const Due& one) {
        const std::array params{sql::Value::integer(one.id)};
        return read_rows<ArchivedRequest>(
            session_,
            fmt::format("DELETE FROM archive_request AS a WHERE a.id = $1 AND NOT {} RETURNING {}",
                        held_, model::plan_of<ArchivedRequest>().statements.column_list()),
            params);
    }

    Result<void> list_files(const ArchivedRequest& archived,
                            std::vector<std::filesystem::path>& files, Findings& findings) {
        SEGURIFAI_TRY_AS(const std::string text, packer_.unpack(archived));
        SEGURIFAI_TRY_AS(const auto rows, rows_of(options_.registry, text));
        for (const model::Record& row : rows) {
            if (&row.table() != &model::table_of<assistance::RequestDocument>()) continue;
            const std::filesystem::path file(row.at("file").as_text());
            if (is_of_a_document(file))
                files.push_back(file);
            else
                findings.add(
                    fmt::format("{}: the document {} names '{}', which is no file of the "
                                "documents' folder; nothing was removed for it.",
                                archived.request_number, row.at("id").as_integer(), file.string()));
        }
        return {};
    }

    /// A path below the documents' folder, and not that of a folder: nothing else is ever removed.
    [[nodiscard]] bool is_of_a_document(const std::filesystem::path& file) const {
        const bool leads_out = file.is_absolute() || std::ranges::find(file, "..") != file.end();
        if (file.empty() || leads_out) return false;
        std::error_code ignored;  // where it is not there, it is no folder either
        return !std::filesystem::is_directory(
            std::filesystem::symlink_status(options_.documents_dir / file, ignored));
    }

    [[nodiscard]] Result<void> remove_file(const std::filesystem::path& file) const {
        std::error_code error;
        std::filesystem::remove(options_.documents_dir / file, error);
        if (error)
            return fail(Code::kPermission, fmt::format("The document {} cannot be removed: {}.",
                                                       file.string(), error.message()));
        return {};
    }

    sql::Session& session_;
    Instant now_;
    const Options& options_;
    Batches batches_;
    std::string held_;
    Packer packer_;
};

}  // namespace

Result<Line> purge_archive(sql::Session& session, Instant now, const Options& options) {
    return Purging(session, now, options).run();
}

}  // namespace segurifai::retention
