#include "planes/vpc/sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace stormglass::vpc {
namespace {

constexpr int backlog = 256;

}  // namespace

Result<base::UniqueFd> bind_socket(SocketKind kind, const std::string& address,
                                   std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    if (inet_pton(AF_INET, address.c_str(), &name.sin_addr) != 1) {
        return fail(Domain::config, "BadAddress", "not an IPv4 address: " + address);
    }
    const int type = kind == SocketKind::stream ? SOCK_STREAM : SOCK_DGRAM;
    base::UniqueFd fd(socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail_errno("socket");
    const int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) {
        return fail_errno(fmt::format("bind {}:{}", address, port));
    }
    if (kind == SocketKind::stream && listen(fd.get(), backlog) != 0) return fail_errno("listen");
    return fd;
}

Result<std::uint16_t> bound_port(int fd) {
    sockaddr_in name{};
    socklen_t length = sizeof name;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) != 0) {
        return fail_errno("getsockname");
    }
    return ntohs(name.sin_port);
}

}  // namespace stormglass::vpc
