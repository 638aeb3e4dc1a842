#pragma once

#include <array>
#include <string_view>

namespace segurifai::server {

/// A policy of RULES §11 as people name it, and the kind of job that carries it out.
struct RetentionPolicy {
    std::string_view name;
    std::string_view job;
};

inline constexpr std::array kRetentionPolicies{RetentionPolicy{"positions", "retention.positions"},
                                               RetentionPolicy{"sessions", "retention.sessions"},
                                               RetentionPolicy{"requests", "retention.requests"},
                                               RetentionPolicy{"archive", "retention.archive"},
                                               RetentionPolicy{"audit", "audit.close"}};

}  // namespace segurifai::server
