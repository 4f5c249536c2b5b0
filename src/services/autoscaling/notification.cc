// Whom a group tells of its launches and terminations.
#include "services/autoscaling/activities.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::string_view notification_types[] = {
    "autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_LAUNCH_ERROR",
    "autoscaling:EC2_INSTANCE_TERMINATE", "autoscaling:EC2_INSTANCE_TERMINATE_ERROR",
    "autoscaling:TEST_NOTIFICATION"};

}  // namespace

Result<api::PutNotificationConfigurationOutput> Service::put_notification_configuration(
    wire::Request& request, const api::PutNotificationConfigurationInput& input) {
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    for (const auto& type : input.notification_types) {
        if (std::find(std::begin(notification_types), std::end(notification_types), type) ==
            std::end(notification_types)) {
            return validation_error(fmt::format("Notification Type \"{}\" is invalid.", type));
        }
    }
    if (!input.topic_arn.starts_with("arn:aws:sns:")) {
        return validation_error("Invalid Topic ARN: " + input.topic_arn);
    }
    notifications.put(request.tx(),
                      {request.account, request.region, group.name, input.topic_arn},
                      {.topic_arn = input.topic_arn, .types = input.notification_types});
    const auto refused = TRY(notify(request, peers_, group, {}, "TEST_NOTIFICATION"));
    if (!refused.empty()) {
        return validation_error("Unable to publish test message to notification target " +
                                refused.front());
    }
    return api::PutNotificationConfigurationOutput{};
}

Result<api::DeleteNotificationConfigurationOutput> Service::delete_notification_configuration(
    wire::Request& request, const api::DeleteNotificationConfigurationInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    notifications.erase(request.tx(), {request.account, request.region,
                                       input.auto_scaling_group_name, input.topic_arn});
    return api::DeleteNotificationConfigurationOutput{};
}

Result<api::DescribeNotificationConfigurationsOutput>
Service::describe_notification_configurations(
    wire::Request& request, const api::DescribeNotificationConfigurationsInput& input) {
    std::vector<api::NotificationConfiguration> found;
    const auto& names = input.auto_scaling_group_names;
    for (const auto& group : TRY(groups.all(request.tx(), {request.account, request.region}))) {
        if (!names.empty() && std::find(names.begin(), names.end(), group.name) == names.end()) {
            continue;
        }
        for (const auto& one : TRY(notifications.all(
                 request.tx(), {request.account, request.region, group.name}))) {
            for (const auto& type : one.types) {
                found.push_back({.auto_scaling_group_name = group.name,
                                 .topic_arn = one.topic_arn,
                                 .notification_type = type});
            }
        }
    }
    auto one = TRY(page(std::move(found), input.next_token, input.max_records));
    api::DescribeNotificationConfigurationsOutput output;
    output.notification_configurations = std::move(one.items);
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
