#include "ops/audit_segments/segment_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ops/audit_segments/chain.hpp"
#include "ops/audit_segments/frame_reader.hpp"
#include "ops/audit_segments/segment_writer.hpp"

namespace segurifai::audit_segments {
namespace {

/// Follows the chain through the frames of one segment.
class Walk {
public:
    Walk(std::string file, const Manifest& manifest)
        : file_(std::move(file)), manifest_(manifest), hash_(manifest.begins) {}

    /// What is wrong in the next frame; its events otherwise, as views of its text.
    [[nodiscard]] std::optional<Finding> take(const Frame& frame,
                                              std::vector<std::string_view>& events) {
        const FrameFacts& facts = manifest_.frames[frame_++];
        const std::int64_t first = line_ + 1;
        if (!frame.damage.empty())
            return finding(first, fmt::format("The frame {}.", frame.damage));
        std::string_view rest = frame.text;
        while (!rest.empty()) {
            ++line_;
            const std::size_t end = rest.find('\n');
            const auto line = split_line(rest.substr(0, end));
            if (end == std::string_view::npos || !line)
                return finding(line_, "This is not a line of a segment.");
            hash_ = chain_next(hash_, line->event);
            if (!hash_.starts_with(line->hash))
                return finding(line_,
                               "The event does not follow from the one before it: it was changed, "
                               "or events were removed, added or moved here.");
            events.push_back(line->event);
            rest.remove_prefix(end + 1);
        }
        const std::int64_t count = line_ - first + 1;
        if (count != facts.events)
            return finding(first + std::min(count, facts.events),
                           fmt::format("The frame has {} events and was written with {}.", count,
                                       facts.events));
        if (hash_ != facts.head)
            return finding(first, fmt::format("Its {} events follow from each other, but are not "
                                              "those that were written.",
                                              count));
        // Less than any other finding: whoever changed an event further on made this frame anew
        // too.
        if (!other_bytes_ && frame.sha256 != facts.sha256)
            other_bytes_ =
                finding(first, "Its events are those that were written, its bytes are not.");
        return std::nullopt;
    }

    /// What is wrong when the file ended.
    [[nodiscard]] std::optional<Finding> end() {
        if (frame_ == manifest_.frames.size()) return other_bytes_;
        ++frame_;
        return finding(line_ + 1, fmt::format("The file ends here: the last {} events are missing.",
                                              manifest_.events - line_));
    }

    [[nodiscard]] Finding left_over() {
        ++frame_;
        return finding(line_ + 1, "Something follows the last frame that was written.");
    }

    [[nodiscard]] bool has_frames_left() const noexcept { return frame_ < manifest_.frames.size(); }

private:
    [[nodiscard]] Finding finding(std::int64_t line, std::string what) const {
        return {file_, static_cast<std::int64_t>(frame_), line, std::move(what)};
    }

    std::string file_;
    const Manifest& manifest_;
    std::string hash_;
    std::size_t frame_ = 0;  ///< frames taken
    std::int64_t line_ = 0;  ///< lines read
    std::optional<Finding> other_bytes_;
};

}  // namespace

std::string to_string(const Finding& finding) {
    std::string text = finding.file.empty() ? "the database" : finding.file;
    if (finding.frame > 0) text += fmt::format(", frame {}", finding.frame);
    if (finding.line > 0) text += fmt::format(", line {}", finding.line);
    return text + ": " + finding.what;
}

Result<std::optional<Finding>> check_segment(Folder& folder, const Manifest& manifest,
                                             const EventSink& sink) {
    const std::string name = segment_name(manifest.month);
    Walk walk(folder.shown(name), manifest);
    const auto file = folder.open(name);
    if (!file && file.error().code == Code::kNotFound)
        return Finding{.file = folder.shown(name), .what = "The file is missing."};
    if (!file) return std::unexpected(file.error());
    FrameReader reader(**file);
    std::vector<std::string_view> events;
    for (;;) {
        SEGURIFAI_TRY_AS(const std::optional<Frame> frame, reader.next());
        if (!frame) return walk.end();
        if (!walk.has_frames_left()) return walk.left_over();
        events.clear();
        if (auto found = walk.take(*frame, events)) return found;
        if (!sink) continue;
        for (const std::string_view event : events) SEGURIFAI_TRY(sink(event));
    }
}

}  // namespace segurifai::audit_segments
