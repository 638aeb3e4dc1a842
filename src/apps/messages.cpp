#include "apps/messages.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/json.hpp"

namespace segurifai::apps {
namespace {

class FileSink final : public MessageSink {
public:
    FileSink(std::filesystem::path path, Clock& clock) : path_(std::move(path)), clock_(clock) {}

    Result<void> deliver_blocking(const Message& message) override {
        std::string line = "{\"at\":\"" + clock_.now().to_string() + "\",\"channel\":";
        append_json_string(line, message.channel);
        line += ",\"to\":";
        append_json_string(line, message.to);
        line += ",\"text\":";
        append_json_string(line, message.text);
        line += "}\n";
        const int file = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (file < 0) return failed();
        // One write of one line: with O_APPEND it is whole also beside another process.
        const ssize_t written = write(file, line.data(), line.size());
        const int error = errno;
        close(file);
        if (written == static_cast<ssize_t>(line.size())) return {};
        errno = written < 0 ? error : ENOSPC;
        return failed();
    }

private:
    std::unexpected<Error> failed() const {
        const int error = errno;
        return fail(error == ENOSPC || error == EDQUOT ? Code::kDiskFull : Code::kPermission,
                    fmt::format("Messages cannot be written to {} ({}).", path_.string(),
                                std::generic_category().message(error)));
    }

    std::filesystem::path path_;
    Clock& clock_;
};

}  // namespace

std::unique_ptr<MessageSink> file_sink(std::filesystem::path path, Clock& clock) {
    return std::make_unique<FileSink>(std::move(path), clock);
}

}  // namespace segurifai::apps
