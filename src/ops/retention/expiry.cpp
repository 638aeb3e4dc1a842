#include "ops/retention/expiry.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "ops/retention/batch.hpp"
#include "ops/retention/holds.hpp"

namespace segurifai::retention {
namespace {

/// Rows of one batch: few enough that nobody who waits for it notices.
constexpr int kBatchRows = 500;

class Expiry {
public:
    Expiry(sql::Session& session, const model::Table& table, std::string_view physical,
           Instant limit, const Options& options)
        : session_(session),
          table_(table),
          options_(options),
          name_(sql::quoted(physical)),
          key_("t." + sql::quoted(table.primary_key().name)),
          over_(fmt::format("t.{} <= $1", sql::quoted(table.retained_from))),
          held_(held_sql(options.registry, table, "t")),
          params_{sql::Value::instant(limit)} {}

    Result<Line> run() {
        Line line{.table = std::string(table_.name)};
        SEGURIFAI_TRY(weigh(line));
        bool more = !options_.dry_run && line.due > 0;
        while (more) {
            SEGURIFAI_TRY_AS(more, delete_batch(line));
            more = more && options_.on_batch(line);
        }
        SEGURIFAI_TRY_AS(line.left, count(session_, fmt::format("SELECT COUNT(*) FROM {}", name_)));
        if (options_.dry_run) line.left -= line.due;
        return line;
    }

private:
    /// How many rows are due and held, and what the due ones hold as text.
    Result<void> weigh(Line& line) {
        std::string size;
        for (const model::Column& column : table_.columns)
            size += fmt::format("{}COALESCE(LENGTH(CAST(t.{} AS TEXT)), 0)",
                                size.empty() ? "" : " + ", sql::quoted(column.name));
        auto sink = sql::each_row([&](const sql::Row& row) {
            line.due = row.integer(0);
            line.bytes = row.integer(1);
        });
        SEGURIFAI_TRY(session_.run(
            fmt::format("SELECT COUNT(*), COALESCE(CAST(SUM({}) AS BIGINT), 0) FROM {} t "
                        "WHERE {} AND NOT {}",
                        size, name_, over_, held_),
            {params_.data(), 1}, &sink));
        SEGURIFAI_TRY_AS(line.held, count(session_,
                                          fmt::format("SELECT COUNT(*) FROM {} t WHERE {} AND {}",
                                                      name_, over_, held_),
                                          {params_.data(), 1}));
        return {};
    }

    /// False when there is nothing more. Finding the keys takes no lock that a writer waits for;
    /// the DELETE looks at each row again.
    Result<bool> delete_batch(Line& line) {
        const std::string after = last_ ? fmt::format(" AND {} > $2", key_) : "";
        std::optional<sql::OwnedValue> last;
        std::int64_t found = 0;
        bool readable = true;
        auto sink = sql::each_row([&](const sql::Row& row) {
            sql::Value value;
            readable = row.get(0, table_.primary_key().value_type(), 0, value);
            last.emplace(value);
            ++found;
            return readable;
        });
        SEGURIFAI_TRY(session_.run(
            fmt::format("SELECT {} FROM {} t WHERE {} AND NOT {}{} ORDER BY {} LIMIT {}", key_,
                        name_, over_, held_, after, key_, kBatchRows),
            params_, &sink));
        if (!readable) return model::corrupt(table_, table_.primary_key());
        if (!last) return false;
        const std::size_t upper = params_.size() + 1;
        params_.push_back(last->view());
        SEGURIFAI_TRY(in_transaction(session_, [&]() -> Result<void> {
            SEGURIFAI_TRY_AS(const std::int64_t deleted,
                             session_.run(fmt::format("DELETE FROM {} AS t WHERE {} AND NOT {}{} "
                                                      "AND {} <= ${}",
                                                      name_, over_, held_, after, key_, upper),
                                          params_));
            deleted_ = deleted;
            return {};
        }));
        line.done += deleted_;
        last_ = std::move(last);
        params_.resize(1);
        params_.push_back(last_->view());
        return found == kBatchRows;
    }

    sql::Session& session_;
    const model::Table& table_;
    const Options& options_;
    std::string name_;
    std::string key_;
    std::string over_;
    std::string held_;
    std::vector<sql::Value> params_;       ///< the limit, then the last key deleted
    std::optional<sql::OwnedValue> last_;  ///< owns that key
    std::int64_t deleted_ = 0;
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
