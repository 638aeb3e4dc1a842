#include "ops/audit_segments/closing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "ops/audit_segments/chain.hpp"
#include "ops/audit_segments/live_events.hpp"
#include "ops/audit_segments/manifests.hpp"
#include "ops/audit_segments/segment_rows.hpp"

namespace segurifai::audit_segments {
namespace {

constexpr std::string_view kDraftEnding = ".partial";

/// What the folder and the database say of closed months, which agree.
struct Known {
    std::map<Month, Link> months;
    SegmentRows rows;
    std::vector<std::string> names;

    [[nodiscard]] bool has_segment(Month month) const {
        return std::ranges::binary_search(names, segment_name(month));
    }
    /// Whether the chain went on without a segment of that month.
    [[nodiscard]] bool passed_over(Month month) const {
        return !months.contains(month) && !months.empty() && month < months.rbegin()->first;
    }
};

/// Refuses to build on, or remove, what is not as it was written.
std::unexpected<Error> not_as_written(const Finding& finding) {
    return fail(Code::kCorrupt,
                "The audit archive is not as it was written; see 'segurifai audit "
                "verify'. " +
                    to_string(finding));
}

Result<Known> read_known(sql::Session& session, Folder& folder, const security::Secrets& secrets) {
    SEGURIFAI_TRY_AS(Closed closed, read_manifests(folder, secrets));
    if (!closed.findings.empty()) return not_as_written(closed.findings.front());
    SEGURIFAI_TRY_AS(SegmentRows rows, read_rows(session));
    for (const auto& [month, row] : rows) {
        const std::string file = folder.shown(manifest_name(month));
        const auto link = closed.months.find(month);
        if (link == closed.months.end())
            return not_as_written({.file = file, .what = "The file is missing."});
        if (auto what = difference(row, link->second))
            return not_as_written({.file = file, .what = std::move(*what)});
    }
    SEGURIFAI_TRY_AS(std::vector<std::string> names, folder.names());
    return Known{std::move(closed.months), std::move(rows), std::move(names)};
}

/// A transaction that is rolled back unless it was committed.
class Unit {
public:
    explicit Unit(sql::Session& session) : session_(session) {}
    ~Unit() {
        if (session_.in_transaction()) session_.rollback();
    }
    Unit(const Unit&) = delete;
    Unit& operator=(const Unit&) = delete;

    [[nodiscard]] Result<void> begin() { return session_.begin(); }
    [[nodiscard]] Result<void> commit() { return session_.commit(); }

private:
    sql::Session& session_;
};

/// The first of `removed` that is not, byte for byte, one of `archived`. Both are in order.
std::optional<Finding> first_stranger(const std::vector<LiveEvent>& removed,
                                      const std::vector<LiveEvent>& archived) {
    auto at = archived.begin();
    for (const LiveEvent& event : removed) {
        at = std::lower_bound(
            at, archived.end(), event.key,
            [](const LiveEvent& one, const EventKey& key) { return one.key < key; });
        if (at == archived.end() || at->key != event.key)
            return Finding{.what = fmt::format("The event {} of audit_event is not in the segment "
                                               "of its month; no event of its batch was removed.",
                                               event.key.id)};
        if (at->text != event.text)
            return Finding{.what = fmt::format("The event {} of audit_event is not what the "
                                               "segment of its month says; no event of its batch "
                                               "was removed.",
                                               event.key.id)};
    }
    return std::nullopt;
}

class Closing {
public:
    Closing(sql::Session& session, Folder& folder, const security::Secrets& secrets,
            const ClosingOptions& options)
        : session_(session), folder_(folder), secrets_(secrets), options_(options) {}

