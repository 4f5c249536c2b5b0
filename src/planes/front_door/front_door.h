// The front door itself: ports on the host's loopback, and the connections that came in by them.
// One thread, but for the methods marked otherwise.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "planes/front_door/connection.h"
#include "planes/front_door/run.h"
#include "planes/front_door/status.h"

namespace stormglass::front_door {

class FrontDoor final : public Host {
public:
    /// Fails when the first configuration cannot be read. A port that cannot be bound is no
    /// failure: status says so, and it is tried again every second.
    static Result<std::unique_ptr<FrontDoor>> create(const Options& options);
    ~FrontDoor() override;

    void run();                      // Until stop().
    void stop();                     // Any thread.
    void reload();                   // Any thread.
    FrontDoorStatus status() const;  // The running thread, or when not running.

    Loop& loop() override { return *loop_; }
    std::shared_ptr<const Directory> directory() override { return directory_; }
    DialFrom dial_from() override;
    unsigned next_turn() override { return turn_++; }
    void count_unknown_host() override { ++counters_.unknown_host; }
    void count_no_node() override { ++counters_.no_node_answered; }
    void count_bytes(std::int64_t from_client, std::int64_t to_client) override;
    void forget(Connection& connection) override;

private:
    /// One binding and its listening socket, if it has one.
    class Door;
    explicit FrontDoor(Options options);
    Result<void> load();
    bool tick();
    void bind_missing();
    void accepted(base::UniqueFd fd, int listener_port);
    void write_status();

    Options options_;
    std::unique_ptr<Loop> loop_;
    FrontDoorConfig config_;
    std::string config_error_;
    std::shared_ptr<const Directory> directory_;
    std::vector<std::unique_ptr<Door>> doors_;
    std::vector<std::unique_ptr<Connection>> connections_;
    FrontDoorStatus counters_;  // Only its counters and times.
    unsigned turn_ = 0;
    TimePoint next_second_{};
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> reload_wanted_ = false;
    std::size_t connections_max_ = 0;
};

}  // namespace stormglass::front_door
