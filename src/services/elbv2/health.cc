#include "services/elbv2/health.h"

#include "services/common/zone_health.h"
#include "services/elbv2/access.h"

namespace stormglass::elbv2 {
namespace {

/// What the nodes that live say of one target, best first: healthy, then draining, unhealthy,
/// initial, whatever else.
int rank(const std::string& state) {
    if (state == "healthy") return 0;
    if (state == "draining") return 1;
    if (state == "unhealthy") return 2;
    return state == "initial" ? 3 : 4;
}

std::optional<Health> reported(const TargetGroup& group, const Target& target,
                               const std::vector<NodeSeen>& nodes) {
    std::optional<Health> best;
    for (const auto& node : nodes) {
        if (!node.fresh) continue;
        for (const auto& seen_group : node.status.target_groups) {
            if (seen_group.arn != group.arn) continue;
            for (const auto& seen : seen_group.targets) {
                if (seen.id != target.id || seen.port != target.port) continue;
                if (best && rank(best->state) <= rank(seen.state)) continue;
                best = Health{seen.state, seen.reason, seen.description};
            }
        }
    }
    return best;
}

bool has_zone(const std::vector<ZoneSubnet>& zones, const std::string& zone) {
    return std::any_of(zones.begin(), zones.end(),
                       [&](const ZoneSubnet& one) { return one.zone == zone; });
}

}  // namespace

Health not_registered() {
    return {"unused", "Target.NotRegistered", "Target is not registered to the target group"};
}

Health health_of(const TargetGroup& group, const Target& target, const GroupFacts& facts) {
    if (target.state == "draining") {
        return {"draining", "Target.DeregistrationInProgress",
                "Target deregistration is in progress"};
    }
    if (!facts.used) {
        return {"unused", "Target.NotInUse",
                "Target group is not configured to receive traffic from the load balancer"};
    }
    if (group.target_type == "instance") {
        const auto known = facts.instances.find(target.id);
        const std::string state = known == facts.instances.end() ? "terminated"
                                                                 : known->second.state;
        if (state != "running") {
            return {"unused", "Target.InvalidState", "Target is in the " + state + " state"};
        }
    }
    if (!has_zone(facts.zones, target.zone)) {
        return {"unused", "Target.NotInUse",
                "Target is in an Availability Zone that is not enabled for the load balancer"};
    }
    if (facts.lost_zones.contains(target.zone)) {
        return {"unhealthy", "Target.FailedHealthChecks",
                "Health checks failed: nothing in " + target.zone + " can be reached"};
    }
    if (const auto seen = reported(group, target, facts.nodes)) return *seen;
    const bool any = std::any_of(facts.nodes.begin(), facts.nodes.end(),
                                 [](const NodeSeen& node) { return node.fresh; });
    if (!any && !facts.nodes.empty() && facts.nodes.front().status.pid != 0) {
        return {"unavailable", "Elb.InternalError",
                "No node of the load balancer is reporting at the moment"};
    }
    return {"initial", "Elb.RegistrationInProgress", "Target registration is in progress"};
}

Result<std::set<std::string>> lost_zones(wire::Request& request) {
    std::set<std::string> zones;
    for (const auto& fault : TRY(services::zone_faults.all(request.tx(), {request.region}))) {
        if (!services::is_usable(services::zone_state(fault))) zones.insert(fault.zone);
    }
    return zones;
}

Result<GroupFacts> gather_facts(wire::Request& request, ec2::api::Api& ec2,
                                const Observed& observed, const TargetGroup& group) {
    GroupFacts facts;
    facts.lost_zones = TRY(lost_zones(request));
    for (const auto& arn : TRY(balancers_of(request, group.arn))) {
        const auto balancer = TRY(find_balancer(request, arn));
        if (!balancer) continue;
        facts.used = true;
        facts.zones = balancer->zones;
        facts.nodes = observed.nodes_of(arn);
    }
    if (group.target_type == "instance") facts.instances = TRY(instances(request, ec2));
    return facts;
}

}  // namespace stormglass::elbv2