    [[nodiscard]] Result<ClosingReport> run() {
        SEGURIFAI_TRY_AS(known_, read_known(session_, folder_, secrets_));
        if (!options_.dry_run) SEGURIFAI_TRY(record_missing_rows());
        Instant from{kInstantMinMicros};
        for (;;) {
            SEGURIFAI_TRY_AS(const auto oldest, oldest_event(session_, from));
            if (!oldest || !may_close(Month::of(*oldest), options_.as_of)) break;
            const Month month = Month::of(*oldest);
            SEGURIFAI_TRY(close(month));
            from = month.ends();
        }
        return std::move(report_);
    }

private:
    /// Of months whose run was ended between manifest and row, or whose row a restore took away.
    [[nodiscard]] Result<void> record_missing_rows() {
        for (const auto& [month, link] : known_.months)
            if (!known_.rows.contains(month)) SEGURIFAI_TRY(record_row(session_, link));
        return {};
    }

    [[nodiscard]] Result<void> close(Month month) {
        const bool written = known_.months.contains(month);
        const bool passed_over = known_.passed_over(month);
        // Nothing tells what they are, and remove_expired() ends them.
        if (is_over(month, options_.as_of) &&
            (passed_over || (written && !known_.has_segment(month))))
            return {};
        SEGURIFAI_TRY_AS(const std::int64_t live, count_events(session_, month));
        if (passed_over) {
            report_.findings.push_back(
                {.what = fmt::format("{} events of {} are in audit_event, and {} was closed "
                                     "without a segment of that month.",
                                     live, month.to_string(),
                                     known_.months.rbegin()->first.to_string())});
            return {};
        }
        ClosedMonth done{.month = month, .events = live, .written = !written};
        if (options_.dry_run) {
            done.removed = live;
            if (written) describe(known_.months.at(month), done);
            report_.months.push_back(done);
            return {};
        }
        if (!written) SEGURIFAI_TRY(write(month));
        const Link& link = known_.months.at(month);
        describe(link, done);
        SEGURIFAI_TRY(remove_rows(link.manifest, done));
        report_.months.push_back(done);
        return {};
    }

    static void describe(const Link& link, ClosedMonth& done) {
        done.events = link.manifest.events;
        done.bytes = link.manifest.bytes;
    }

    /// Segment, manifest, row: each durable before the next begins.
    [[nodiscard]] Result<void> write(Month month) {
        SEGURIFAI_TRY_AS(Manifest manifest, write_segment(month));
        SEGURIFAI_TRY(compare(manifest));
        if (!known_.months.empty()) {
            const auto& [previous, link] = *known_.months.rbegin();
            manifest.previous_month = previous.to_string();
            manifest.previous_sha256 = link.sha256;
        }
        manifest.closed_at = options_.as_of;
        const std::string text = write_manifest(manifest, secrets_);
        SEGURIFAI_TRY(put(manifest_name(month), [&](NewFile& file) { return file.append(text); }));
        const auto [link, added] =
            known_.months.insert({month, {std::move(manifest), sha256(text)}});
        return record_row(session_, link->second);
    }

    /// Writes a file under another name, and gives it its own once it is whole and on the disk.
    template <class Write>
    [[nodiscard]] Result<void> put(const std::string& name, Write write) {
        const std::string draft = name + std::string(kDraftEnding);
        SEGURIFAI_TRY_AS(const auto file, folder_.create(draft));
        SEGURIFAI_TRY(write(*file));
        SEGURIFAI_TRY(file->sync());
        SEGURIFAI_TRY(folder_.rename(draft, name));
        return folder_.sync();
    }

    [[nodiscard]] Result<Manifest> write_segment(Month month) {
        Manifest manifest;
        manifest.month = month;
        const std::string begins =
            known_.months.empty() ? chain_start() : known_.months.rbegin()->second.manifest.head;
        SEGURIFAI_TRY(put(segment_name(month), [&](NewFile& file) -> Result<void> {
            SegmentWriter writer(file, begins, options_.frame_bytes);
            LiveMonth live(session_, month, options_.batch_events);
            for (;;) {
                SEGURIFAI_TRY_AS(const LiveEvent* const event, live.next());
                if (event == nullptr) break;
                if (writer.events() == 0) {
                    manifest.first_at = event->key.at;
                    manifest.first_id = event->key.id;
                }
                manifest.last_at = event->key.at;
                manifest.first_id = std::min(manifest.first_id, event->key.id);
                manifest.last_id = std::max(manifest.last_id, event->key.id);
                SEGURIFAI_TRY(writer.add(event->text));
                step(month, "writing");
            }
            SEGURIFAI_TRY(writer.finish());
            writer.describe(manifest);
            return {};
        }));
        return manifest;
    }

