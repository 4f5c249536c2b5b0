#include "services/elbv2/observed.h"

namespace stormglass::elbv2 {

void Observed::set_nodes(const std::string& balancer_arn, std::vector<NodeSeen> seen) {
    const std::lock_guard lock(mutex_);
    nodes_[balancer_arn] = std::move(seen);
}

void Observed::keep_only(const std::set<std::string>& balancer_arns) {
    const std::lock_guard lock(mutex_);
    std::erase_if(nodes_, [&](const auto& entry) { return !balancer_arns.contains(entry.first); });
}

std::vector<NodeSeen> Observed::nodes_of(const std::string& balancer_arn) const {
    const std::lock_guard lock(mutex_);
    const auto found = nodes_.find(balancer_arn);
    return found == nodes_.end() ? std::vector<NodeSeen>{} : found->second;
}

void Observed::set_front_door(FrontDoorSeen seen) {
    const std::lock_guard lock(mutex_);
    front_door_ = std::move(seen);
}

FrontDoorSeen Observed::front_door() const {
    const std::lock_guard lock(mutex_);
    return front_door_;
}

}  // namespace stormglass::elbv2
