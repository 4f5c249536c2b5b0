#include "planes/front_door/directory.h"

#include <algorithm>

#include "planes/front_door/peek.h"

namespace stormglass::front_door {
namespace {

constexpr std::size_t names_shown_max = 20;

}  // namespace

Directory::Directory(const FrontDoorConfig& config) : balancers_(config.balancers) {
    for (std::size_t i = 0; i < balancers_.size(); ++i) {
        for (const auto& name : balancers_[i].dns_names) by_name_[normal_host(name)] = i;
    }
}

Directory::Found Directory::find(std::string_view host, int listener_port) const {
    const auto named = by_name_.find(host);
    if (named == by_name_.end()) return {};
    const Balancer& balancer = balancers_[named->second];
    const auto& ports = balancer.ports;
    const bool has_port =
        ports.empty() || std::find(ports.begin(), ports.end(), listener_port) != ports.end();
    return {&balancer, has_port};
}

std::string Directory::known_names() const {
    if (by_name_.empty()) return "There are no load balancers.\n";
    std::string text = "Load balancers here:\n";
    std::size_t shown = 0;
    for (const auto& [name, index] : by_name_) {
        if (++shown > names_shown_max) return text + "  ...\n";
        text += "  " + name + "\n";
    }
    return text;
}

}  // namespace stormglass::front_door