    /// Reads the segment back from the disk beside the rows that it was made of.
    [[nodiscard]] Result<void> compare(const Manifest& manifest) {
        LiveMonth live(session_, manifest.month, options_.batch_events);
        const auto same = [&](std::string_view text) -> Result<void> {
            SEGURIFAI_TRY_AS(const LiveEvent* const event, live.next());
            if (event == nullptr || event->text != text)
                return fail(Code::kCorrupt,
                            "audit_event was changed while its month was written; nothing was "
                            "closed or removed.");
            step(manifest.month, "comparing");
            return {};
        };
        SEGURIFAI_TRY_AS(const auto found, check_segment(folder_, manifest, same));
        if (found)
            return fail(Code::kCorrupt,
                        "The segment does not read back as it was written: is the "
                        "disk sound? Nothing was removed. " +
                            to_string(*found));
        SEGURIFAI_TRY_AS(const LiveEvent* const more, live.next());
        if (more != nullptr)
            return fail(Code::kCorrupt,
                        "audit_event got events of a month that was over while it was written; "
                        "nothing was closed or removed.");
        return {};
    }

    /// Deletes the rows that the segment holds. It is read through once before, so that nothing is
    /// removed on the word of a segment that is damaged further on.
    [[nodiscard]] Result<void> remove_rows(const Manifest& manifest, ClosedMonth& done) {
        SEGURIFAI_TRY_AS(auto found, check_segment(folder_, manifest, {}));
        if (found) return not_as_written(*found);
        std::vector<LiveEvent> batch;
        EventKey after{manifest.month.begins(), 0};
        std::vector<Finding> strangers;
        const auto remove_batch = [&]() -> Result<void> {
            if (batch.empty()) return {};
            Unit unit(session_);
            SEGURIFAI_TRY(unit.begin());
            SEGURIFAI_TRY_AS(const auto removed, remove_events(session_, after, batch.back().key));
            auto stranger = first_stranger(removed, batch);
            if (stranger) {
                strangers.push_back(std::move(*stranger));
            } else {
                SEGURIFAI_TRY(unit.commit());
                done.removed += std::ssize(removed);
            }
            after = batch.back().key;
            batch.clear();
            return {};
        };
        SEGURIFAI_TRY_AS(
            found, check_segment(folder_, manifest, [&](std::string_view text) -> Result<void> {
                const auto key = key_of(text);
                if (!key) return fail(Code::kInternal, "A segment holds what is no event.");
                batch.push_back({*key, std::string(text)});
                step(manifest.month, "removing");
                return std::ssize(batch) < options_.batch_events ? Result<void>() : remove_batch();
            }));
        if (found) return not_as_written(*found);
        SEGURIFAI_TRY(remove_batch());
        SEGURIFAI_TRY_AS(const std::int64_t left, count_events(session_, manifest.month));
        if (strangers.empty() && left > 0)
            strangers.push_back({.what = fmt::format("{} events of {} are in audit_event and not "
                                                     "in its segment: they came after it was "
                                                     "closed.",
                                                     left, manifest.month.to_string())});
        std::ranges::move(strangers, std::back_inserter(report_.findings));
        return {};
    }

    void step(Month month, std::string_view what) const {
        if (options_.on_progress) options_.on_progress(month, what, 1);
    }

