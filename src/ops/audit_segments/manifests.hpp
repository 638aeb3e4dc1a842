#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ops/audit_segments/folder.hpp"
#include "ops/audit_segments/manifest.hpp"
#include "ops/audit_segments/segment_reader.hpp"
#include "security/secrets.hpp"

namespace segurifai::audit_segments {

/// A manifest that was read, and the SHA-256 of its file.
struct Link {
    Manifest manifest;
    std::string sha256;
};

/// Every closed month, oldest first, as its manifest says. `findings`: manifests that cannot be
/// believed, or that hang on one which is missing.
struct Closed {
    std::map<Month, Link> months;
    std::vector<Finding> findings;
};

/// Reads all manifests and follows them from one to the next.
[[nodiscard]] Result<Closed> read_manifests(Folder& folder, const security::Secrets& secrets);

}  // namespace segurifai::audit_segments
