#include "services/autoscaling/observe.h"

#include "base/strings.h"
#include "services/autoscaling/group_input.h"
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/policy_alarms.h"
#include "services/common/instance_notices.h"

namespace stormglass::autoscaling {
namespace {

Result<void> observe_instances(wire::Request& request, const Peers& peers, View& view) {
    if (view.members.empty()) return {};
    ec2::api::DescribeInstancesInput ask;
    auto& filter = ask.filters.emplace_back();
    filter.name = "tag:aws:autoscaling:groupName";
    filter.values.push_back(view.group.name);
    do {
        const auto answer = TRY(peers.ec2.describe_instances(request, ask));
        for (const auto& reservation : answer.reservations) {
            for (const auto& one : reservation.instances) {
                SeenInstance seen;
                if (one.state) seen.state = one.state->name.value_or("");
                if (one.state_reason) seen.reason = one.state_reason->message.value_or("");
                view.instances[one.instance_id.value_or("")] = std::move(seen);
            }
        }
        ask.next_token = answer.next_token;
    } while (ask.next_token && !ask.next_token->empty());
    return {};
}

/// A check that fails is only told of instances that run.
Result<void> observe_checks(wire::Request& request, const Peers& peers, View& view) {
    if (view.members.empty()) return {};
    ec2::api::DescribeInstanceStatusInput ask;
    do {
        const auto answer = TRY(peers.ec2.describe_instance_status(request, ask));
        for (const auto& one : answer.instance_statuses) {
            const auto known = view.instances.find(one.instance_id.value_or(""));
            if (known == view.instances.end()) continue;
            const auto fails = [](const auto& summary) {
                return summary && summary->status.value_or("") == "impaired";
            };
            known->second.impaired = fails(one.instance_status) || fails(one.system_status);
        }
        ask.next_token = answer.next_token;
    } while (ask.next_token && !ask.next_token->empty());
    return {};
}

/// Spot instances that EC2 recommends to replace, because it will take them back.
Result<void> observe_risks(wire::Request& request, View& view) {
    for (auto& [id, seen] : view.instances) {
        const auto notice = TRY(services::spot_notices.get(
            request.tx(), {request.account, request.region, id}));
        seen.at_risk = notice.has_value();
    }
    return {};
}

/// Of the group's target groups and of those that members are still registered with.
std::vector<std::string> concerned_target_groups(const View& view) {
    std::vector<std::string> arns = view.group.target_groups;
    for (const auto& member : view.members) {
        arns.insert(arns.end(), member.registered.begin(), member.registered.end());
    }
    std::sort(arns.begin(), arns.end());
    arns.erase(std::unique(arns.begin(), arns.end()), arns.end());
    return arns;
}

Result<base::Seconds> drain_delay(wire::Request& request, elbv2::api::Api& elbv2,
                                  const std::string& arn) {
    elbv2::api::DescribeTargetGroupAttributesInput ask{.target_group_arn = arn};
    const auto answer = TRY(elbv2.describe_target_group_attributes(request, ask));
    for (const auto& one : answer.attributes) {
        if (one.key != "deregistration_delay.timeout_seconds") continue;
        return base::Seconds(TRY(base::parse_integer(one.value.value_or("300"))));
    }
    return base::Seconds(300);
}

Result<void> observe_targets(wire::Request& request, const Peers& peers, View& view) {
    view.has_balancers = peers.elbv2 != nullptr;
    if (!view.has_balancers) return {};
    const bool draining = std::any_of(view.members.begin(), view.members.end(),
                                      [](const Member& one) { return one.draining; });
    for (const auto& arn : concerned_target_groups(view)) {
        elbv2::api::DescribeTargetHealthInput ask;
        ask.target_group_arn = arn;
        const auto answer = peers.elbv2->describe_target_health(request, ask);
        if (!answer && answer.error().code == "TargetGroupNotFound") continue;
        if (!answer) return std::unexpected(answer.error());
        auto& states = view.targets[arn];
        for (const auto& one : answer->target_health_descriptions) {
            if (!one.target || !one.target_health) continue;
            states[one.target->id.value_or("")] = one.target_health->state.value_or("");
        }
        if (draining) view.drain_delays[arn] = TRY(drain_delay(request, *peers.elbv2, arn));
    }
    return {};
}

}  // namespace

bool is_ended(std::string_view state) { return state == "terminated" || state == "gone"; }
bool is_down(std::string_view state) { return state != "pending" && state != "running"; }

std::string View::state_of(const Member& member) const {
    const auto found = instances.find(member.id);
    return found == instances.end() ? "gone" : found->second.state;
}

bool View::is_impaired(const Member& member) const {
    const auto found = instances.find(member.id);
    return found != instances.end() && found->second.impaired;
}

bool View::serves_nobody(const Member& member) const {
    return is_down(state_of(member)) || is_impaired(member);
}

std::string View::target_state(const std::string& target_group, const std::string& id) const {
    const auto states = targets.find(target_group);
    if (states == targets.end()) return "";
    const auto found = states->second.find(id);
    return found == states->second.end() ? "" : found->second;
}

Result<View> observe(wire::Request& request, const Peers& peers, const Group& group) {
    View view{.group = group};
    view.members = TRY(members_of(request, group.name));
    view.refresh = TRY(active_refresh(request, group.name));
    view.hooks = TRY(hooks_of(request, group.name));
    view.schedules =
        TRY(schedules.all(request.tx(), {request.account, request.region, group.name}));
    auto current = resolve_template(request, peers.ec2, effective_template(group, view.refresh));
    if (current) view.current = std::move(*current);
    TRY(observe_instances(request, peers, view));
    TRY(observe_checks(request, peers, view));
    TRY(observe_risks(request, view));
    for (const auto& name : view.refresh ? view.refresh->alarms : std::vector<std::string>{}) {
        if (TRY(alarm_state(request, peers, name)) == "ALARM") view.raised.push_back(name);
    }
    view.lost_zones = TRY(lost_zones(request));
    TRY(observe_targets(request, peers, view));
    return view;
}

std::string describe_observed(const View& view, const Member& member) {
    std::string text = view.state_of(member);
    if (view.is_impaired(member)) text += ", status checks impaired";
    for (const auto& arn : member.registered) {
        const auto state = view.target_state(arn, member.id);
        text += "; target " + (state.empty() ? std::string("deregistered") : state);
    }
    return text;
}

}  // namespace stormglass::autoscaling
