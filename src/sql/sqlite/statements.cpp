#include "sql/sqlite/statements.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "sql/sqlite/codec.hpp"
#include "sql/sqlite/failure.hpp"

namespace segurifai::sql::sqlite {
namespace {

/// SQLite's own limit on parameters is 250,000 here; nothing of ours comes near this one.
constexpr int kParametersMax = 32'766;

bool is_blank(const char* sql) noexcept {
    for (; *sql != '\0'; ++sql)
        if (*sql != ' ' && *sql != '\n' && *sql != '\t' && *sql != '\r' && *sql != ';')
            return false;
    return true;
}

bool controls_transactions(std::string_view sql) noexcept {
    const std::size_t begin = sql.find_first_not_of(" \n\t\r;");
    if (begin == std::string_view::npos) return false;
    sql.remove_prefix(begin);
    for (const std::string_view word :
         {"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"}) {
        if (sql.size() < word.size()) continue;
        const bool same = std::equal(word.begin(), word.end(), sql.begin(), [](char a, char b) {
            return a == b || (b >= 'a' && b <= 'z' && a == b - 'a' + 'A');
        });
        const bool ends = sql.size() == word.size() || sql[word.size()] == ' ' ||
                          sql[word.size()] == ';' || sql[word.size()] == '\n';
        if (same && ends) return true;
    }
    return false;
}

Result<std::unique_ptr<Prepared>> compile(sqlite3* db, const Statement& statement, bool guarded) {
    if (guarded && controls_transactions(statement.text))
        return fail(Code::kInvalid,
                    "A statement may not begin or end a transaction here: use transact() and "
                    "savepoint().");
    return Prepared::make(db, statement.text, SQLITE_PREPARE_PERSISTENT);
}

}  // namespace

Result<std::unique_ptr<Prepared>> Prepared::make(sqlite3* db, std::string_view sql,
                                                 unsigned flags) {
    const std::string text(sql);  // SQLite reads to a NUL a little faster, and tail needs one
    std::unique_ptr<Prepared> prepared(new Prepared());
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(db, text.c_str(), static_cast<int>(text.size()) + 1, flags,
                                        &prepared->handle_, &tail);
    if (code != SQLITE_OK) return std::unexpected(compile_failure_of(db, code));
    if (prepared->handle_ == nullptr) return fail(Code::kInvalid, "The SQL holds no statement.");
    if (!is_blank(tail)) {
        // A comment may follow; another statement may not, since it would silently not run.
        sqlite3_stmt* rest = nullptr;
        const int rest_code = sqlite3_prepare_v3(db, tail, -1, 0, &rest, nullptr);
        const bool more = rest_code != SQLITE_OK || rest != nullptr;
        sqlite3_finalize(rest);
        if (more)
            return fail(Code::kInvalid,
                        "The SQL holds more than one statement: run them one by one, or as a "
                        "script.");
    }
    SEGURIFAI_TRY(prepared->number_parameters());
    prepared->columns_ = sqlite3_column_count(prepared->handle_);
    prepared->reads_only_ = sqlite3_stmt_readonly(prepared->handle_) != 0;
    return prepared;
}

Result<void> Prepared::number_parameters() {
    const int count = sqlite3_bind_parameter_count(handle_);
    numbers_.reserve(static_cast<std::size_t>(count));
    for (int index = 1; index <= count; ++index) {
        const char* raw = sqlite3_bind_parameter_name(handle_, index);
        const std::string_view name = raw != nullptr ? raw : "";
        int number = 0;
        const char* end = name.data() + name.size();
        const bool numbered =
            name.size() >= 2 && name[0] == '$' &&
            std::from_chars(name.data() + 1, end, number) == std::from_chars_result{end, {}};
        if (!numbered || number < 1 || number > kParametersMax)
            return fail(Code::kInvalid, "Parameters are written $1, $2, and so on.");
        numbers_.push_back(number);
        params_count_ = std::max(params_count_, static_cast<std::size_t>(number));
    }
    if (count > 0)
        room_ = std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(count) * kTextRoom);
    return {};
}

Result<void> Prepared::bind(Params params) {
    if (params.size() != params_count_)
        return fail(Code::kInvalid, fmt::format("The statement takes {} parameters and got {}.",
                                                params_count_, params.size()));
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
        const Value& value = params[static_cast<std::size_t>(numbers_[i]) - 1];
        SEGURIFAI_TRY(bind_value(handle_, static_cast<int>(i) + 1, numbers_[i], value,
                                 room_.get() + i * kTextRoom));
    }
    return {};
}

Result<Taken> Statements::take(sqlite3* db, const Statement& statement, bool guarded) {
    if (statement.id == 0) return take_by_text(db, statement, guarded);
    if (statement.id >= by_id_.size()) by_id_.resize(std::size_t{statement.id} + 1);
    std::unique_ptr<Prepared>& cached = by_id_[statement.id];
    if (cached != nullptr && !cached->in_use) return Taken(*cached);
    SEGURIFAI_TRY_AS(std::unique_ptr<Prepared> made, compile(db, statement, guarded));
    if (cached != nullptr) return Taken(std::move(made));  // run again from within its own rows
    cached = std::move(made);
    return Taken(*cached);
}

Result<Taken> Statements::take_by_text(sqlite3* db, const Statement& statement, bool guarded) {
    if (const auto found = by_text_.find(statement.text); found != by_text_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        if (!recent_.front().prepared->in_use) return Taken(*recent_.front().prepared);
        SEGURIFAI_TRY_AS(std::unique_ptr<Prepared> again, compile(db, statement, guarded));
        return Taken(std::move(again));
    }
    SEGURIFAI_TRY_AS(std::unique_ptr<Prepared> made, compile(db, statement, guarded));
    make_room();
    if (recent_.size() >= limit_) return Taken(std::move(made));  // all in use: do not keep it
    recent_.push_front({std::string(statement.text), std::move(made)});
    by_text_.emplace(recent_.front().text, recent_.begin());
    return Taken(*recent_.front().prepared);
}

void Statements::make_room() {
    for (auto oldest = recent_.end(); recent_.size() >= limit_ && oldest != recent_.begin();) {
        --oldest;
        if (oldest->prepared->in_use) continue;
        by_text_.erase(oldest->text);
        oldest = recent_.erase(oldest);
    }
}

void Statements::clear() noexcept {
    by_id_.clear();
    by_text_.clear();
    recent_.clear();
}

}  // namespace segurifai::sql::sqlite
