#include "server/access_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "base/json.hpp"

namespace segurifai::server {
namespace {

using Line = fmt::basic_memory_buffer<char, 512>;

void append(Line& line, std::string_view text) {
    line.append(text.data(), text.data() + text.size());
}

/// A member whose value holds nothing that JSON escapes: words and numbers of ours.
void append_plain(Line& line, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    append(line, ",\"");
    append(line, name);
    append(line, "\":\"");
    append(line, value);
    append(line, "\"");
}

class AsyncLog final : public LogWriter {
public:
    AsyncLog(spdlog::sink_ptr sink, Clock& clock)
        : clock_(clock),
          pool_(std::make_shared<spdlog::details::thread_pool>(kLogLinesMax, 1)),
          logger_(std::make_shared<spdlog::async_logger>(
              "segurifai", std::move(sink), pool_, spdlog::async_overflow_policy::overrun_oldest)) {
        logger_->set_pattern("%v");
        logger_->set_level(spdlog::level::info);
    }

    ~AsyncLog() override { logger_->flush(); }

    void write(const http::AccessRecord& record) noexcept override {
        try {
            Line line;
            begin(line);
            append_plain(line, "id", record.request_id);
            append_plain(line, "op", record.operation);
            append_plain(line, "method", record.method);
            fmt::format_to(std::back_inserter(line), R"(,"status":{},"us":{})", record.status,
                           record.micros);
            append_plain(line, "address", record.address);
            if (record.user_id != Uuid{}) {
                char user[36];
                record.user_id.write(user);
                append_plain(line, "user", {user, sizeof user});
            }
            append_plain(line, "trace", record.traceparent);
            append_plain(line, "code", record.code);
            append_text(line, "detail", record.detail);
            append(line, "}");
            logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
        } catch (...) {
            failed_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    void note(std::string_view level, std::string_view text) noexcept override {
        try {
            Line line;
            begin(line);
            append_plain(line, "level", level);
            append_text(line, "text", text);
            append(line, "}");
            logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
        } catch (...) {
            failed_.fetch_add(1, std::memory_order_relaxed);
        }
        flush();
    }

    void flush() noexcept override {
        try {
            logger_->flush();
        } catch (...) {
            failed_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    std::uint64_t lost() const noexcept override {
        return pool_->overrun_counter() + failed_.load(std::memory_order_relaxed);
    }

private:
    void begin(Line& line) {
        char at[Instant::kJsonSize];
        clock_.now().write_json(at);
        append(line, "{\"at\":\"");
        append(line, {at, sizeof at});
        append(line, "\"");
    }

    static void append_text(Line& line, std::string_view name, std::string_view text) {
        if (text.empty()) return;
        std::string quoted;
        append_json_string(quoted, text);
        append(line, ",\"");
        append(line, name);
        append(line, "\":");
        append(line, quoted);
    }

    Clock& clock_;
    std::shared_ptr<spdlog::details::thread_pool> pool_;
    std::shared_ptr<spdlog::async_logger> logger_;
    std::atomic<std::uint64_t> failed_{0};
};

/// Makes the file before spdlog opens it, so that it is its owner's from the beginning.
Result<void> make_private(const std::filesystem::path& path) {
    std::error_code made;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), made);
    const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(Code::kPermission,
                    fmt::format("The log {} cannot be opened ({}).", path.string(),
                                std::generic_category().message(errno)));
    close(file);
    return {};
}

}  // namespace

Result<std::unique_ptr<LogWriter>> open_log(const std::optional<std::filesystem::path>& path,
                                            Clock& clock) {
    if (!path)
        return std::make_unique<AsyncLog>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), clock);
    SEGURIFAI_TRY(make_private(*path));
    try {
        auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path->string());
        return std::make_unique<AsyncLog>(std::move(sink), clock);
    } catch (const spdlog::spdlog_ex& failed) {
        return fail(Code::kPermission, failed.what());
    }
}

}  // namespace segurifai::server
