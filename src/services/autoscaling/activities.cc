#include "services/autoscaling/activities.h"

#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

/// A version 4 UUID whose first twelve digits are the time: AWS's look, our order.
std::string activity_id(wire::Request& request, base::Random& random) {
    const auto millis = static_cast<std::uint64_t>(request.now.time_since_epoch().count());
    const std::string time = store::ordered(millis).substr(4);
    const std::string rest = random.uuid();
    return time.substr(0, 8) + "-" + time.substr(8, 4) + rest.substr(13);
}

std::string subject_of(std::string_view event, const std::string& group) {
    std::string_view what = "test notification";
    if (event == "EC2_INSTANCE_LAUNCH") what = "launch";
    if (event == "EC2_INSTANCE_TERMINATE") what = "termination";
    if (event == "EC2_INSTANCE_LAUNCH_ERROR") what = "failed launch";
    if (event == "EC2_INSTANCE_TERMINATE_ERROR") what = "failed termination";
    return fmt::format("Auto Scaling: {} for group \"{}\"", what, group);
}

base::Json message_of(wire::Request& request, const Group& group, const Activity& activity,
                      std::string_view event) {
    base::Json message{{"AccountId", request.account},
                       {"RequestId", activity.id},
                       {"AutoScalingGroupARN", group.arn},
                       {"AutoScalingGroupName", group.name},
                       {"Service", "AWS Auto Scaling"},
                       {"Event", fmt::format("autoscaling:{}", event)},
                       {"Time", base::iso8601_millis(request.now)}};
    if (event == "TEST_NOTIFICATION") return message;
    auto details = base::parse_json(activity.details);
    const bool leaves = event.starts_with("EC2_INSTANCE_TERMINATE");
    message["Origin"] = leaves ? "AutoScalingGroup" : "EC2";
    message["Destination"] = leaves ? "EC2" : "AutoScalingGroup";
    message["Progress"] = activity.progress;
    message["Description"] = activity.description;
    message["EndTime"] = base::iso8601_millis(activity.end.value_or(request.now));
    message["ActivityId"] = activity.id;
    message["StartTime"] = base::iso8601_millis(activity.start);
    message["EC2InstanceId"] = activity.instance_id;
    message["StatusCode"] = activity.status;
    message["StatusMessage"] = activity.message;
    message["Details"] = details ? *details : base::Json::object();
    message["Cause"] = activity.cause;
    return message;
}

}  // namespace

std::string moment(base::Time time) { return base::iso8601_seconds(time); }

std::string place_details(const std::string& subnet_id, const std::string& zone) {
    return fmt::format(R"({{"Subnet ID":"{}","Availability Zone":"{}"}})", subnet_id, zone);
}

std::string scaling_details(const Group& group, const std::string& subnet_id,
                            const std::string& zone) {
    const std::string place = place_details(subnet_id, zone);
    if (group.invoking_alarm.empty()) return place;
    return fmt::format(R"({},"InvokingAlarms":[{}]}})", place.substr(0, place.size() - 1),
                       group.invoking_alarm);
}

void save(wire::Request& request, const Activity& activity) {
    activities.put(request.tx(),
                   {request.account, request.region, activity.group, activity.id}, activity);
}

Result<Activity> start_activity(wire::Request& request, base::Random& random, const Group& group,
                                Activity activity) {
    activity.id = activity_id(request, random);
    activity.group = group.name;
    activity.group_arn = group.arn;
    activity.start = request.now;
    save(request, activity);
    const store::Parts prefix{request.account, request.region, group.name};
    std::vector<std::string> old;
    std::size_t seen = 0;
    const auto visit = [&](Activity& one) {
        const bool stale = one.end && *one.end + activities_kept < request.now;
        if (++seen > activities_max || stale) old.push_back(one.id);
    };
    TRY(activities.scan(request.tx(), prefix, visit, store::Direction::backward));
    for (const auto& id : old) {
        activities.erase(request.tx(), {request.account, request.region, group.name, id});
    }
    return activity;
}

Result<std::optional<Activity>> find_activity(wire::Request& request, const Group& group,
                                              const std::string& id) {
    if (id.empty()) return std::nullopt;
    return activities.get(request.tx(), {request.account, request.region, group.name, id});
}

void end_activity(wire::Request& request, Activity& activity, std::string status,
                  std::string message) {
    activity.status = std::move(status);
    activity.message = std::move(message);
    activity.progress = 100;
    activity.end = request.now;
    save(request, activity);
}

Result<std::vector<std::string>> notify(wire::Request& request, const Peers& peers,
                                        const Group& group, const Activity& activity,
                                        std::string_view event) {
    std::vector<std::string> refused;
    if (peers.notifications == nullptr) return refused;
    const std::string type = fmt::format("autoscaling:{}", event);
    for (const auto& one : TRY(notifications.all(
             request.tx(), {request.account, request.region, group.name}))) {
        if (std::find(one.types.begin(), one.types.end(), type) == one.types.end()) continue;
        const auto sent =
            peers.notifications->publish(request, one.topic_arn, subject_of(event, group.name),
                                         message_of(request, group, activity, event).dump());
        if (!sent) refused.push_back(one.topic_arn + ": " + sent.error().message);
    }
    return refused;
}

}  // namespace stormglass::autoscaling
