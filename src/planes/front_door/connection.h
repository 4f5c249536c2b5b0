// One client connection of the front door: look at its first bytes, find the balancer, connect to
// one of its nodes, then pass bytes both ways until both sides have ended.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "planes/front_door/dial.h"
#include "planes/front_door/directory.h"
#include "planes/front_door/loop.h"
#include "planes/front_door/peek.h"
#include "planes/front_door/pipe_flow.h"

namespace stormglass::front_door {

/// What connections need of the front door.
class Host {
public:
    virtual ~Host() = default;
    virtual Loop& loop() = 0;
    virtual std::shared_ptr<const Directory> directory() = 0;
    virtual DialFrom dial_from() = 0;
    virtual unsigned next_turn() = 0;  // For round robin over nodes.
    virtual void count_unknown_host() = 0;
    virtual void count_no_node() = 0;
    virtual void count_bytes(std::int64_t from_client, std::int64_t to_client) = 0;
    /// Destroys the connection (after the current round).
    virtual void forget(class Connection& connection) = 0;
};

class Connection final : public Handler {
public:
    Connection(Host& host, base::UniqueFd client, int listener_port);
    ~Connection() override;
    Result<void> start();
    void on_events(std::uint32_t events) override;
    /// Ends what has waited too long.
    void on_tick();
    /// The nodes at these addresses are gone: another one is tried, or the client is reset.
    void leave_lost(const std::vector<std::string>& addresses);
    void close();
    std::size_t slot = 0;  // The owner's bookkeeping.

private:
    enum class Phase { peeking, connecting, passing, replying, closed };
    /// The node's socket reports through a handler of its own, since epoll names handlers.
    class NodeSide final : public Handler {
    public:
        explicit NodeSide(Connection& connection) : connection_(connection) {}
        void on_events(std::uint32_t events) override { connection_.on_node_events(events); }

    private:
        Connection& connection_;
    };

    void on_node_events(std::uint32_t events);
    void peek();
    void find_balancer();
    void try_next_node();
    void begin_passing();
    void pass();
    void report_bytes();
    void refuse(int status, const std::string& text);
    void reply();
    void drop_node();

    Host& host_;
    base::UniqueFd client_;
    base::UniqueFd node_;
    NodeSide node_side_{*this};
    int listener_port_;
    Phase phase_ = Phase::peeking;
    TimePoint phase_deadline_;
    Peeked peeked_;
    std::vector<std::string> addresses_;  // Of nodes not tried yet, the next one last.
    std::string node_address_;            // Of the one connected (or connecting) to.
    PipeFlow to_node_;
    PipeFlow to_client_;
    bool client_readable_ = true;
    bool client_writable_ = true;
    bool node_readable_ = false;
    bool node_writable_ = false;
    std::string reply_;
    bool reply_ended_ = false;
    std::int64_t reported_from_client_ = 0;
    std::int64_t reported_to_client_ = 0;
};

}  // namespace stormglass::front_door
