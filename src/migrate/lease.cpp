#include "migrate/lease.hpp"

#include <fmt/format.h>

#include <array>
#include <thread>

namespace segurifai::migrate {
namespace {

constexpr std::chrono::milliseconds kPoll{50};
constexpr std::string_view kAdvisoryKey = "7305806401";

}  // namespace

Lease::Lease(sql::Session& session, Clock& clock, Random& random, std::chrono::milliseconds length)
    : session_(session), clock_(clock), length_(length) {
    std::array<std::uint8_t, 8> bytes{};
    random.fill(bytes);
    for (const std::uint8_t byte : bytes) holder_ += fmt::format("{:02x}", byte);
}

Lease::~Lease() {
    give_back();
}

/// True when the row is ours afterwards. The server's clock decides on PostgreSQL: runners may
/// stand on machines whose clocks differ.
Result<bool> Lease::write_row(bool only_own) {
    const bool sqlite = session_.engine() == sql::Engine::kSqlite;
    const auto at = [&](Instant instant) {
        return sql::literal(sql::Engine::kSqlite, sql::Value::instant(instant));
    };
    const Instant now = clock_.now();
    const Instant end{now.micros + std::chrono::microseconds(length_).count()};
    const std::string now_sql = sqlite ? at(now) : "clock_timestamp()";
    const std::string end_sql =
        sqlite ? at(end)
               : fmt::format("clock_timestamp() + interval '{} milliseconds'", length_.count());
    const std::string mine = fmt::format("segurifai_lease.holder = '{}'", holder_);
    if (only_own) {
        SEGURIFAI_TRY_AS(const std::int64_t rows,
                         session_.run(fmt::format("UPDATE segurifai_lease SET expires_at = {} "
                                                  "WHERE name = 'migrate' AND {}",
                                                  end_sql, mine)));
        return rows == 1;
    }
    auto rows = session_.run(fmt::format(
        "INSERT INTO segurifai_lease (name, holder, expires_at) VALUES ('migrate', '{}', {}) "
        "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = "
        "excluded.expires_at WHERE segurifai_lease.expires_at < {} OR {}",
        holder_, end_sql, now_sql, mine));
    // The holder is writing at this moment: it has it.
    if (!rows && (rows.error().code == Code::kBusy || rows.error().code == Code::kSerialization))
        return false;
    if (!rows) return std::unexpected(std::move(rows).error());
    return *rows == 1;
}

Result<bool> Lease::try_take() {
    if (session_.engine() == sql::Engine::kPostgres && !locked_) {
        SEGURIFAI_TRY_AS(
            const auto got,
            session_.one_integer(fmt::format(
                "SELECT CASE WHEN pg_try_advisory_lock({}) THEN 1 ELSE 0 END", kAdvisoryKey)));
        if (got.value_or(0) == 0) return false;
        locked_ = true;
    }
    SEGURIFAI_TRY_AS(held_, write_row(false));
    return held_;
}

Result<void> Lease::take(std::chrono::milliseconds wait, const std::function<void()>& on_waiting) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    for (bool told = false; true; told = true) {
        SEGURIFAI_TRY_AS(const bool taken, try_take());
        if (taken) return {};
        if (!told && on_waiting) on_waiting();
        if (std::chrono::steady_clock::now() >= deadline) break;
        std::this_thread::sleep_for(kPoll);
    }
    give_back();
    return fail(Code::kConflict,
                fmt::format("Another 'segurifai migrate' is at work on this database and did not "
                            "end within {} seconds; wait for it and try again.",
                            std::chrono::duration_cast<std::chrono::seconds>(wait).count()));
}

Result<void> Lease::renew() {
    SEGURIFAI_TRY_AS(held_, write_row(true));
    if (held_) return {};
    return fail(Code::kConflict,
                "Another runner took the migration lease over; run 'segurifai migrate' again.");
}

void Lease::give_back() noexcept {
    if (held_)  // a row that stays behind ends by itself
        (void)session_.run(fmt::format("DELETE FROM segurifai_lease WHERE holder = '{}'", holder_));
    if (locked_) (void)session_.run(fmt::format("SELECT pg_advisory_unlock({})", kAdvisoryKey));
    held_ = locked_ = false;
}

}  // namespace segurifai::migrate
