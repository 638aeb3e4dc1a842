#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/pipeline.hpp"

namespace segurifai::server {

/// Bytes of lines that may wait to be written; what comes beyond is lost and counted.
inline constexpr std::size_t kLogBytesMax = 16'000'000;

/// One JSON line a call, written ten times a second by a thread of its own:
/// {"at","id","op","method","status","us","address","user","trace","code","detail"}; "us" are
/// microseconds, "trace" is the traceparent that came in; what is empty is left out.
class LogWriter : public http::AccessLog {
public:
    /// What is no call: starting, stopping, a failure in the background. `level` is "info",
    /// "warning" or "error".
    virtual void note(std::string_view level, std::string_view text) noexcept = 0;
    /// Lines lost because the writer did not keep up.
    [[nodiscard]] virtual std::uint64_t lost() const noexcept = 0;
};

/// Writes to `path`, made readable by its owner only; without a path, to standard error. Fails
/// when the file cannot be opened.
[[nodiscard]] Result<std::unique_ptr<LogWriter>> open_log(
    const std::optional<std::filesystem::path>& path, Clock& clock);

}  // namespace segurifai::server
