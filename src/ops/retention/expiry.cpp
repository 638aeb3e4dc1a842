#include "ops/retention/expiry.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "ops/retention/batch.hpp"
#include "ops/retention/holds.hpp"

namespace segurifai::retention {
namespace {

/// Rows of one batch: few enough that nobody who waits for it notices, and on SQLite all who write
/// wait for it.
constexpr int kBatchRows = 500;
constexpr int kBatchRowsOfOneWriter = 100;

class Expiry {
public:
    Expiry(sql::Session& session, const model::Table& table, std::string_view physical,
           Instant limit, const Options& options)
        : session_(session),
          table_(table),
          options_(options),
          batches_(session, options),
          batch_rows_(session.engine() == sql::Engine::kSqlite ? kBatchRowsOfOneWriter
                                                               : kBatchRows),
          name_(sql::quoted(physical)),
          key_("t." + sql::quoted(table.primary_key().name)),
          over_(fmt::format("t.{} <= $1", sql::quoted(table.retained_from))),
          held_(held_sql(options.registry, table, "t")),
          params_{sql::Value::instant(limit)} {
        for (const model::Column& column : table.columns)
            size_ += fmt::format("{}COALESCE(LENGTH(CAST(t.{} AS TEXT)), 0)",
                                 size_.empty() ? "" : " + ", sql::quoted(column.name));
    }

    Result<Line> run() {
        Line line{.table = std::string(table_.name)};
        bool more = true;
        while (more) {
            SEGURIFAI_TRY_AS(more, next_batch(line));
            more = more && (options_.dry_run || options_.on_batch(line));
        }
        SEGURIFAI_TRY_AS(line.left, count(session_, fmt::format("SELECT COUNT(*) FROM {}", name_)));
        if (options_.dry_run) line.left -= line.due;
        return line;
    }

private:
    /// Passes once over the table, whatever it holds: false when there is nothing more. Finding
    /// the keys takes no lock that a writer waits for; the DELETE looks at each row again.
    Result<bool> next_batch(Line& line) {
        const std::string after = last_ ? fmt::format(" AND {} > $2", key_) : "";
        SEGURIFAI_TRY_AS(const Found found, find(after, line));
        if (!found.last) return false;
        if (!options_.dry_run && found.due > 0) {
            SEGURIFAI_TRY_AS(const std::int64_t deleted, delete_to(*found.last, after));
            line.done += deleted;
        }
        last_ = found.last;
        params_.resize(1);
        params_.push_back(last_->view());
        return found.rows == batch_rows_;
    }

    struct Found {
        int rows = 0;
        int due = 0;  ///< of those
        std::optional<sql::OwnedValue> last;
    };

    /// The next rows whose time is over. Adds to the line how many are due and held, and what the
    /// due ones hold as text.
    Result<Found> find(const std::string& after, Line& line) {
        SEGURIFAI_TRY_AS(const bool holds, any_holds(session_));
        Found found;
        bool readable = true;
        auto sink = sql::each_row([&](const sql::Row& row) {
            sql::Value value;
            readable = row.get(0, table_.primary_key().value_type(), 0, value);
            found.last.emplace(value);
            ++found.rows;
            if (row.integer(2) != 0) {
                ++line.held;
            } else {
                ++found.due;
                line.bytes += row.integer(1);
            }
            return readable;
        });
        SEGURIFAI_TRY(session_.run(
            fmt::format("SELECT {0}, {1}, CASE WHEN {2} THEN 1 ELSE 0 END FROM {3} t WHERE {4}{5} "
                        "ORDER BY {0} LIMIT {6}",
                        key_, size_, holds ? held_ : "FALSE", name_, over_, after, batch_rows_),
            params_, &sink));
        if (!readable) return model::corrupt(table_, table_.primary_key());
        line.due += found.due;
        return found;
    }

    /// Deletes what is due up to a key.
    Result<std::int64_t> delete_to(const sql::OwnedValue& last, const std::string& after) {
        params_.push_back(last.view());
        std::int64_t deleted = 0;
        SEGURIFAI_TRY(batches_.run([&]() -> Result<void> {
            SEGURIFAI_TRY_AS(const bool holds, any_holds(session_));
            SEGURIFAI_TRY_AS(
                deleted, session_.run(fmt::format("DELETE FROM {} AS t WHERE {}{}{} AND {} <= ${}",
                                                  name_, over_, holds ? " AND NOT " + held_ : "",
                                                  after, key_, params_.size()),
                                      params_));
            return {};
        }));
        return deleted;
    }

    sql::Session& session_;
    const model::Table& table_;
    const Options& options_;
    Batches batches_;
    int batch_rows_;
    std::string name_;
    std::string key_;
    std::string over_;
    std::string held_;
    std::string size_;                     ///< what a row holds as text
    std::vector<sql::Value> params_;       ///< the limit, then the last key passed
    std::optional<sql::OwnedValue> last_;  ///< owns that key
};

}  // namespace

Result<Line> expire_in(sql::Session& session, const model::Table& table, std::string_view physical,
                       Instant limit, const Options& options) {
    return Expiry(session, table, physical, limit, options).run();
}

Result<Line> expire(sql::Session& session, const model::Table& table, Instant limit,
                    const Options& options) {
    return expire_in(session, table, table.name, limit, options);
}

}  // namespace segurifai::retention
