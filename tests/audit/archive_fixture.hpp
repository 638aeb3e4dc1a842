#pragma once

// What the tests of this room share: an installation with audit events and a folder for segments.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/audit/tables.hpp"
#include "base/clock.hpp"
#include "migrate/state.hpp"
#include "migrate/step.hpp"
#include "model/record.hpp"
#include "model/store.hpp"
#include "ops/audit_segments/closing.hpp"
#include "ops/audit_segments/live_events.hpp"
#include "ops/audit_segments/showing.hpp"
#include "ops/audit_segments/verification.hpp"
#include "security/master_key.hpp"
#include "support/databases.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::audit_segments {

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(describe(result.error()));
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline Instant instant(std::string_view text) {
    return Instant::parse(text).value();
}

/// Secrets whose only key has that id and begins with that letter.
inline security::Secrets secrets_of(const std::string& id, char letter) {
    std::string bytes(security::kMasterKeyBytesMin, letter);
    return must(security::derive(std::vector{security::MasterKey(id, std::move(bytes))}));
}

/// A database of either engine with the tables of the audit log, and an empty data folder.
class Installation {
public:
    /// Small enough for several frames of a few events.
    static constexpr std::size_t kSmallFrames = 900;

    explicit Installation(sql::Engine engine) : database_(engine), session_(database_.session()) {
        const auto schema = migrate::state_of(audit::tables());
        for (const std::string& statement : migrate::create_statements(engine, schema))
            must(session_->script(statement));
    }

    /// `count` events spread over a month, the first at its first instant, with the next ids.
    void add_events(Month month, int count) {
        const std::int64_t step = (month.ends().micros - month.begins().micros) / count;
        for (int i = 0; i < count; ++i) add_event(Instant{month.begins().micros + i * step});
    }

    void add_event(Instant at) {
        const std::int64_t id = ++last_id_;
        audit::AuditEvent event;
        event.id.value = id;
        event.at = at;
        if (id % 3 != 0) {
            users::UserId actor;
            actor.value.bytes.fill(static_cast<std::uint8_t>(id % 2 + 1));
            event.actor_id = actor;
        }
        event.action = id % 2 == 0 ? "requests.create" : "providers.decide";
        event.object_table = id % 2 == 0 ? "assistance_assistancerequest" : "providers_provider";
        event.object_id = std::to_string(id % 5);
        event.before.text = R"({"status":"PENDING"})";
        event.after.text = R"({"notes":"línea\n\"uno\" )" + std::to_string(id) +
                           R"(","ok":true,"rate":0.50,"status":"ACTIVE"})";
        event.request_id = "r-" + std::to_string(id * 7919);
        event.address = "203.0.113.7";
        const auto& table = model::table_of<audit::AuditEvent>();
        must(model::insert_record_blocking(*session_, model::Record::of_struct(table, &event)));
    }

    /// The next event has the number 1 again.
    void reset_ids() { last_id_ = 0; }

    /// As it was before anything was added or closed.
    void reset() {
        must(session_->script("DELETE FROM audit_event; DELETE FROM audit_segment"));
        std::filesystem::remove_all(path());
        last_id_ = 0;
    }

    [[nodiscard]] ClosingReport close(std::string_view as_of) { return must(try_close(as_of)); }
    [[nodiscard]] Result<ClosingReport> try_close(std::string_view as_of, bool dry_run = false) {
        return close_months(*session_, *folder, secrets, options(as_of, dry_run));
    }
    [[nodiscard]] std::vector<RemovedMonth> remove(std::string_view as_of) {
        return must(remove_expired(*session_, *folder, secrets, options(as_of, false)));
    }
    [[nodiscard]] Verification verify(std::string_view as_of = "2026-12-15T00:00:00Z") {
        return must(audit_segments::verify(*session_, *folder, secrets,
                                           {.as_of = instant(as_of), .batch_events = 3}));
    }
    [[nodiscard]] std::vector<std::string> show(Month month, const EventFilter& filter = {}) {
        std::vector<std::string> shown;
        must(show_events(*session_, *folder, secrets, month, filter,
                         [&](std::string_view event) -> Result<void> {
                             shown.emplace_back(event);
                             return {};
                         }));
        return shown;
    }

    static ClosingOptions options(std::string_view as_of, bool dry_run) {
        return {.as_of = instant(as_of),
                .dry_run = dry_run,
                .frame_bytes = kSmallFrames,
                .batch_events = 3};
    }

    [[nodiscard]] std::int64_t live() {
        return must(session_->one_integer("SELECT COUNT(*) FROM audit_event")).value_or(-1);
    }
    [[nodiscard]] std::filesystem::path path() const { return data_ / "archive"; }
    [[nodiscard]] std::filesystem::path file(const std::string& name) const {
        return path() / name;
    }
    [[nodiscard]] std::string read(const std::string& name) const {
        std::ifstream stream(file(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    void write(const std::string& name, std::string_view bytes) const {
        std::ofstream(file(name), std::ios::binary | std::ios::trunc) << bytes;
    }
    [[nodiscard]] sql::Session& session() noexcept { return *session_; }
    [[nodiscard]] const testing::TestDatabase& database() const noexcept { return database_; }

private:
    testing::TestDatabase database_;
    std::unique_ptr<sql::Session> session_;
    testing::TemporaryFolder data_;
    std::int64_t last_id_ = 0;

public:
    security::Secrets secrets = secrets_of("first", 'k');
    std::unique_ptr<Folder> folder = disk_folder(path());
};

}  // namespace segurifai::audit_segments
