// VPCs in a map. Specs pass through the real network's own checks, so that a simulation finds what
// the machine would refuse.
#include "substrate/sim/network_sim.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "substrate/netns/plan.h"

namespace stormglass::substrate {
namespace {

constexpr int listen_backlog = 16;

}  // namespace

Result<void> NetworkSim::start() { return fault("network.start", ""); }

Result<void> NetworkSim::apply(const VpcSpec& vpc) {
    TRY(fault("network.apply", vpc.id));
    TRY(netns::plan_vpc(vpc));
    {
        // What a crash half way leaves: the VPC with its old interfaces or none.
        const std::lock_guard lock(mutex_);
        auto [at, fresh] = vpcs_.try_emplace(vpc.id, vpc);
        if (fresh) at->second.interfaces.clear();
    }
    TRY(fault("network.apply.half", vpc.id));
    const std::lock_guard lock(mutex_);
    vpcs_[vpc.id] = vpc;
    return {};
}

Result<void> NetworkSim::remove_vpc(const std::string& vpc_id) {
    TRY(fault("network.remove_vpc", vpc_id));
    {
        const std::lock_guard lock(mutex_);
        const auto at = vpcs_.find(vpc_id);
        if (at != vpcs_.end()) at->second.interfaces.clear();
    }
    TRY(fault("network.remove_vpc.half", vpc_id));
    const std::lock_guard lock(mutex_);
    vpcs_.erase(vpc_id);
    return {};
}

Result<void> NetworkSim::apply_backplane(const std::vector<BackplaneSpec>& ends) {
    TRY(fault("network.apply_backplane", ""));
    const auto there = attachments();
    std::string missing;
    const std::lock_guard lock(mutex_);
    backplane_.clear();
    for (const auto& each : ends) {
        if (there.contains(each.attachment)) backplane_[each.attachment] = each.address;
        if (!there.contains(each.attachment)) missing = each.attachment;
    }
    if (missing.empty()) return {};
    return fail(Domain::system, "NoSuchAttachment", "no namespace for " + missing);
}

Result<std::vector<std::string>> NetworkSim::observed_vpcs() {
    TRY(fault("network.observed_vpcs", ""));
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    for (const auto& [id, vpc] : vpcs_) ids.push_back(id);
    return ids;
}

Result<std::vector<std::string>> NetworkSim::observed_interfaces(const std::string& vpc_id) {
    TRY(fault("network.observed_interfaces", vpc_id));
    const std::lock_guard lock(mutex_);
    std::vector<std::string> ids;
    const auto at = vpcs_.find(vpc_id);
    if (at == vpcs_.end()) return ids;
    for (const auto& each : at->second.interfaces) ids.push_back(each.id);
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::string NetworkSim::attachment_namespace(const std::string& attachment) const {
    return "/sim/at/" + attachment;
}
std::string NetworkSim::router_namespace(const std::string& vpc_id) const {
    return "/sim/vpc/" + vpc_id;
}
std::string NetworkSim::internet_namespace() const { return "/sim/internet"; }

Result<int> NetworkSim::listen_in(const std::string& namespace_path, const std::string& /*address*/,
                                  std::uint16_t /*port*/) {
    TRY(fault("network.listen_in", namespace_path));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail_errno("socket");
    sockaddr_in loopback{};
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback) == 0 &&
        listen(fd, listen_backlog) == 0)
        return fd;
    auto failure = fail_errno("listen on loopback");
    close(fd);
    return failure;
}

Result<void> NetworkSim::remove_everything() {
    TRY(fault("network.remove_everything", ""));
    const std::lock_guard lock(mutex_);
    vpcs_.clear();
    backplane_.clear();
    return {};
}

std::optional<VpcSpec> NetworkSim::in_force(const std::string& vpc_id) const {
    const std::lock_guard lock(mutex_);
    const auto at = vpcs_.find(vpc_id);
    return at == vpcs_.end() ? std::nullopt : std::optional(at->second);
}

std::set<std::string> NetworkSim::attachments() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> names;
    for (const auto& [id, vpc] : vpcs_)
        for (const auto& each : vpc.interfaces) names.insert(each.attachment);
    return names;
}

std::map<std::string, std::string> NetworkSim::backplane() const {
    const auto there = attachments();  // An end goes with its namespace.
    const std::lock_guard lock(mutex_);
    auto ends = backplane_;
    std::erase_if(ends, [&](const auto& each) { return !there.contains(each.first); });
    return ends;
}

void NetworkSim::lose_interface(const std::string& vpc_id, const std::string& interface_id) {
    const std::lock_guard lock(mutex_);
    const auto at = vpcs_.find(vpc_id);
    if (at == vpcs_.end()) return;
    std::erase_if(at->second.interfaces,
                  [&](const InterfaceSpec& each) { return each.id == interface_id; });
}

}  // namespace stormglass::substrate
