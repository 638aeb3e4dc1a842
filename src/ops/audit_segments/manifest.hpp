#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "ops/audit_segments/month.hpp"
#include "security/secrets.hpp"

namespace segurifai::audit_segments {

/// One frame of a segment: a piece of the file that is decompressed by itself.
struct FrameFacts {
    std::int64_t events = 0;
    std::int64_t bytes = 0;  ///< compressed
    std::string sha256;      ///< of those bytes
    std::string head;        ///< the chain's hash after its last event

    friend bool operator==(const FrameFacts&, const FrameFacts&) = default;
};

/// What a segment is, beside it in a file of its own. It hangs on the manifest before it and holds
/// a MAC under a key of the installation, so that neither it nor the chain can be made anew by
/// somebody who has the files and not the key. It stays when the segment goes.
struct Manifest {
    Month month;
    std::int64_t events = 0;
    std::int64_t first_id = 0;  ///< the smallest
    std::int64_t last_id = 0;   ///< the largest
    Instant first_at;
    Instant last_at;
    std::int64_t bytes = 0;  ///< size of the segment
    std::string sha256;      ///< of the segment
    std::string begins;      ///< the chain's hash before the first event
    std::string head;        ///< the chain's hash after the last event
    /// The closed month before this one and the SHA-256 of its manifest; empty for the first.
    std::string previous_month;
    std::string previous_sha256;
    Instant closed_at;
    std::vector<FrameFacts> frames;

    friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// The manifest as its file holds it: JSON, one member or frame a line, with the MAC under the
/// current key as the last member.
[[nodiscard]] std::string write_manifest(const Manifest& manifest,
                                         const security::Secrets& secrets);

/// Reads what `write_manifest` wrote under any of the keys, and no other spelling of it: a file
/// with one byte changed is refused. kCorrupt, with what is wrong as the end of a sentence.
[[nodiscard]] Result<Manifest> read_manifest(std::string_view text,
                                             const security::Secrets& secrets);

/// A larger manifest is none: 64 MiB are the frames of some 300 GiB of events.
inline constexpr std::size_t kManifestBytesMax = std::size_t{64} << 20;

[[nodiscard]] std::string segment_name(Month month);   ///< "2026-11.zst"
[[nodiscard]] std::string manifest_name(Month month);  ///< "2026-11.json"

}  // namespace segurifai::audit_segments
