// setns() on a thread that ends afterwards, and the sockets one makes there.
#include "substrate/netns/enter.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "substrate/netns/ipv4.h"

namespace stormglass::substrate::netns {
namespace {

constexpr int listen_backlog = 512;

Result<sockaddr_in> socket_address(const std::string& address, std::uint16_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(TRY(parse_address(address)).value);
    return to;
}

Result<base::UniqueFd> bound_socket(int type, const std::string& address, std::uint16_t port) {
    const sockaddr_in to = TRY(socket_address(address, port));
    base::UniqueFd fd(socket(AF_INET, type | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail_errno("socket");
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        return fail_errno(fmt::format("bind {}:{}", address, port));
    return fd;
}

Result<void> wait_connected(int fd, std::chrono::milliseconds timeout) {
    pollfd waiting{fd, POLLOUT, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(timeout.count()));
    if (ready < 0) return fail_errno("poll");
    if (ready == 0) errno = ETIMEDOUT;
    if (ready == 0) return fail_errno("connect");
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    if (error != 0) return fail_errno("connect");
    return {};
}

Result<base::UniqueFd> connected_socket(const sockaddr_in& to, const ConnectOptions& options) {
    base::UniqueFd fd;
    if (options.source_address.empty()) {
        fd = base::UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!fd.valid()) return fail_errno("socket");
    } else {
        fd = TRY(bound_socket(SOCK_STREAM, options.source_address, 0));
    }
    const int flags = fcntl(fd.get(), F_GETFL);
    fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        if (errno != EINPROGRESS) return fail_errno("connect");
        TRY(wait_connected(fd.get(), options.timeout));
    }
    fcntl(fd.get(), F_SETFL, flags);
    return fd;
}

}  // namespace

Result<base::UniqueFd> open_namespace(const std::string& path) {
    base::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return fail_errno("open namespace " + path);
    return fd;
}

Result<void> run_in_namespace(int namespace_fd, const std::function<Result<void>()>& work) {
    Result<void> outcome;
    const auto body = [&] {
        outcome = setns(namespace_fd, CLONE_NEWNET) == 0 ? work() : fail_errno("setns");
    };
    try {
        std::thread(body).join();
    } catch (const std::system_error& error) {
        return fail(Domain::system, "NoThread", error.what());
    }
    return outcome;
}

Result<void> run_in_namespace(const std::string& path, const std::function<Result<void>()>& work) {
    const base::UniqueFd fd = TRY(open_namespace(path));
    return run_in_namespace(fd.get(), work);
}

Result<int> listen_in(const std::string& path, const std::string& address, std::uint16_t port) {
    base::UniqueFd made;
    const auto work = [&]() -> Result<void> {
        made = TRY(bound_socket(SOCK_STREAM, address, port));
        if (listen(made.get(), listen_backlog) != 0) return fail_errno("listen");
        return {};
    };
    TRY(run_in_namespace(path, work));
    return made.release();
}

Result<int> bind_udp_in(const std::string& path, const std::string& address, std::uint16_t port) {
    base::UniqueFd made;
    const auto work = [&]() -> Result<void> {
        made = TRY(bound_socket(SOCK_DGRAM, address, port));
        return {};
    };
    TRY(run_in_namespace(path, work));
    return made.release();
}

Result<int> connect_in(const std::string& path, const std::string& address, std::uint16_t port,
                       const ConnectOptions& options) {
    const sockaddr_in to = TRY(socket_address(address, port));
    base::UniqueFd made;
    const auto work = [&]() -> Result<void> {
        made = TRY(connected_socket(to, options));
        return {};
    };
    TRY(run_in_namespace(path, work));
    return made.release();
}

}  // namespace stormglass::substrate::netns
