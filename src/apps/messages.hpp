#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace segurifai::apps {

/// One text to one person outside the platform.
struct Message {
    std::string_view channel;  ///< "sms", "email"
    std::string to;            ///< "+50255551234"
    std::string text;
};

/// Where such messages leave. Blocking: called on the worker pool, after the commit that caused the
/// message.
class MessageSink {
public:
    virtual ~MessageSink() = default;
    [[nodiscard]] virtual Result<void> deliver_blocking(const Message& message) = 0;
};

/// Appends every message as a JSON line to `path`, a file only its owner can read; safe for
/// several processes. The default until a gateway is configured.
[[nodiscard]] std::unique_ptr<MessageSink> file_sink(std::filesystem::path path, Clock& clock);

}  // namespace segurifai::apps
