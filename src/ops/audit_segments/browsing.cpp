#include "ops/audit_segments/browsing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "ops/audit_segments/chain.hpp"
#include "ops/audit_segments/closing.hpp"
#include "ops/audit_segments/frame_reader.hpp"
#include "ops/audit_segments/manifest.hpp"

namespace segurifai::audit_segments {
namespace {

/// An event of a frame, with its place.
struct Found {
    EventKey key;
    std::string text;
};

constexpr std::string_view kSaysMore = "; 'segurifai audit verify' says more.";

std::unexpected<Error> damaged(Month month, std::string_view file, std::string_view what) {
    return fail_damaged(month.to_string(), fmt::format("{}: it {}{}", file, what, kSaysMore));
}

/// One segment, of which single frames are read.
class Segment {
public:
    /// Nothing when its two years are over at `as_of` and its file is not there any more.
    static Result<std::optional<Segment>> open(Folder& folder, const security::Secrets& secrets,
                                               Month month, Instant as_of) {
        const std::string manifest_file = folder.shown(manifest_name(month));
        const auto text = read_whole(folder, manifest_name(month), kManifestBytesMax);
        if (!text && text.error().code == Code::kNotFound)
            return damaged(month, manifest_file, "is missing");
        if (!text) return std::unexpected(text.error());
        auto manifest = read_manifest(*text, secrets);
        if (!manifest) return damaged(month, manifest_file, manifest.error().message);
        const std::string name = folder.shown(segment_name(month));
        auto file = folder.open(segment_name(month));
        if (!file && file.error().code == Code::kNotFound) {
            if (is_over(month, as_of)) return std::optional<Segment>();
            return damaged(month, name, "is missing");
        }
        if (!file) return std::unexpected(std::move(file).error());
        return std::optional(Segment(*std::move(file), name, *std::move(manifest)));
    }

    [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
    [[nodiscard]] std::size_t frames() const noexcept { return manifest_.frames.size(); }

    /// The events of a frame, oldest first; valid until the next call.
    Result<const std::vector<Found>*> read(std::size_t frame) {
        if (read_ == frame) return &events_;
        read_.reset();
        std::uint64_t offset = 0;
        for (std::size_t i = 0; i < frame; ++i)
            offset += static_cast<std::uint64_t>(manifest_.frames[i].bytes);
        SEGURIFAI_TRY(file_->seek(offset));
        SEGURIFAI_TRY_AS(const auto bytes, FrameReader(*file_).next());
        if (!bytes || !bytes->damage.empty() || bytes->sha256 != manifest_.frames[frame].sha256)
            return not_as_written(frame);
        events_.clear();
        for (std::string_view rest = bytes->text; !rest.empty();) {
            const std::size_t end = rest.find('\n');
            const auto line = split_line(rest.substr(0, end));
            const auto key = line ? key_of(line->event) : std::nullopt;
            if (!key || end == std::string_view::npos) return not_as_written(frame);
            events_.push_back({*key, std::string(line->event)});
            rest.remove_prefix(end + 1);
        }
        read_ = frame;
        return &events_;
    }

    /// The last frame that begins at or before `key`; the first one when none does.
    Result<std::size_t> frame_of(const EventKey& key) {
        std::size_t first = 0;
        std::size_t count = frames();
        while (count > 1) {
            const std::size_t half = count / 2;
            SEGURIFAI_TRY_AS(const auto* const events, read(first + half));
            const bool is_at_or_before = !events->empty() && events->front().key <= key;
            if (is_at_or_before) first += half;
            count = is_at_or_before ? count - half : half;
        }
        return first;
    }

private:
    Segment(std::unique_ptr<StoredFile> file, std::string name, Manifest manifest)
        : file_(std::move(file)), name_(std::move(name)), manifest_(std::move(manifest)) {}

    [[nodiscard]] std::unexpected<Error> not_as_written(std::size_t frame) const {
        return damaged(manifest_.month, fmt::format("{}, frame {}", name_, frame + 1),
                       "is not as it was written");
    }

    std::unique_ptr<StoredFile> file_;
    std::string name_;
    Manifest manifest_;
    std::vector<Found> events_;
    std::optional<std::size_t> read_;
};

class Browsing {
public:
    explicit Browsing(const Browse& asked) : asked_(asked), frames_left_(asked.frames_max) {
        constexpr auto kNumberMax = std::numeric_limits<std::int64_t>::max();
        start_ = asked.newest_first ? EventKey{asked.to, kNumberMax} : EventKey{asked.from, 0};
        if (asked.after)
            start_ = asked.newest_first ? std::min(start_, *asked.after)
                                        : std::max(start_, *asked.after);
        last_ = start_;
    }

    /// Whether a month may hold what is wanted.
    [[nodiscard]] bool is_of_interest(Month month) const {
        if (month.ends() <= asked_.from || asked_.to < month.begins()) return false;
        return asked_.newest_first ? month.begins() <= start_.at : start_.at < month.ends();
    }

    /// Looks through one month; false when the page is done.
    Result<bool> look(Segment& segment) {
        SEGURIFAI_TRY_AS(std::size_t frame, segment.frame_of(start_));
        for (;;) {
            if (frames_left_ == 0) {
                done_.stopped_at = last_;
                return false;
            }
            --frames_left_;
            SEGURIFAI_TRY_AS(const auto* const events, segment.read(frame));
            SEGURIFAI_TRY_AS(const bool goes_on, take(*events));
            if (!goes_on) return false;
            if (asked_.newest_first ? frame == 0 : frame + 1 == segment.frames()) return true;
            frame = asked_.newest_first ? frame - 1 : frame + 1;
        }
    }

    [[nodiscard]] Browsed take() { return std::move(done_); }

private:
    Result<bool> take(const std::vector<Found>& events) {
        for (std::size_t i = 0; i < events.size(); ++i) {
            const Found& event = asked_.newest_first ? events[events.size() - 1 - i] : events[i];
            const bool is_before = asked_.newest_first ? event.key >= start_ : event.key <= start_;
            if (is_before) continue;
            if (asked_.newest_first ? event.key.at < asked_.from : asked_.to < event.key.at)
                return false;
            last_ = event.key;
            SEGURIFAI_TRY_AS(const bool is_wanted, asked_.is_wanted(event.text));
            if (!is_wanted) continue;
            done_.events.push_back(event.text);
            if (done_.events.size() == asked_.events_max) return false;
        }
        return true;
    }

    const Browse& asked_;
    std::size_t frames_left_;
    EventKey start_;  ///< events behind it are looked at
    EventKey last_;   ///< the last one that was
    Browsed done_;
};

}  // namespace

Result<Browsed> browse(Folder& folder, const security::Secrets& secrets,
                       std::span<const Month> months, const Browse& asked) {
    Browsing browsing(asked);
    for (std::size_t i = 0; i < months.size(); ++i) {
        const Month month = asked.newest_first ? months[months.size() - 1 - i] : months[i];
        if (!browsing.is_of_interest(month)) continue;
        SEGURIFAI_TRY_AS(auto segment, Segment::open(folder, secrets, month, asked.as_of));
        if (!segment) continue;
        SEGURIFAI_TRY_AS(const bool goes_on, browsing.look(*segment));
        if (!goes_on) break;
    }
    return browsing.take();
}

}  // namespace segurifai::audit_segments
