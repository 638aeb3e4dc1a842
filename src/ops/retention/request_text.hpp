#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/archive/tables.hpp"
#include "base/error.hpp"
#include "model/record.hpp"
#include "model/registry.hpp"

// Zstandard's, which only this room's source knows.
struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

/// How a tree of rows is kept in the archive: as the lines that `segurifai dumpdata` writes, a row
/// a line, packed with Zstandard and written in base64url, so that it is stored, dumped and loaded
/// like any other text.
namespace segurifai::retention {

/// Rows as text: `{"table":"…","row":{…}}` and a line end, each. Canonical: the same rows give the
/// same text on both engines.
[[nodiscard]] std::string text_of(std::span<const model::Record> rows);

/// The rows that a text holds. kCorrupt when it is none of text_of(); kInvalid, with the columns,
/// when a row does not fit its table as it is described today.
[[nodiscard]] Result<std::vector<model::Record>> rows_of(const model::Registry& registry,
                                                         std::string_view text);

/// Packs and unpacks. Keeps the memory that this takes from one text to the next; one thread's.
class Packer {
public:
    Packer();

    /// Sets what `archived` says about the text: its size, its SHA-256, and itself packed.
    void pack(std::string_view text, archive::ArchivedRequest& archived);

    /// The text again. kCorrupt, with the request's number, when it is not the one that was packed.
    [[nodiscard]] Result<std::string> unpack(const archive::ArchivedRequest& archived);

private:
    struct Free {
        void operator()(ZSTD_CCtx_s* context) const noexcept;
        void operator()(ZSTD_DCtx_s* context) const noexcept;
    };
    std::unique_ptr<ZSTD_CCtx_s, Free> packing_;
    std::unique_ptr<ZSTD_DCtx_s, Free> unpacking_;
};

/// One text.
[[nodiscard]] Result<std::string> unpack(const archive::ArchivedRequest& archived);

}  // namespace segurifai::retention
