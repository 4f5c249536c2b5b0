// What the front door tells: a JSON file written whole on every change and once a second.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace stormglass::front_door {

struct BindingStatus {
    std::string bind_address;
    int port = 0;  // The real one.
    int listener_port = 0;
    bool listening = false;
    std::string error;  // Why it is not: e.g. "bind 127.0.0.1:80: Address already in use".
};
STORMGLASS_JSON(BindingStatus, bind_address, port, listener_port, listening, error)

struct FrontDoorStatus {
    int pid = 0;
    std::int64_t started_at_ms = 0;
    std::int64_t written_at_ms = 0;
    std::int64_t config_version = 0;  // The one in force.
    std::string config_error;         // Why the newest file was not taken; empty when it was.
    std::vector<BindingStatus> bindings;
    std::int64_t connections_active = 0;
    std::int64_t connections_total = 0;
    std::int64_t connections_rejected = 0;  // Over the limit.
    std::int64_t unknown_host = 0;
    std::int64_t no_node_answered = 0;
    std::int64_t bytes_from_clients = 0;
    std::int64_t bytes_to_clients = 0;
};
STORMGLASS_JSON(FrontDoorStatus, pid, started_at_ms, written_at_ms, config_version, config_error,
                bindings, connections_active, connections_total, connections_rejected, unknown_host,
                no_node_answered, bytes_from_clients, bytes_to_clients)

}  // namespace stormglass::front_door
