#include "planes/lb/upstream.h"

#include <cerrno>

#include "planes/lb/limits.h"

namespace stormglass::lb {

Upstream::Upstream(EventLoop& loop, std::shared_ptr<TargetState> target, Counter& open_connections)
    : loop_(loop), target_(std::move(target)), open_connections_(open_connections) {
    count(open_connections_);
    count(target_->active_connections);
}

Upstream::~Upstream() {
    if (stream_.open()) loop_.remove(stream_.fd());
    stream_.close();
    count(open_connections_, -1);
    count(target_->active_connections, -1);
}

void Upstream::connect(const std::string& address, int port, SSL_CTX* tls) {
    tls_ = tls;
    auto fd = start_connect(address, port);
    if (!fd) {
        state_ = State::unreachable;
        return;
    }
    stream_ = Stream(std::move(*fd));
    if (!loop_.add(stream_.fd(), *this)) state_ = State::unreachable;
}

void Upstream::on_events(std::uint32_t events) {
    constexpr std::uint32_t ends = EPOLLHUP | EPOLLERR | EPOLLRDHUP;
    const bool any_for_tls = stream_.tls() && events != 0;
    if ((events & (EPOLLIN | ends)) != 0 || any_for_tls) readable = true;
    if ((events & ends) != 0) end_announced_ = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 || any_for_tls) writable = true;
    if (state_ == State::connecting && writable) connect_reported_ = true;
    if (user != nullptr) {
        user->on_upstream_events();
    } else if ((events & (EPOLLIN | ends)) != 0) {
        broken = true;  // Idle, and the target closed it or spoke out of turn.
    }
}

Upstream::State Upstream::advance() {
    if (state_ == State::connecting && connect_reported_) {
        const int error = connect_error(stream_.fd());
        if (error != 0) {
            state_ =
                error == ECONNREFUSED || error == ECONNRESET ? State::refused : State::unreachable;
        } else if (tls_ == nullptr) {
            state_ = State::ready;
        } else {
            SslPointer ssl(SSL_new(tls_));
            if (ssl) SSL_set_connect_state(ssl.get());
            state_ = ssl ? State::handshake : State::tls_failed;
            if (ssl) stream_.start_tls(std::move(ssl));
        }
    }
    if (state_ == State::handshake) {
        const auto io = stream_.handshake();
        if (io == IoState::ok) state_ = State::ready;
        if (io == IoState::failed || io == IoState::closed) state_ = State::tls_failed;
    }
    return state_;
}

IoState Upstream::read_some() {
    const auto io = stream_.read(in.prepare(next_read_), next_read_);
    if (io.state == IoState::ok) {
        in.commit(io.bytes);
        // A short read emptied the socket: spares asking again, unless the end is known to follow.
        if (io.bytes < next_read_ && !stream_.tls() && !end_announced_) readable = false;
        // A read that filled its space is one of many: take more at a time.
        next_read_ = io.bytes == next_read_ ? limits::large_read_size : limits::read_size;
    }
    if (io.state == IoState::blocked) readable = false;
    if (io.state == IoState::closed || io.state == IoState::failed) broken = true;
    return io.state;
}

IoState Upstream::write_some() {
    const auto io = stream_.write(out.view());
    if (io.state == IoState::ok) out.consume(io.bytes);
    if (io.state == IoState::blocked) writable = false;
    if (io.state == IoState::closed || io.state == IoState::failed) {
        broken = true;
        out.clear();  // Nobody will take it; an answer may still come.
    }
    return io.state;
}

}  // namespace stormglass::lb
