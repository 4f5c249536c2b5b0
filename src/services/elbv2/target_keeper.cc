// Registrations in time: draining ends at its deadline, terminated instances leave their groups,
// changes of health are told.
#include "base/strings.h"
#include "services/elbv2/access.h"
#include "services/elbv2/attributes.h"
#include "services/elbv2/reconciler.h"

namespace stormglass::elbv2 {
namespace {

struct Due {
    TargetGroup group;
    Target target;
    bool over = false;  // Draining has ended; otherwise it begins now.
};

bool is_terminated(const std::map<std::string, InstanceFacts>& known, const std::string& id) {
    const auto found = known.find(id);
    return found == known.end() || found->second.state == "terminated" ||
           found->second.state == "shutting-down";
}

Result<std::vector<Due>> find_due(wire::Request& request, ec2::api::Api& ec2) {
    std::vector<Due> due;
    std::optional<std::map<std::string, InstanceFacts>> known;
    for (const auto& group : TRY(all_groups(request))) {
        const auto registered =
            TRY(targets.all(request.tx(), {request.account, request.region, group.id}));
        for (const auto& target : registered) {
            if (target.state == "draining") {
                if (target.drain_deadline <= request.now) due.push_back({group, target, true});
                continue;
            }
            if (group.target_type != "instance") continue;
            if (!known) known = TRY(instances(request, ec2));
            if (is_terminated(*known, target.id)) due.push_back({group, target, false});
        }
    }
    return due;
}

}  // namespace

Result<void> Reconciler::keep_targets(const Scope& scope) {
    auto reading = begin(scope, wire::TxMode::read);
    if (!reading) return fail(Domain::store, "busy", "no snapshot");
    if (TRY(find_due(*reading, parts_.ec2)).empty()) return {};
    reading.reset();
    auto request = begin(scope, wire::TxMode::write);
    if (!request) return fail(Domain::store, "busy", "the writer's lock did not come free");
    for (auto& due : TRY(find_due(*request, parts_.ec2))) {
        const bool used = !TRY(balancers_of(*request, due.group.arn)).empty();
        if (due.over || !used) {
            erase(*request, due.group, due.target);
            continue;
        }
        const auto delay = base::parse_integer(
            attribute(target_group_attributes(), due.group.attributes,
                      "deregistration_delay.timeout_seconds"));
        due.target.state = "draining";
        due.target.drain_deadline = request->now + base::Seconds(delay.value_or(0));
        save(*request, due.group, due.target);
    }
    return request->commit();
}

void Reconciler::tell_health(const Scope& scope, const BalancerPlan& plan,
                             const std::vector<NodeSeen>& nodes_seen) {
    GroupFacts facts;
    facts.used = true;
    facts.zones = plan.balancer.zones;
    facts.nodes = nodes_seen;
    facts.instances = plan.instances;
    facts.lost_zones = plan.lost_zones;
    for (const auto& group : plan.group_records) {
        const auto registered = plan.targets.find(group.arn);
        if (registered == plan.targets.end()) continue;
        for (const auto& target : registered->second) {
            const Health now = health_of(group, target, facts);
            Health& before = health_[fmt::format("{} {} {}", group.arn, target.id, target.port)];
            if (before == now) continue;
            const bool say = !first_pass_ && before.state != now.state;
            if (say) {
                tell(scope, "health", target.id,
                     fmt::format("target {}:{} in {}: {} -> {}{}", target.id, target.port,
                                 group.name, before.state.empty() ? "new" : before.state,
                                 now.state, now.reason.empty() ? "" : " (" + now.reason + ")"));
            }
            before = now;
        }
    }
}

}  // namespace stormglass::elbv2
