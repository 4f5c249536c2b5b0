#include "planes/lb/acceptor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>

#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

constexpr int backlog = 4096;

base::UniqueFd open_reserve() { return base::UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Result<base::UniqueFd> open_listener(const std::string& address, int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) {
        return fail(Domain::config, "BadAddress", "not an IPv4 address: " + address);
    }
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail_errno("socket");
    const int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) < 0) {
        return fail_errno(fmt::format("bind {}:{}", address, port));
    }
    if (listen(fd.get(), backlog) < 0) return fail_errno(fmt::format("listen {}", port));
    return fd;
}

int bound_port(int fd) {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
}

Acceptor::Acceptor(EventLoop& loop, base::UniqueFd fd, int port, Accepted accepted)
    : loop_(loop),
      fd_(std::move(fd)),
      reserve_(open_reserve()),
      port_(port),
      accepted_(std::move(accepted)) {}

Acceptor::~Acceptor() {
    if (fd_.valid()) loop_.remove(fd_.get());
}

Result<void> Acceptor::start() { return loop_.add_level(fd_.get(), *this); }

void Acceptor::on_events(std::uint32_t) {
    for (std::size_t i = 0; i < limits::accepts_per_round; ++i) {
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        base::UniqueFd fd(accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd.valid()) {
            accepted_(std::move(fd), peer);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE) refuse_one();
        if (errno != EINTR && errno != ECONNABORTED) return;
    }
}

/// Out of descriptors: a connection that stays in the queue would wake us for ever.
void Acceptor::refuse_one() {
    reserve_.reset();
    base::UniqueFd(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
    reserve_ = open_reserve();
    errno = EMFILE;
}

}  // namespace stormglass::lb