    sql::Session& session_;
    Folder& folder_;
    const security::Secrets& secrets_;
    const ClosingOptions& options_;
    Known known_;
    ClosingReport report_;
};

/// A dry run makes no folder and waits for nobody.
Result<std::unique_ptr<FolderLock>> hold(Folder& folder, const ClosingOptions& options) {
    if (options.dry_run) return nullptr;
    return folder.lock(Folder::Hold::kAlone);
}

/// Deletes all of a month's events, a batch in a transaction.
Result<void> remove_month(sql::Session& session, Month month, std::int64_t batch_events) {
    EventKey after{month.begins(), 0};
    for (;;) {
        SEGURIFAI_TRY_AS(const auto batch,
                         events_behind(session, after, month.ends(), batch_events));
        if (batch.empty()) return {};
        Unit unit(session);
        SEGURIFAI_TRY(unit.begin());
        SEGURIFAI_TRY(remove_events(session, after, batch.back().key));
        SEGURIFAI_TRY(unit.commit());
        after = batch.back().key;
    }
}

/// Months whose two years are over and that have a segment, or events.
Result<std::set<Month>> expired_months(sql::Session& session, const Known& known,
                                       const ClosingOptions& options) {
    std::set<Month> months;
    for (const auto& [month, row] : known.rows)
        if (known.has_segment(month) || !row.removed_at) months.insert(month);
    Instant from{kInstantMinMicros};
    for (;;) {
        SEGURIFAI_TRY_AS(const auto oldest, oldest_event(session, from));
        if (!oldest || !is_over(Month::of(*oldest), options.as_of)) break;
        months.insert(Month::of(*oldest));
        from = Month::of(*oldest).ends();
    }
    std::erase_if(months, [&](Month month) {
        return !is_over(month, options.as_of) ||
               std::ranges::find(options.held, month.to_string()) != options.held.end();
    });
    return months;
}

}  // namespace

bool may_close(Month month, Instant as_of) noexcept {
    return month.ends().micros <= as_of.micros - kMarginMicros;
}

bool is_over(Month month, Instant as_of) noexcept {
    return month.plus(kKeptMonths).ends() <= as_of;
}

Result<ClosingReport> close_months(sql::Session& session, Folder& folder,
                                   const security::Secrets& secrets,
                                   const ClosingOptions& options) {
    SEGURIFAI_TRY_AS(const auto lock, hold(folder, options));
    return Closing(session, folder, secrets, options).run();
}

Result<std::vector<RemovedMonth>> remove_expired(sql::Session& session, Folder& folder,
                                                 const security::Secrets& secrets,
                                                 const ClosingOptions& options) {
    SEGURIFAI_TRY_AS(const auto lock, hold(folder, options));
    SEGURIFAI_TRY_AS(const Known known, read_known(session, folder, secrets));
    SEGURIFAI_TRY_AS(const std::set<Month> months, expired_months(session, known, options));
    std::vector<RemovedMonth> removed;
    for (const Month month : months) {
        const auto row = known.rows.find(month);
        RemovedMonth one{.month = month, .had_segment = row != known.rows.end()};
        SEGURIFAI_TRY_AS(one.rows, count_events(session, month));
        if (one.had_segment) {
            one.events = row->second.events;
            one.bytes = row->second.bytes;
        } else if (!known.passed_over(month)) {
            if (!options.dry_run) continue;  // it was not closed
            one.had_segment = true;
            one.events = std::exchange(one.rows, 0);
        }
        removed.push_back(one);
        if (options.dry_run) continue;
        SEGURIFAI_TRY(remove_month(session, month, options.batch_events));
        if (!one.had_segment) continue;
        // Noted first: a file that goes without a note is a loss.
        if (!row->second.removed_at)
            SEGURIFAI_TRY(record_removal(session, row->second, options.as_of));
        SEGURIFAI_TRY(folder.remove(segment_name(month)));
        SEGURIFAI_TRY(folder.sync());
    }
    return removed;
}

}  // namespace segurifai::audit_segments
