#include "ops/backup/log_reader.hpp"

#include <fmt/format.h>

#include <cstring>

#include "ops/backup/bytes.hpp"

namespace segurifai::backup {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  ///< with sums over little-endian words; + 1: big
constexpr std::uint32_t kFormat = 3'007'000;
constexpr std::size_t kReadBytes = 256U << 10U;
/// More is read a second time rather than kept: the frames of a large transaction.
constexpr std::size_t kKeptBytesMax = 8U << 20U;

using Sums = std::array<std::uint32_t, 2>;

template <bool kBigEndian>
Sums sum_of(Sums sums, std::string_view bytes) noexcept {
    std::uint32_t sum = sums[0];
    std::uint32_t other = sums[1];
    for (; !bytes.empty(); bytes.remove_prefix(2 * sizeof(std::uint32_t))) {
        std::array<std::uint32_t, 2> words;
        std::memcpy(words.data(), bytes.data(), sizeof words);
        if (kBigEndian)
            for (std::uint32_t& word : words) word = __builtin_bswap32(word);
        // In this order one sum waits for the other for one addition only.
        sum = (sum + words[0]) + other;
        other = (other + words[1]) + sum;
    }
    return {sum, other};
}

/// SQLite's checksum, over pairs of words. `bytes` are a multiple of 8.
void add(Sums& sums, std::string_view bytes, bool big_endian) noexcept {
    sums = big_endian ? sum_of<true>(sums, bytes) : sum_of<false>(sums, bytes);
}

Sums pair_at(std::string_view bytes, std::size_t offset) {
    return {big_endian(bytes, offset), big_endian(bytes, offset + 4)};
}

std::uint64_t offset_of(std::uint32_t frame, std::uint32_t page_size) noexcept {
    return kHeaderBytes + static_cast<std::uint64_t>(frame - 1) * (kFrameHeaderBytes + page_size);
}

}  // namespace

Result<std::size_t> LogReader::read(std::uint64_t offset, std::span<char> out) {
    if (file_ == nullptr) {
        auto opened = files_.open(path_);
        if (!opened && opened.error().code == Code::kNotFound) return 0;
        if (!opened) return std::unexpected(std::move(opened).error());
        file_ = std::move(*opened);
    }
    return file_->read_at(offset, out);
}

Result<std::string> LogReader::read(std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    SEGURIFAI_TRY_AS(const std::size_t given, read(offset, std::span<char>(bytes)));
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

/// Reads up to so many frames more behind those that are kept. The new ones, none at the end.
Result<std::string_view> LogReader::keep_more(std::uint32_t page_size, std::uint32_t frames) {
    const std::size_t frame_bytes = kFrameHeaderBytes + page_size;
    const std::size_t wanted = frames * frame_bytes;
    if (kept_.size() + wanted > kKeptBytesMax) {
        kept_after_ += static_cast<std::uint32_t>(kept_.size() / frame_bytes);
        kept_.clear();
    }
    const std::size_t before = kept_.size();
    const auto next = kept_after_ + static_cast<std::uint32_t>(before / frame_bytes) + 1;
    Result<std::size_t> given = 0;
    kept_.resize_and_overwrite(before + wanted, [&](char* bytes, std::size_t) {
        given = read(offset_of(next, page_size), std::span(bytes + before, wanted));
        return before + given.value_or(0) / frame_bytes * frame_bytes;
    });
    SEGURIFAI_TRY(given);
    return std::string_view(kept_).substr(before);
}

Result<std::vector<LogReader::FoundCommit>> LogReader::commits(const Header& header,
                                                               const LogPosition& from,
                                                               std::uint32_t frames_max) {
    std::vector<FoundCommit> found;
    Sums sums = from.checksum;
    const std::size_t frame_bytes = kFrameHeaderBytes + header.page_size;
    const auto frames_at_once =
        static_cast<std::uint32_t>(std::max<std::size_t>(1, kReadBytes / frame_bytes));
    std::uint32_t frame = from.frame;
    kept_.clear();
    kept_after_ = frame;
    for (;;) {
        SEGURIFAI_TRY_AS(std::string_view rest,
                         keep_more(header.page_size, frame == from.frame ? 1 : frames_at_once));
        if (rest.empty()) return found;
        for (; !rest.empty(); rest.remove_prefix(frame_bytes)) {
            const std::string_view one = rest.substr(0, frame_bytes);
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
    const auto give = [&](std::string_view frames) -> Result<void> {
        for (; !frames.empty(); frames.remove_prefix(frame_bytes))
            SEGURIFAI_TRY(take(big_endian(frames, 0), frames.substr(kFrameHeaderBytes, page_size)));
        return {};
    };
    if (after >= kept_after_ && (to - kept_after_) * frame_bytes <= kept_.size())
        return give(std::string_view(kept_).substr((after - kept_after_) * frame_bytes,
                                                   (to - after) * frame_bytes));
    for (std::uint32_t count = 0; after < to; after += count) {
        count = std::min(at_once, to - after);
        SEGURIFAI_TRY_AS(const std::string bytes,
                         read(offset_of(after + 1, page_size), count * frame_bytes));
        if (bytes.size() != count * frame_bytes)
            return fail(Code::kCorrupt,
                        fmt::format("{} became shorter while it was read.", path_.string()));
        SEGURIFAI_TRY(give(bytes));
    }
    return {};
}

}  // namespace segurifai::backup
