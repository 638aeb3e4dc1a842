#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace segurifai::http {

inline constexpr int kWaitMax = 10'000;  // ms; only a failing test waits that long

/// A plain client on loopback for tests. Every wait has an end.
class Client {
public:
    explicit Client(std::uint16_t port) : handle_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(port);
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(handle_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
    }
    ~Client() {
        if (handle_ >= 0) ::close(handle_);
    }
    Client(Client&& other) noexcept
        : handle_(std::exchange(other.handle_, -1)),
          connected_(other.connected_),
          read_(std::move(other.read_)) {}
    Client& operator=(Client&&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }
    void send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(handle_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;  // refused early: what it answered is read
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    void end_sending() { ::shutdown(handle_, SHUT_WR); }
    /// The next answer, head and body; without a body for HEAD. Empty when the connection ended.
    std::string answer(bool head_only = false) {
        for (;;) {
            const std::size_t end = read_.find("\r\n\r\n");
            if (end != std::string::npos) {
                std::size_t size = end + 4;
                const std::size_t length = read_.substr(0, end).find("Content-Length: ");
                if (length != std::string::npos && !head_only)
                    size += std::stoul(read_.substr(length + 16));
                if (read_.size() >= size) {
                    std::string one = read_.substr(0, size);
                    read_.erase(0, size);
                    return one;
                }
            }
            if (!more()) return {};
        }
    }
    /// Everything until the connection ends.
    std::string rest() {
        while (more()) {
        }
        return std::move(read_);
    }
    /// Whether the other end closed in an orderly way, with nothing more to read.
    bool closed() {
        while (more()) {
        }
        return ended_ && read_.empty();
    }

private:
    bool more() {
        pollfd wanted{handle_, POLLIN, 0};
        if (::poll(&wanted, 1, kWaitMax) <= 0) return false;
        char buffer[65536];
        const ssize_t got = ::recv(handle_, buffer, sizeof buffer, 0);
        ended_ = got == 0;
        if (got > 0) read_.append(buffer, static_cast<std::size_t>(got));
        return got > 0;
    }

    int handle_;
    bool connected_ = false;
    bool ended_ = false;
    std::string read_;
};

inline int status_of(std::string_view answer) {
    return answer.size() < 12 ? 0 : std::stoi(std::string(answer.substr(9, 3)));
}
inline std::string_view body_of(std::string_view answer) {
    const std::size_t end = answer.find("\r\n\r\n");
    return end == std::string_view::npos ? answer : answer.substr(end + 4);
}

}  // namespace segurifai::http
