#pragma once

#include <memory>

#include "sql/session.hpp"

namespace segurifai::testing {

/// A session whose process is killed at its n-th statement: that one and all after it do not
/// happen, and the database, which sees the connection go, rolls back what was not committed.
class KilledSession final : public sql::Session {
public:
    KilledSession(std::unique_ptr<sql::Session> session, int statements)
        : session_(std::move(session)), left_(statements) {}

    [[nodiscard]] sql::Engine engine() const noexcept override { return session_->engine(); }
    [[nodiscard]] Result<void> script(std::string_view sql) override {
        return dies() ? dead() : session_->script(sql);
    }
    [[nodiscard]] Result<std::int64_t> run(std::string_view sql, sql::Params params,
                                           sql::RowSink* sink) override {
        if (dies()) return std::unexpected(dead().error());
        return session_->run(sql, params, sink);
    }
    [[nodiscard]] Result<void> prepare(std::string_view sql) override {
        return session_->prepare(sql);
    }
    [[nodiscard]] Result<void> begin() override { return dies() ? dead() : session_->begin(); }
    [[nodiscard]] Result<void> commit() override { return dies() ? dead() : session_->commit(); }
    void rollback() noexcept override { session_->rollback(); }
    [[nodiscard]] bool in_transaction() const noexcept override {
        return session_->in_transaction();
    }
    void interrupt() noexcept override { session_->interrupt(); }
    [[nodiscard]] Result<std::int64_t> bulk_insert(std::string_view table,
                                                   std::span<const sql::BulkColumn> columns,
                                                   const sql::BulkSource& source) override {
        if (dies()) return std::unexpected(dead().error());
        return session_->bulk_insert(table, columns, source);
    }

    [[nodiscard]] bool was_killed() const noexcept { return left_ < 0; }

private:
    [[nodiscard]] bool dies() noexcept {
        if (left_ >= 0) --left_;
        return left_ < 0;
    }
    [[nodiscard]] static Result<void> dead() {
        return fail(Code::kGone, "The process was killed.");
    }

    std::unique_ptr<sql::Session> session_;
    int left_;
};

}  // namespace segurifai::testing
