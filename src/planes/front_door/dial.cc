#include "planes/front_door/dial.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/check.h"

namespace stormglass::front_door {
namespace {

/// In the namespace for as long as it lives. To be stuck in the wrong one would be a broken
/// invariant of the whole process, hence the CHECK.
class InNamespace {
public:
    static Result<InNamespace> enter(const std::string& path) {
        InNamespace inside;
        if (path.empty()) return inside;
        inside.home_ = base::UniqueFd(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
        if (!inside.home_.valid()) return fail_errno("open own network namespace");
        const base::UniqueFd there(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!there.valid()) return fail_errno("open " + path);
        if (setns(there.get(), CLONE_NEWNET) < 0) return fail_errno("setns " + path);
        inside.entered_ = true;
        return inside;
    }
    InNamespace(InNamespace&& other) noexcept
        : home_(std::move(other.home_)), entered_(std::exchange(other.entered_, false)) {}
    InNamespace& operator=(InNamespace&&) = delete;
    ~InNamespace() {
        if (entered_) CHECK(setns(home_.get(), CLONE_NEWNET) == 0);
    }

private:
    InNamespace() = default;
    base::UniqueFd home_;
    bool entered_ = false;
};

Result<sockaddr_in> make_address(const std::string& address, int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) {
        return fail(Domain::config, "BadAddress", "not an IPv4 address: " + address);
    }
    return at;
}

Result<base::UniqueFd> open_socket(const std::string& network_namespace) {
    const auto inside = TRY(InNamespace::enter(network_namespace));
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail_errno("socket");
    return fd;
}

}  // namespace

Result<base::UniqueFd> dial(const DialFrom& from, const std::string& address, int port) {
    const auto to = TRY(make_address(address, port));
    auto fd = TRY(open_socket(from.network_namespace));
    const int one = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (!from.source_address.empty()) {
        const auto source = TRY(make_address(from.source_address, 0));
        setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) < 0) {
            return fail_errno("bind " + from.source_address);
        }
    }
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0 &&
        errno != EINPROGRESS) {
        return fail_errno(fmt::format("connect {}:{}", address, port));
    }
    return fd;
}

}  // namespace stormglass::front_door
