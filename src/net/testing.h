// Helpers of the server's tests: a server on a free port, a client that speaks raw bytes, curl.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "base/check.h"
#include "net/http_server.h"

namespace stormglass::net {

/// Longest that a test waits for what must come.
inline constexpr int patience_ms = 20'000;

class RawClient {
public:
    explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CHECK(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
              0);
    }

    /// False when the server has gone.
    bool send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t put = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (put <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(put));
        }
        return true;
    }

    void finish() { (void)::shutdown(fd_.get(), SHUT_WR); }

    /// Reads on until `text` has come; false at the end of the connection or of patience.
    bool expect(std::string_view text) {
        while (received.find(text) == std::string::npos) {
            if (!receive()) return false;
        }
        received.erase(0, received.find(text) + text.size());
        return true;
    }

    /// All until the server closes.
    std::string read_all() {
        while (receive()) {
        }
        return received;
    }

    std::string received;

private:
    bool receive() {
        pollfd entry{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        if (::poll(&entry, 1, patience_ms) <= 0) return false;
        char part[65536];
        const ssize_t got = ::recv(fd_.get(), part, sizeof part, 0);
        if (got <= 0) return false;
        received.append(part, static_cast<std::size_t>(got));
        return true;
    }

    base::UniqueFd fd_;
};

/// What a shell command prints; its own errors too.
inline std::string output_of(const std::string& command) {
    FILE* const pipe = ::popen((command + " 2>&1").c_str(), "re");
    CHECK(pipe != nullptr);
    std::string output;
    char part[4096];
    while (const std::size_t got = ::fread(part, 1, sizeof part, pipe)) output.append(part, got);
    ::pclose(pipe);
    return output;
}

/// A handler that shows what it was asked: "METHOD TARGET BODY".
inline Response echo(Request& request) {
    const auto body = request.body.read_all(64 << 20);
    Response response;
    if (!body) {
        response.status = body.error().code == "BodyTooLarge" ? 413 : 400;
        response.body = body.error().code;
        return response;
    }
    response.body = fmt::format("{} {} {}", request.method, request.target, *body);
    return response;
}

struct TestServer {
    explicit TestServer(HttpServerOptions options = {}, Handler handler = echo,
                        std::optional<TlsContext> tls = std::nullopt)
        : server(std::move(options), std::move(handler)) {
        auto listening = listen_tcp("127.0.0.1", 0).value();
        port = bound_port(listening.get()).value();
        CHECK(server.listen(std::move(listening), std::move(tls)).has_value());
    }
    std::string url(std::string_view path = "/") const {
        return fmt::format("http://127.0.0.1:{}{}", port, path);
    }

    std::uint16_t port = 0;
    HttpServer server;
};

}  // namespace stormglass::net
