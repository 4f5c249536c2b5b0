// Listening sockets.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "net/http_server.h"

namespace stormglass::net {
namespace {

constexpr int backlog = 1024;

Result<base::UniqueFd> make_socket(int family) {
    base::UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail_errno("make a socket");
    return fd;
}

Result<base::UniqueFd> bind_and_listen(int family, const void* address, socklen_t size,
                                       const std::string& name) {
    auto fd = TRY(make_socket(family));
    const int on = 1;
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), static_cast<const sockaddr*>(address), size) != 0) {
        return fail_errno("listen on " + name);
    }
    if (::listen(fd.get(), backlog) != 0) return fail_errno("listen on " + name);
    return fd;
}

}  // namespace

Result<base::UniqueFd> listen_tcp(const std::string& address, std::uint16_t port) {
    const std::string name = fmt::format("{} port {}", address, port);
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        return bind_and_listen(AF_INET, &v4, sizeof v4, name);
    }
    if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        return bind_and_listen(AF_INET6, &v6, sizeof v6, name);
    }
    return fail(Domain::config, "BadAddress", "not an IP address: " + address);
}

Result<base::UniqueFd> listen_unix(const std::string& path) {
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) {
        return fail(Domain::config, "PathTooLong", "too long for a socket's path: " + path);
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    (void)::unlink(path.c_str());
    auto fd = TRY(make_socket(AF_UNIX));
    // Linux gives the file the mode of the socket, so that it is never open to others.
    if (::fchmod(fd.get(), 0600) != 0) return fail_errno("chmod a socket");
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd.get(), backlog) != 0) {
        return fail_errno("listen on " + path);
    }
    return fd;
}

Result<std::uint16_t> bound_port(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return fail_errno("getsockname");
    }
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    }
    if (address.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    }
    return fail(Domain::system, "NoPort", "not a TCP socket");
}

}  // namespace stormglass::net
