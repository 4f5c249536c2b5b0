#include "services/autoscaling/lookup.h"

#include "services/common/instance_notices.h"
#include "services/common/zone_health.h"

namespace stormglass::autoscaling {

Unexpected validation_error(std::string message) {
    return aws_error("ValidationError", std::move(message), 400);
}

Unexpected unsupported(std::string_view what) {
    return validation_error(fmt::format("Stormglass does not support {}", what));
}

Result<Group> need_group(wire::Request& request, const std::string& name) {
    auto group = TRY(groups.get(request.tx(), {request.account, request.region, name}));
    if (group) return std::move(*group);
    return validation_error(
        fmt::format("AutoScalingGroup name not found - AutoScalingGroup '{}' not found", name));
}

void save(wire::Request& request, const Group& group) {
    groups.put(request.tx(), {request.account, request.region, group.name}, group);
}

void save(wire::Request& request, const Member& member) {
    members.put(request.tx(), {request.account, request.region, member.group, member.id}, member);
    services::target_lifecycles.put(request.tx(), {request.account, request.region, member.id},
                                    {target_lifecycle(member)});
}

void forget(wire::Request& request, const Member& member) {
    members.erase(request.tx(), {request.account, request.region, member.group, member.id});
    services::target_lifecycles.erase(request.tx(), {request.account, request.region, member.id});
}

std::string target_lifecycle(const Member& member) {
    if (is_alive(member)) return "InService";
    if (is_terminating(member)) return "Terminated";
    return member.lifecycle == "Detaching" ? "Detached" : "Standby";
}

void save(wire::Request& request, const Refresh& refresh) {
    const auto started = static_cast<std::uint64_t>(refresh.start.time_since_epoch().count());
    refreshes.put(request.tx(),
                  {request.account, request.region, refresh.group, store::ordered(started),
                   refresh.id},
                  refresh);
}

void save(wire::Request& request, const Hook& hook) {
    hooks.put(request.tx(), {request.account, request.region, hook.group, hook.name}, hook);
}

void save(wire::Request& request, const Schedule& schedule) {
    schedules.put(request.tx(), {request.account, request.region, schedule.group, schedule.name},
                  schedule);
}

Result<std::vector<Hook>> hooks_of(wire::Request& request, const std::string& group) {
    return hooks.all(request.tx(), {request.account, request.region, group});
}

Result<std::vector<Member>> members_of(wire::Request& request, const std::string& group) {
    return members.all(request.tx(), {request.account, request.region, group});
}

Result<Member> need_member(wire::Request& request, const std::string& instance_id) {
    for (auto& one : TRY(members.all(request.tx(), {request.account, request.region}))) {
        if (one.id == instance_id) return std::move(one);
    }
    return validation_error(fmt::format(
        "Instance Id not found - No managed instance found for instance ID: {}", instance_id));
}

Result<std::vector<Refresh>> refreshes_of(wire::Request& request, const std::string& group) {
    return refreshes.all(request.tx(), {request.account, request.region, group});
}

bool is_active(const Refresh& refresh) {
    return refresh.status == "Pending" || refresh.status == "InProgress" ||
           refresh.status == "Cancelling" || refresh.status == "RollbackInProgress" ||
           refresh.status == "Baking";
}

Result<std::optional<Refresh>> active_refresh(wire::Request& request, const std::string& group) {
    for (auto& one : TRY(refreshes_of(request, group))) {
        if (is_active(one)) return std::optional<Refresh>(std::move(one));
    }
    return std::nullopt;
}

TemplateRef effective_template(const Group& group, const std::optional<Refresh>& refresh) {
    if (!refresh) return group.launch_template;
    if (refresh->status == "RollbackInProgress" && refresh->earlier) return *refresh->earlier;
    if (refresh->status != "Cancelling" && refresh->desired) return *refresh->desired;
    return group.launch_template;
}

bool is_suspended(const Group& group, std::string_view process) {
    return contains(group.suspended, process);
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_pending(const Member& member) { return member.lifecycle.starts_with("Pending"); }
bool is_terminating(const Member& member) { return member.lifecycle.starts_with("Terminating"); }
bool is_alive(const Member& member) {
    return is_pending(member) || member.lifecycle == "InService";
}

std::int64_t alive_count(const std::vector<Member>& all) {
    return std::count_if(all.begin(), all.end(), is_alive);
}

Result<std::set<std::string>> lost_zones(wire::Request& request) {
    std::set<std::string> zones;
    for (const auto& fault : TRY(services::zone_faults.all(request.tx(), {request.region}))) {
        if (!services::is_usable(services::zone_state(fault))) zones.insert(fault.zone);
    }
    return zones;
}

bool is_avoided(const Group& group, const std::set<std::string>& lost_zones,
                const std::string& zone, base::Time now) {
    if (lost_zones.contains(zone)) return true;
    return std::any_of(group.avoided.begin(), group.avoided.end(), [&](const Avoided& one) {
        return one.zone == zone && one.until > now && !one.for_outage;
    });
}

}  // namespace stormglass::autoscaling
