#include "sql/sqlite/held_state.hpp"

#include "sql/sqlite/connection.hpp"
#include "sql/sqlite/failure.hpp"

namespace segurifai::sql {
namespace {

using sqlite::Connection;
using sqlite::ConnectionOptions;

class SqliteHeldState final : public HeldState {
public:
    SqliteHeldState(std::unique_ptr<Connection> connection, sqlite3_file* file) noexcept
        : connection_(std::move(connection)), file_(file) {}

    Result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        const int code = file_->pMethods->xRead(file_, out.data(), static_cast<int>(out.size()),
                                                static_cast<sqlite3_int64>(offset));
        // A short read has filled the rest with zeros.
        if (code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ) return {};
        return std::unexpected(sqlite::failure_of(connection_->handle(), code));
    }

    Result<void> sync_file() override {
        const int code = file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
        if (code == SQLITE_OK) return {};
        return std::unexpected(sqlite::failure_of(connection_->handle(), code));
    }

    Result<void> let_go() override {
        return holds() ? connection_->script("ROLLBACK") : Result<void>();
    }

    Result<void> hold_again() override {
        SEGURIFAI_TRY(let_go());
        // The transaction begins with its first read.
        auto begun = connection_->script("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1");
        if (!begun && holds()) SEGURIFAI_TRY(let_go());
        return begun;
    }

private:
    [[nodiscard]] bool holds() const noexcept {
        return sqlite3_get_autocommit(connection_->handle()) == 0;
    }

    std::unique_ptr<Connection> connection_;
    sqlite3_file* file_;
};

}  // namespace

Result<std::unique_ptr<HeldState>> hold_sqlite_state(const std::string& path) {
    ConnectionOptions options;
    options.use = ConnectionOptions::Use::kReads;
    options.keep_log = true;
    SEGURIFAI_TRY_AS(auto connection, Connection::open(path, options));
    sqlite3_file* file = nullptr;
    const int code = sqlite3_file_control(connection->handle(), "main", SQLITE_FCNTL_FILE_POINTER,
                                          static_cast<void*>(&file));
    if (code != SQLITE_OK) return std::unexpected(sqlite::failure_of(connection->handle(), code));
    auto state = std::make_unique<SqliteHeldState>(std::move(connection), file);
    SEGURIFAI_TRY(state->hold_again());
    return state;
}

}  // namespace segurifai::sql
