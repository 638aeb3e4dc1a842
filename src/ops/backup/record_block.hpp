#pragma once

#include <zstd.h>

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ops/backup/sealed_file.hpp"

namespace segurifai::backup {

/// Of the content of a record, before it is compressed.
inline constexpr std::size_t kContentBytesMax = 4U << 20U;

/// Which thread works on a record.
enum class Worker : std::uint8_t {
    kCaller,   ///< none but the caller
    kAnother,  ///< one beside the caller's, as important as that
    kPatient,  ///< one that takes only what is left of the processors
};

/// So many records of a file are worked on while one is read or written.
inline constexpr std::size_t kBlocksAtOnce = 3;

/// Turns content into a sealed record: compressed, then sealed. Used by one thread at a time, which
/// may let another one do the work.
class PackingBlock {
public:
    explicit PackingBlock(RecordSeal seal) : seal_(std::move(seal)) {}

    /// What is to be packed; stays as it is while that is done.
    [[nodiscard]] std::string& content() noexcept { return content_; }

    /// Begins to pack the content as the record of this number.
    void begin(std::uint64_t number, Worker worker);
    [[nodiscard]] bool has_begun() const noexcept { return packed_.valid(); }
    /// Waits for it and empties the content. Returns the record, until the next one is begun.
    [[nodiscard]] Result<std::string_view> take();

private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    };
    Result<void> pack(std::uint64_t number);

    const RecordSeal seal_;
    const std::unique_ptr<ZSTD_CCtx, Free> context_{ZSTD_createCCtx()};
    std::string content_;
    std::string compressed_;
    std::string sealed_;
    std::future<Result<void>> packed_;  // goes first, and waits: it works with the others
};

/// The way back.
class UnpackingBlock {
public:
    explicit UnpackingBlock(RecordSeal seal) : seal_(std::move(seal)) {}

    /// What is to be unpacked; stays as it is while that is done.
    [[nodiscard]] SealedRecord& record() noexcept { return record_; }

    void begin(Worker worker);
    enum class Outcome : std::uint8_t { kUnpacked, kForged, kNotUnderstood };
    /// Waits for it.
    [[nodiscard]] Outcome take();
    /// Of a record that was unpacked, until the next one is begun.
    [[nodiscard]] std::string_view content() const noexcept { return content_; }

private:
    struct Free {
        void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
    };
    Outcome unpack();

    const RecordSeal seal_;
    const std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
    SealedRecord record_;
    std::string compressed_;
    std::string content_;
    std::future<Outcome> unpacked_;  // goes first, and waits: it works with the others
};

}  // namespace segurifai::backup
