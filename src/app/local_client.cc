#include "app/local_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/strings.h"

namespace stormglass::app {
namespace {

struct Address { std::string host; int port; };

Address address_of(const DaemonFacts& daemon) {
    const auto at = daemon.endpoint.rfind(':');
    return {daemon.endpoint.substr(7, at - 7), std::stoi(daemon.endpoint.substr(at + 1))};
}

Result<base::UniqueFd> connect_to(const Address& address) {
    base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(address.port));
    inet_pton(AF_INET, address.host.c_str(), &to.sin_addr);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        return fail_errno("connect to the daemon");
    }
    return fd;
}

}  // namespace

Result<void> stream_own(const DaemonFacts& daemon, const std::string& path,
                        const std::function<bool(std::string_view)>& take) {
    const auto address = address_of(daemon);
    const auto fd = TRY(connect_to(address));
    // HTTP/1.0: the answer ends with the connection, so nothing needs to be de-chunked.
    TRY(base::write_all(fd.get(), "GET " + path + " HTTP/1.0\r\nHost: " + address.host + "\r\n\r\n"));
    std::string head;
    bool in_body = false;
    char part[16384];
    for (;;) {
        const ssize_t got = ::read(fd.get(), part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read from the daemon");
        if (got == 0) break;
        std::string_view text(part, static_cast<std::size_t>(got));
        std::string rest;
        if (!in_body) {
            head += text;
            const auto end = head.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            in_body = true;
            rest = head.substr(end + 4);
            text = rest;
            if (head.find(" 200 ") > head.find("\r\n")) {
                return fail(Domain::system, "Refused", rest.empty() ? head.substr(0, head.find('\r')) : rest);
            }
        }
        if (!text.empty() && !take(text)) return {};
    }
    if (!in_body) return fail(Domain::system, "NoAnswer", "the daemon closed without an answer");
    return {};
}

Result<std::string> get_own(const DaemonFacts& daemon, const std::string& path) {
    std::string body;
    TRY(stream_own(daemon, path, [&](std::string_view part) {
        body += part;
        return true;
    }));
    return body;
}

}  // namespace stormglass::app
