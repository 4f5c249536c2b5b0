#include "services/elbv2/status.h"

#include "services/elbv2/access.h"
#include "services/elbv2/health.h"

namespace stormglass::elbv2 {
namespace {

base::Json nodes_json(const std::vector<NodeSeen>& nodes_seen) {
    base::Json list = base::Json::array();
    for (const auto& node : nodes_seen) {
        list.push_back({{"zone", node.zone},
                        {"id", node.interface_id},
                        {"address", node.address},
                        {"public_address", node.public_address},
                        {"running", node.running && node.fresh},
                        {"pid", node.pid},
                        {"trouble", node.trouble}});
    }
    return list;
}

base::Json front_door_json(const FrontDoorSeen& seen) {
    base::Json bindings = base::Json::array();
    if (seen.fresh) {
        for (const auto& one : seen.status.bindings) bindings.push_back(base::Json(one));
    }
    return {{"running", seen.running && seen.fresh}, {"pid", seen.pid}, {"bindings", bindings}};
}

Result<base::Json> targets_json(wire::Request& request, ec2::api::Api& ec2,
                                const Observed& observed, const LoadBalancer& balancer) {
    base::Json list = base::Json::array();
    for (const auto& group : TRY(all_groups(request))) {
        const auto users = TRY(balancers_of(request, group.arn));
        if (std::find(users.begin(), users.end(), balancer.arn) == users.end()) continue;
        const auto facts = TRY(gather_facts(request, ec2, observed, group));
        for (const auto& target : TRY(targets_of(request, group))) {
            const Health health = health_of(group, target, facts);
            list.push_back({{"id", target.id},
                            {"port", target.port},
                            {"zone", target.zone},
                            {"health", health.state},
                            {"reason", health.reason},
                            {"target_group", group.name}});
        }
    }
    return list;
}

}  // namespace

Result<base::Json> BalancersStatus::status(store::Tx& tx) {
    std::vector<std::pair<std::vector<std::string>, LoadBalancer>> all;
    TRY(load_balancers.scan(tx, {}, [&](const std::vector<std::string>& key, LoadBalancer& one) {
        all.emplace_back(key, std::move(one));
    }));
    base::Json list = base::Json::array();
    const base::Json door = front_door_json(observed_.front_door());
    for (const auto& [key, balancer] : all) {
        const auto request =
            wire::make_internal_request(store_, wire::TxMode::read, "elasticloadbalancing",
                                        key.at(0), key.at(1), clock_.now());
        if (!request) continue;
        list.push_back({{"name", balancer.name},
                        {"arn", balancer.arn},
                        {"state", balancer.state},
                        {"dns_name", balancer.dns_name},
                        {"nodes", nodes_json(observed_.nodes_of(balancer.arn))},
                        {"targets", TRY(targets_json(*request, ec2_, observed_, balancer))},
                        {"front_door", door}});
    }
    return list;
}

}  // namespace stormglass::elbv2
