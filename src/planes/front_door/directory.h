// Names to nodes: the configuration's balancers, indexed. Immutable; replaced on reload.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "planes/front_door/config.h"

namespace stormglass::front_door {

class Directory {
public:
    explicit Directory(const FrontDoorConfig& config);

    struct Found {
        const Balancer* balancer = nullptr;  // Null: no balancer has that name.
        bool has_port = false;               // Whether it listens on the port.
    };
    Found find(std::string_view host, int listener_port) const;
    /// What a person who mistyped a name would like to read.
    std::string known_names() const;

private:
    std::vector<Balancer> balancers_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
};

}  // namespace stormglass::front_door
