// A connection to one target: being made, in use by one client's exchange, or idle in the pool.
#pragma once

#include <memory>

#include "planes/lb/buffer.h"
#include "planes/lb/event_loop.h"
#include "planes/lb/limits.h"
#include "planes/lb/snapshot.h"
#include "planes/lb/stream.h"

namespace stormglass::lb {

/// Who is told of an upstream's events.
class UpstreamUser {
public:
    virtual ~UpstreamUser() = default;
    virtual void on_upstream_events() = 0;
};

class Upstream final : public EventHandler {
public:
    enum class State { connecting, handshake, ready, refused, unreachable, tls_failed };

    Upstream(EventLoop& loop, std::shared_ptr<TargetState> target, Counter& open_connections);
    ~Upstream() override;

    /// `tls` is null for plain HTTP.
    void connect(const std::string& address, int port, SSL_CTX* tls);
    /// Goes on with connecting; the state tells how far.
    State advance();
    void on_events(std::uint32_t events) override;

    /// Reads once into `in`, or writes once from `out`; blocked when the socket is.
    IoState read_some();
    IoState write_some();

    bool usable_again() const { return state_ == State::ready && !broken && in.empty(); }
    State state() const { return state_; }
    Stream& stream() { return stream_; }
    TargetState& target() { return *target_; }
    const std::shared_ptr<TargetState>& shared_target() const { return target_; }

    Buffer in;
    Buffer out;
    UpstreamUser* user = nullptr;  // Null while idle.
    bool reused = false;
    bool broken = false;    // Writing failed or an end was seen: never back into the pool.
    bool readable = false;  // As the loop last said; cleared when the socket blocks.
    bool writable = false;
    TimePoint idle_since{};

private:
    EventLoop& loop_;
    std::shared_ptr<TargetState> target_;
    Counter& open_connections_;
    Stream stream_;
    State state_ = State::connecting;
    SSL_CTX* tls_ = nullptr;
    bool connect_reported_ = false;
    bool end_announced_ = false;  // By epoll; it is still to be read.
    std::size_t next_read_ = limits::read_size;
};

}  // namespace stormglass::lb
