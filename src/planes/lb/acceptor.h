// One listening socket: making it, and taking connections from it.
#pragma once

#include <netinet/in.h>

#include <functional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "planes/lb/event_loop.h"

namespace stormglass::lb {

/// A bound, listening, non-blocking socket with SO_REUSEPORT.
Result<base::UniqueFd> open_listener(const std::string& address, int port);
/// The port a socket is bound to.
int bound_port(int fd);

class Acceptor final : public EventHandler {
public:
    using Accepted = std::function<void(base::UniqueFd, const sockaddr_in&)>;
    /// `port` is the configuration's, and only names it.
    Acceptor(EventLoop& loop, base::UniqueFd fd, int port, Accepted accepted);
    ~Acceptor() override;
    Result<void> start();
    void on_events(std::uint32_t events) override;
    int port() const { return port_; }

private:
    void refuse_one();

    EventLoop& loop_;
    base::UniqueFd fd_;
    base::UniqueFd reserve_;  // Given up for a moment when descriptors run out.
    int port_;
    Accepted accepted_;
};

}  // namespace stormglass::lb
