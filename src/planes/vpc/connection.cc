#include "planes/vpc/connection.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace stormglass::vpc {
namespace {

constexpr int default_hops = 64;
constexpr std::size_t read_bytes = 16 * 1024;

}  // namespace

void Connection::set_ip_ttl(int hops) {
    if (hops == ip_ttl_) return;
    setsockopt(fd_.get(), IPPROTO_IP, IP_TTL, &hops, sizeof hops);
    ip_ttl_ = hops;
}

Connection::State Connection::read_some() {
    char bytes[read_bytes];
    while (input_.size() < input_bytes_max) {
        const ssize_t count = recv(fd_.get(), bytes, sizeof bytes, 0);
        if (count > 0) {
            input_.append(bytes, static_cast<std::size_t>(count));
        } else if (count == 0) {
            peer_done_ = true;
            return State::open;
        } else if (errno == EINTR) {
            continue;
        } else {
            return errno == EAGAIN || errno == EWOULDBLOCK ? State::open : State::closed;
        }
    }
    return State::open;
}

Connection::State Connection::write_some() {
    while (!output_.empty()) {
        const ssize_t count = send(fd_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            output_.erase(0, static_cast<std::size_t>(count));
        } else if (errno == EINTR) {
            continue;
        } else {
            return errno == EAGAIN || errno == EWOULDBLOCK ? State::open : State::closed;
        }
    }
    return State::open;
}

Connection::State Connection::on_ready(base::Time now) {
    last_used_ = now;
    if (read_some() == State::closed || write_some() == State::closed) return State::closed;
    // The next request waits until the last answer has left: its hop limit is the socket's.
    while (output_.empty() && !closing_ && !input_.empty()) {
        auto reply = protocol_(input_, peer_);
        if (!reply) break;
        set_ip_ttl(reply->ip_ttl.value_or(default_hops));
        output_ = std::move(reply->bytes);
        closing_ = reply->close_after;
        if (write_some() == State::closed) return State::closed;
    }
    const bool over = output_.empty() && (closing_ || peer_done_);
    return over || input_.size() >= input_bytes_max ? State::closed : State::open;
}

}  // namespace stormglass::vpc
