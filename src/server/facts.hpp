#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "security/worker_pool.hpp"

namespace segurifai::server {

struct Installation;
class Watch;

/// What the process says of itself to its own operations (health, metrics, schema, pages). Made
/// once at start.
struct Facts {
    std::string version;
    std::function<bool()> draining;
    std::function<std::string()> metrics;  ///< Prometheus text
    std::string schema_json;
    std::string schema_yaml;
    std::string docs_html;
    std::string start_spanish;
    std::string start_english;
    const Watch* watch = nullptr;                ///< how the installation stands
    const Installation* installation = nullptr;  ///< where it keeps what it works on
    /// Reads segments of the audit log, which may take minutes: a pool of its own.
    security::WorkerPool* archive_workers = nullptr;
};

}  // namespace segurifai::server
