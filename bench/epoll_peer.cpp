// The limit that the HTTP floor is measured against: a bare epoll loop a core that knows nothing of
// HTTP but where a head ends, and answers every request with the same bytes.
//
//     epoll_peer PORT [THREADS [BODY | @FILE]]
//
// FILE holds a whole answer, head and body, which is then given as it is.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

constexpr int kBacklog = 4096;
constexpr int kEventsMax = 256;
constexpr std::size_t kBufferBytes = 16 * 1024;

struct Peer {
    std::size_t size = 0;
    char buffer[kBufferBytes];
};

int listen_at(std::uint16_t port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
        ::listen(listener, kBacklog) != 0) {
        std::perror("epoll_peer");
        std::exit(1);
    }
    return listener;
}

/// Reads what is there and answers every whole head in it; false when the connection ended.
bool serve(int handle, Peer& peer, const std::string& answer, std::string& out) {
    const ssize_t got = ::recv(handle, peer.buffer + peer.size, sizeof peer.buffer - peer.size, 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    peer.size += static_cast<std::size_t>(got);
    std::string_view rest(peer.buffer, peer.size);
    out.clear();
    for (std::size_t end = rest.find("\r\n\r\n"); end != std::string_view::npos;
         end = rest.find("\r\n\r\n")) {
        rest.remove_prefix(end + 4);
        out += answer;
    }
    rest.copy(peer.buffer, rest.size());
    peer.size = rest.size();
    // A load generator reads what it asked for; one that does not is dropped.
    return out.empty() ||
           ::send(handle, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size());
}

void run(std::uint16_t port, const std::string& answer) {
    const int listener = listen_at(port);
    const int poll = ::epoll_create1(0);
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = listener;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &wanted);
    std::unordered_map<int, std::unique_ptr<Peer>> peers;
    std::string out;
    for (;;) {
        epoll_event events[kEventsMax];
        const int count = ::epoll_wait(poll, events, kEventsMax, -1);
        for (int i = 0; i < count; ++i) {
            const int handle = events[i].data.fd;
            if (handle == listener) {
                const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
                if (accepted < 0) continue;
                wanted.data.fd = accepted;
                ::epoll_ctl(poll, EPOLL_CTL_ADD, accepted, &wanted);
                peers[accepted] = std::make_unique<Peer>();
            } else if (!serve(handle, *peers[handle], answer, out)) {
                peers.erase(handle);
                ::close(handle);
            }
        }
    }
}

std::string answer_with(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "X-Content-Type-Options: nosniff\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string answer_in(const char* path) {
    std::ifstream file(path, std::ios::binary);
    std::string answer((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (answer.find("\r\n\r\n") == std::string::npos) {
        std::fprintf(stderr, "epoll_peer: there is no answer in %s\n", path);
        std::exit(2);
    }
    return answer;
}

}  // namespace

int main(int count, char** words) {
    if (count < 2) {
        std::fputs("epoll_peer PORT [THREADS [BODY | @FILE]]\n", stderr);
        return 2;
    }
    const auto port = static_cast<std::uint16_t>(std::atoi(words[1]));
    const unsigned threads = count > 2 ? static_cast<unsigned>(std::atoi(words[2]))
                                       : std::thread::hardware_concurrency();
    const std::string body =
        count > 3 ? words[3] : R"({"id":1,"name":"segurifai","status":"ok","n":1234567890,"x":1})";
    const std::string answer =
        body.starts_with('@') ? answer_in(body.c_str() + 1) : answer_with(body);
    std::vector<std::jthread> running;
    running.reserve(threads);
    for (unsigned i = 0; i < threads; ++i)
        running.emplace_back([port, &answer] { run(port, answer); });
}
