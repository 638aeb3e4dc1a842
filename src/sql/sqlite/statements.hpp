#pragma once

#include <sqlite3.h>

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "sql/statement.hpp"
#include "sql/value.hpp"

namespace segurifai::sql::sqlite {

/// A compiled statement and the order in which SQLite numbers its `$N` parameters: for SQLite they
/// are names, numbered as they first occur.
class Prepared {
public:
    /// Compiles exactly one statement. `flags` are SQLite's SQLITE_PREPARE_* flags.
    [[nodiscard]] static Result<std::unique_ptr<Prepared>> make(sqlite3* db, std::string_view sql,
                                                                unsigned flags);
    ~Prepared() { sqlite3_finalize(handle_); }
    Prepared(const Prepared&) = delete;
    Prepared& operator=(const Prepared&) = delete;

    /// Binds `params`, as many as the statement's highest `$N`.
    [[nodiscard]] Result<void> bind(Params params);

    [[nodiscard]] sqlite3_stmt* handle() const noexcept { return handle_; }
    [[nodiscard]] int columns() const noexcept { return columns_; }
    [[nodiscard]] bool reads_only() const noexcept { return reads_only_; }

    bool in_use = false;  ///< a run that has not been reset holds it

private:
    Prepared() = default;
    Result<void> number_parameters();

    sqlite3_stmt* handle_ = nullptr;
    std::vector<int> numbers_;      // numbers_[i]: the N of SQLite's parameter i + 1
    std::size_t params_count_ = 0;  // the highest N
    std::unique_ptr<char[]> room_;  // for the texts the codec writes
    int columns_ = 0;
    bool reads_only_ = false;
};

/// A prepared statement taken for one run: reset and given back at the end of the scope.
class Taken {
public:
    explicit Taken(Prepared& cached) noexcept : prepared_(&cached) { cached.in_use = true; }
    explicit Taken(std::unique_ptr<Prepared> own) noexcept
        : prepared_(own.get()), own_(std::move(own)) {}
    Taken(Taken&& other) noexcept
        : prepared_(std::exchange(other.prepared_, nullptr)), own_(std::move(other.own_)) {}
    Taken& operator=(Taken&&) = delete;
    ~Taken() {
        if (prepared_ == nullptr) return;
        sqlite3_reset(prepared_->handle());
        prepared_->in_use = false;
    }

    [[nodiscard]] Prepared* operator->() const noexcept { return prepared_; }

private:
    Prepared* prepared_;
    std::unique_ptr<Prepared> own_;
};

/// The prepared statements of one connection: those with an id for good, those made at run time
/// within a limit, the least recently used leaving first. Not thread-safe.
class Statements {
public:
    explicit Statements(std::size_t limit) noexcept : limit_(limit) {}

    /// With `guarded`, statements that control transactions are refused: they are the writer's.
    [[nodiscard]] Result<Taken> take(sqlite3* db, const Statement& statement, bool guarded);

    /// Closes them all; none is in use.
    void clear() noexcept;

private:
    struct Entry {
        std::string text;
        std::unique_ptr<Prepared> prepared;
    };

    Result<Taken> take_by_text(sqlite3* db, const Statement& statement, bool guarded);
    void make_room();

    std::size_t limit_;
    std::vector<std::unique_ptr<Prepared>> by_id_;
    std::list<Entry> recent_;  // most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
};

}  // namespace segurifai::sql::sqlite
