// One TCP connection of a client: bytes in, one answer at a time out. Owned and used by the event
// loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/file.h"

namespace stormglass::vpc {

/// What a protocol makes of the bytes received so far.
struct Reply {
    std::string bytes;
    std::optional<int> ip_ttl;
    bool close_after = false;
};
/// Takes one whole request off the buffer; nullopt: not whole yet.
using Protocol = std::function<std::optional<Reply>(std::string& buffer, const std::string& peer)>;

class Connection {
public:
    static constexpr std::size_t input_bytes_max = 66 * 1024;  // A DNS message by TCP.
    static constexpr base::Seconds idle_max{20};

    Connection(base::UniqueFd fd, std::string peer, const Protocol& protocol, base::Time now)
        : fd_(std::move(fd)), peer_(std::move(peer)), protocol_(protocol), last_used_(now) {}

    enum class State { open, closed };
    /// Reads and answers what there is. `closed`: the owner drops it.
    State on_ready(base::Time now);
    bool wants_write() const { return !output_.empty(); }
    bool idle(base::Time now) const { return now - last_used_ > idle_max; }
    int fd() const { return fd_.get(); }
    const std::string& peer() const { return peer_; }

private:
    State read_some();
    State write_some();
    void set_ip_ttl(int hops);

    base::UniqueFd fd_;
    std::string peer_;
    const Protocol& protocol_;
    base::Time last_used_;
    std::string input_, output_;
    int ip_ttl_ = 0;  // As set on the socket; 0: the system's own.
    bool closing_ = false, peer_done_ = false;
};

}  // namespace stormglass::vpc
