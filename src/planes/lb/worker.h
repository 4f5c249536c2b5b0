// One worker thread: its loop, its listening sockets (SO_REUSEPORT), its client connections and its
// pool of target connections. Other threads reach it only through apply() and stop().
#pragma once

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "planes/lb/acceptor.h"
#include "planes/lb/access_log.h"
#include "planes/lb/event_loop.h"
#include "planes/lb/snapshot.h"
#include "planes/lb/target_picker.h"
#include "planes/lb/upstream_pool.h"

namespace stormglass::lb {

class ClientConnection;

/// The kernel's randomness, taken in blocks: a system call for each trace id would cost more than
/// the rest of its making. One thread's.
class BlockRandom final : public base::Random {
public:
    void fill(void* to, std::size_t size) override;

private:
    base::SystemRandom source_;
    std::array<unsigned char, 4096> block_{};
    std::size_t used_ = sizeof block_;
};

class Worker {
public:
    static Result<std::unique_ptr<Worker>> create(NodeState& node);
    ~Worker();

    /// A listening socket of this worker's own, for the listener of that port.
    struct Socket {
        int port = 0;  // As in the configuration (0 for "any"), which names the listener.
        base::UniqueFd fd;
    };
    /// Any thread. New listening sockets are added, those of `closed_ports` closed; connections at
    /// work keep the snapshot they began with until their request ends.
    void apply(std::shared_ptr<const Snapshot> snapshot, std::vector<Socket> opened,
               std::vector<int> closed_ports);
    void start();
    /// Any thread: stops accepting, lets requests end for `grace`, then ends the thread.
    void stop(Duration grace);
    void join();

    // The rest is for the worker's own connections, on its thread.
    EventLoop& loop() { return *loop_; }
    NodeState& node() { return node_; }
    UpstreamPool& pool() { return pool_; }
    AccessLog& log() { return log_; }
    base::Random& random() { return random_; }
    const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
    const Listener* find_listener(int port) const;
    TargetPicker& picker(const TargetGroup& group) { return *pickers_[group.index]; }
    SSL_CTX* target_tls() { return target_tls_.get(); }
    std::uint64_t next_turn() { return turn_++; }
    bool stopping() const { return stopping_; }
    /// "Tue, 24 Nov 2026 15:02:57 GMT", made once a second.
    std::string_view http_date();

    void accepted(base::UniqueFd fd, int port, const sockaddr_in& peer);
    void remove(ClientConnection& connection);

private:
    Worker(NodeState& node, std::unique_ptr<EventLoop> loop);
    void tick();
    void apply_here(std::shared_ptr<const Snapshot> snapshot, std::vector<Socket> opened,
                    const std::vector<int>& closed_ports);
    void begin_stop(Duration grace);
    void end_if_done();

    NodeState& node_;
    std::unique_ptr<EventLoop> loop_;
    BlockRandom random_;
    FastRandom fast_random_;
    UpstreamPool pool_;
    AccessLog log_;
    SslContextPointer target_tls_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::vector<std::unique_ptr<TargetPicker>> pickers_;
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    std::vector<std::unique_ptr<ClientConnection>> connections_;
    std::uint64_t turn_ = 0;
    Timer tick_timer_;
    bool stopping_ = false;
    TimePoint stop_at_{};
    std::int64_t date_second_ = 0;
    std::string date_;
    std::thread thread_;
};

/// Wall-clock microseconds since 1970, for logs and cookies.
std::int64_t wall_us();

}  // namespace stormglass::lb
