#include "ops/backup/log_reader.hpp"

#include <fmt/format.h>

#include "ops/backup/bytes.hpp"

namespace segurifai::backup {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  ///< with sums over little-endian words; + 1: big
constexpr std::uint32_t kFormat = 3'007'000;
constexpr std::size_t kReadBytes = 1U << 20U;

using Sums = std::array<std::uint32_t, 2>;

/// SQLite's checksum, over pairs of words. `bytes` are a multiple of 8.
void add(Sums& sums, std::string_view bytes, bool big_endian) noexcept {
    while (!bytes.empty()) {
        auto first = take<std::uint32_t>(bytes);
        auto second = take<std::uint32_t>(bytes);
        if (big_endian) {
            first = __builtin_bswap32(first);
            second = __builtin_bswap32(second);
        }
        sums[0] += first + sums[1];
        sums[1] += second + sums[0];
    }
}

Sums pair_at(std::string_view bytes, std::size_t offset) {
    return {big_endian(bytes, offset), big_endian(bytes, offset + 4)};
}

std::uint64_t offset_of(std::uint32_t frame, std::uint32_t page_size) noexcept {
    return kHeaderBytes + static_cast<std::uint64_t>(frame - 1) * (kFrameHeaderBytes + page_size);
}

}  // namespace

Result<std::string> LogReader::read(std::uint64_t offset, std::size_t size) {
    if (file_ == nullptr) {
        auto opened = files_.open(path_);
        if (!opened && opened.error().code == Code::kNotFound) return std::string();
        if (!opened) return std::unexpected(std::move(opened).error());
        file_ = std::move(*opened);
    }
    std::string bytes(size, '\0');
    SEGURIFAI_TRY_AS(const std::size_t given, file_->read_at(offset, bytes));
    bytes.resize(given);
    return bytes;
}

Result<std::optional<LogReader::Header>> LogReader::header() {
    SEGURIFAI_TRY_AS(const std::string bytes, read(0, kHeaderBytes));
    if (bytes.size() < kHeaderBytes) return std::optional<Header>();
    const std::uint32_t magic = big_endian(bytes, 0);
    if ((magic & ~1U) != kMagic || big_endian(bytes, 4) != kFormat) return std::optional<Header>();
    Header header;
    header.big_endian_sums = (magic & 1U) != 0;
    header.page_size = big_endian(bytes, 8);
    header.salts = pair_at(bytes, 16);
    add(header.checksum, std::string_view(bytes).substr(0, 24), header.big_endian_sums);
    if (header.checksum != pair_at(bytes, 24)) return std::optional<Header>();
    return std::optional(header);
}

Result<bool> LogReader::holds(const LogPosition& position, std::uint32_t page_size) {
    if (position.frame == 0) return true;
    SEGURIFAI_TRY_AS(const std::string frame,
                     read(offset_of(position.frame, page_size), kFrameHeaderBytes));
    return frame.size() == kFrameHeaderBytes && pair_at(frame, 8) == position.salts &&
           pair_at(frame, 16) == position.checksum;
}

Result<bool> LogReader::reaches(std::uint64_t bytes) {
    SEGURIFAI_TRY_AS(const auto begin, header());
    if (!begin || bytes <= kHeaderBytes) return begin.has_value();
    const std::uint64_t frame_bytes = kFrameHeaderBytes + begin->page_size;
    const std::uint64_t frame = (bytes - kHeaderBytes + frame_bytes - 1) / frame_bytes;
    SEGURIFAI_TRY_AS(const std::string last,
                     read(kHeaderBytes + (frame - 1) * frame_bytes, kFrameHeaderBytes));
    return last.size() == kFrameHeaderBytes && pair_at(last, 8) == begin->salts;
}

Result<std::vector<LogReader::FoundCommit>> LogReader::commits(const Header& header,
                                                               const LogPosition& from,
                                                               std::uint32_t frames_max) {
    std::vector<FoundCommit> found;
    Sums sums = from.checksum;
    const std::size_t frame_bytes = kFrameHeaderBytes + header.page_size;
    const std::size_t frames_at_once = std::max<std::size_t>(1, kReadBytes / frame_bytes);
    std::uint32_t frame = from.frame;
    for (;;) {
        SEGURIFAI_TRY_AS(
            const std::string bytes,
            read(offset_of(frame + 1, header.page_size),
                 (found.empty() && frame == from.frame ? 1 : frames_at_once) * frame_bytes));
        std::string_view rest = bytes;
        if (rest.size() < frame_bytes) return found;
        while (rest.size() >= frame_bytes) {
            const std::string_view one = rest.substr(0, frame_bytes);
            rest.remove_prefix(frame_bytes);
            if (pair_at(one, 8) != header.salts) return found;
            add(sums, one.substr(0, 8), header.big_endian_sums);
            add(sums, one.substr(kFrameHeaderBytes), header.big_endian_sums);
            if (sums != pair_at(one, 16)) return found;
            ++frame;
            const std::uint32_t pages = big_endian(one, 4);
            if (pages == 0) continue;
            found.push_back(
                {.log = {.salts = header.salts, .frame = frame, .checksum = sums}, .pages = pages});
            if (frame - from.frame >= frames_max) return found;
        }
    }
}

Result<void> LogReader::pages(
    std::uint32_t page_size, std::uint32_t after, std::uint32_t to,
    const std::function<Result<void>(std::uint32_t number, std::string_view content)>& take) {
    const std::size_t frame_bytes = kFrameHeaderBytes + page_size;
    const auto at_once =
        static_cast<std::uint32_t>(std::max<std::size_t>(1, kReadBytes / frame_bytes));
    while (after < to) {
        const std::uint32_t count = std::min(at_once, to - after);
        SEGURIFAI_TRY_AS(const std::string bytes,
                         read(offset_of(after + 1, page_size), count * frame_bytes));
        if (bytes.size() != count * frame_bytes)
            return fail(Code::kCorrupt,
                        fmt::format("{} became shorter while it was read.", path_.string()));
        std::string_view rest = bytes;
        for (; !rest.empty(); rest.remove_prefix(frame_bytes))
            SEGURIFAI_TRY(take(big_endian(rest, 0), rest.substr(kFrameHeaderBytes, page_size)));
        after += count;
    }
    return {};
}

}  // namespace segurifai::backup
