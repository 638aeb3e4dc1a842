#include "server/access_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/json.hpp"
#include "base/thread.hpp"

namespace segurifai::server {
namespace {

using Line = fmt::basic_memory_buffer<char, 512>;

/// How often waiting lines are written. A wake-up for each line would cost more than the line.
constexpr std::chrono::milliseconds kWriteEvery{100};

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

void append_text(Line& line, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    std::string quoted;
    append_json_string(quoted, text);
    append(line, ",\"");
    append(line, name);
    append(line, "\":");
    append(line, quoted);
}

/// Lines gather in memory and a thread of its own writes them together.
class GatheringLog final : public LogWriter {
public:
    /// Takes the descriptor over when `owns` says so.
    GatheringLog(int file, bool owns, Clock& clock) : file_(file), owns_(owns), clock_(clock) {
        thread_ = std::thread([this] { write_until_closed(); });
    }

    ~GatheringLog() override {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        wake_.notify_one();
        thread_.join();
        if (owns_) close(file_);
    }

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
            add(line);
        } catch (...) {
            lost_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    void note(std::string_view level, std::string_view text) noexcept override {
        try {
            Line line;
            begin(line);
            append_plain(line, "level", level);
            append_text(line, "text", text);
            add(line);
        } catch (...) {
            lost_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    std::uint64_t lost() const noexcept override { return lost_.load(std::memory_order_relaxed); }

private:
    void begin(Line& line) {
        char at[Instant::kJsonSize];
        clock_.now().write_json(at);
        append(line, "{\"at\":\"");
        append(line, {at, sizeof at});
        append(line, "\"");
    }

    void add(Line& line) {
        append(line, "}\n");
        const std::lock_guard lock(mutex_);
        if (waiting_.size() + line.size() > kLogBytesMax) {
            lost_.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        waiting_.append(line.data(), line.size());
    }

    void write_until_closed() {
        name_this_thread("access-log");
        std::string lines;
        bool closing = false;
        while (!closing) {
            {
                std::unique_lock lock(mutex_);
                wake_.wait_for(lock, kWriteEvery, [this] { return closing_; });
                closing = closing_;
                lines.swap(waiting_);
            }
            write_all(lines);
            lines.clear();
        }
    }

    /// A log that cannot be written to costs its lines, and never the service.
    void write_all(std::string_view lines) noexcept {
        while (!lines.empty()) {
            const ssize_t written = ::write(file_, lines.data(), lines.size());
            if (written > 0) {
                lines.remove_prefix(static_cast<std::size_t>(written));
            } else if (errno != EINTR) {
                for (const char c : lines)
                    if (c == '\n') lost_.fetch_add(1, std::memory_order_relaxed);
                return;
            }
        }
    }

    const int file_;
    const bool owns_;
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::string waiting_;
    bool closing_ = false;
    std::atomic<std::uint64_t> lost_{0};
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<LogWriter>> open_log(const std::optional<std::filesystem::path>& path,
                                            Clock& clock) {
    if (!path) return std::make_unique<GatheringLog>(STDERR_FILENO, false, clock);
    std::error_code made;  // what could not be made cannot be opened either
    if (path->has_parent_path()) std::filesystem::create_directories(path->parent_path(), made);
    const int file = open(path->c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(Code::kPermission,
                    fmt::format("The log {} cannot be opened ({}).", path->string(),
                                std::generic_category().message(errno)));
    return std::make_unique<GatheringLog>(file, true, clock);
}

}  // namespace segurifai::server
