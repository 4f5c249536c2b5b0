// Registering targets and telling how they are.
#include <arpa/inet.h>

#include "base/strings.h"
#include "services/elbv2/access.h"
#include "services/elbv2/attributes.h"
#include "services/elbv2/health.h"
#include "services/elbv2/service.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t targets_max = 1000;

Result<int> port_of(const TargetGroup& group, const api::TargetDescription& given) {
    const auto port = given.port.value_or(group.port);
    if (port < 1 || port > 65535) return validation_error("A target port must be between 1 and 65535");
    return static_cast<int>(port);
}

Result<Target> resolve_instance(const TargetGroup& group, const std::string& id,
                                const std::map<std::string, InstanceFacts>& known) {
    const auto found = known.find(id);
    if (found == known.end()) {
        return api::invalid_target(fmt::format("The following targets do not exist: '{}'", id));
    }
    const InstanceFacts& facts = found->second;
    if (facts.state != "running") {
        return api::invalid_target(fmt::format("The following targets are not in a running state "
                                               "and cannot be registered: '{}'", id));
    }
    if (facts.vpc_id != group.vpc_id) {
        return api::invalid_target(fmt::format("The following targets are not in the target group "
                                               "VPC '{}': '{}'", group.vpc_id, id));
    }
    Target target;
    target.id = id;
    target.address = facts.address;
    target.zone = facts.zone;
    return target;
}

Result<Target> resolve_address(wire::Request& request, ec2::api::Api& ec2, const TargetGroup& group,
                               const api::TargetDescription& given) {
    const std::string id = given.id.value_or("");
    in_addr parsed{};
    if (::inet_pton(AF_INET, id.c_str(), &parsed) != 1) {
        return validation_error(fmt::format("The IP address '{}' is not a valid IPv4 address", id));
    }
    Target target;
    target.id = id;
    target.address = id;
    target.zone = TRY(zone_of_address(request, ec2, group.vpc_id, id));
    if (target.zone.empty()) return unsupported("IP targets outside of the subnets of the VPC");
    return target;
}

/// The registrations that a caller's description means: with a port one, without it all of the id.
std::vector<Target> named_by(const std::vector<Target>& known, const api::TargetDescription& given) {
    std::vector<Target> found;
    for (const auto& one : known) {
        if (one.id == given.id && (!given.port || *given.port == one.port)) found.push_back(one);
    }
    return found;
}

api::TargetHealthDescription describe(const TargetGroup& group, const Target& target,
                                      const Health& health) {
    api::TargetHealthDescription item;
    api::TargetDescription who;
    who.id = target.id;
    who.port = target.port;
    if (!target.given_zone.empty()) who.availability_zone = target.given_zone;
    item.target = std::move(who);
    const std::string& port = group.health_check.port;
    item.health_check_port = port == "traffic-port" ? std::to_string(target.port) : port;
    api::TargetHealth shown;
    shown.state = health.state;
    if (!health.reason.empty()) shown.reason = health.reason;
    if (!health.description.empty()) shown.description = health.description;
    item.target_health = std::move(shown);
    return item;
}

}  // namespace

Result<api::RegisterTargetsOutput> Service::register_targets(
    wire::Request& request, const api::RegisterTargetsInput& input) {
    const auto group = TRY(need_group(request, input.target_group_arn));
    if (input.targets.empty()) return validation_error("At least one target must be specified");
    std::map<std::string, InstanceFacts> known;
    const bool by_instance = group.target_type == "instance";
    if (by_instance) known = TRY(instances(request, parts_.ec2));
    for (const auto& given : input.targets) {
        if (given.quic_server_id) return unsupported("QUIC targets");
        auto resolved = by_instance ? resolve_instance(group, given.id.value_or(""), known)
                                    : resolve_address(request, parts_.ec2, group, given);
        if (!resolved) return std::unexpected(std::move(resolved).error());
        Target target = std::move(*resolved);
        target.port = TRY(port_of(group, given));
        target.given_zone = given.availability_zone.value_or("");
        save(request, group, target);
    }
    if (TRY(targets_of(request, group)).size() > targets_max) {
        return api::too_many_targets("The quota for targets of a target group has been reached");
    }
    return api::RegisterTargetsOutput{};
}

Result<api::DeregisterTargetsOutput> Service::deregister_targets(
    wire::Request& request, const api::DeregisterTargetsInput& input) {
    const auto group = TRY(need_group(request, input.target_group_arn));
    const bool used = !TRY(balancers_of(request, group.arn)).empty();
    const auto delay = base::parse_integer(
        attribute(target_group_attributes(), group.attributes,
                  "deregistration_delay.timeout_seconds"));
    const auto known = TRY(targets_of(request, group));
    for (const auto& given : input.targets) {
        for (auto& target : named_by(known, given)) {
            if (target.state == "draining") continue;
            if (!used) {
                erase(request, group, target);
                continue;
            }
            target.state = "draining";
            target.drain_deadline = request.now + base::Seconds(delay.value_or(0));
            save(request, group, target);
        }
    }
    return api::DeregisterTargetsOutput{};
}

Result<api::DescribeTargetHealthOutput> Service::describe_target_health(
    wire::Request& request, const api::DescribeTargetHealthInput& input) {
    const auto group = TRY(need_group(request, input.target_group_arn));
    for (const auto& one : input.include) {
        if (one != "AnomalyDetection" && one != "All") return unsupported("Include " + one);
    }
    const auto gathered = gather_facts(request, parts_.ec2, parts_.observed, group);
    if (!gathered) return std::unexpected(gathered.error());
    const GroupFacts& facts = *gathered;
    const auto known = TRY(targets_of(request, group));
    api::DescribeTargetHealthOutput output;
    auto& list = output.target_health_descriptions;
    for (const auto& given : input.targets) {
        const auto named = named_by(known, given);
        for (const auto& one : named) list.push_back(describe(group, one, health_of(group, one, facts)));
        if (!named.empty()) continue;
        Target unknown;
        unknown.id = given.id.value_or("");
        unknown.port = TRY(port_of(group, given));
        list.push_back(describe(group, unknown, not_registered()));
    }
    if (!input.targets.empty()) return output;
    for (const auto& one : known) list.push_back(describe(group, one, health_of(group, one, facts)));
    return output;
}

}  // namespace stormglass::elbv2
