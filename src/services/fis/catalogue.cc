#include "services/fis/catalogue.h"

#include <fmt/format.h>

#include <array>

namespace stormglass::fis {
namespace {

constexpr std::array duration{
    ParameterKind{"duration", "The duration, from one minute to 12 hours (PT1M).", true}};
constexpr std::array stop_parameters{
    ParameterKind{"startInstancesAfterDuration",
                  "The time to wait before the instances are started again.", false},
    ParameterKind{"completeIfInstancesTerminated",
                  "If true, the action completes when the instances were terminated meanwhile.",
                  false}};
constexpr std::array interruption_parameters{
    ParameterKind{"durationBeforeInterruption",
                  "The time until the instances are taken back (PT2M to PT15M).", true}};
constexpr std::array network_parameters{
    ParameterKind{"scope", "The type of traffic to deny: all, availability-zone or vpc.", true},
    ParameterKind{"duration", "The duration, from one minute to 12 hours (PT1M).", true}};
constexpr std::array reboot_parameters{ParameterKind{
    "forceFailover",
    "If true and the DB instances are Multi-AZ, fails over from one zone to another.", false}};
constexpr std::array capacity_parameters{
    ParameterKind{"duration", "The duration, from one minute to 12 hours (PT1M).", true},
    ParameterKind{"availabilityZoneIdentifiers",
                  "The names of the Availability Zones, separated by commas.", true},
    ParameterKind{"percentage", "The share of launch requests that meet the error; only 100 here.",
                  false}};

constexpr std::array actions{
    ActionKind{"aws:ec2:asg-insufficient-instance-capacity-error",
               "Makes launches of the Auto Scaling groups in the zones fail with "
               "InsufficientInstanceCapacity.",
               "AutoScalingGroups", "aws:ec2:autoscaling-group", capacity_parameters},
    ActionKind{"aws:ec2:reboot-instances",
               "Reboot the specified EC2 instances.",
               "Instances",
               "aws:ec2:instance",
               {}},
    ActionKind{"aws:ec2:send-spot-instance-interruptions",
               "Interrupt the specified Spot Instances.", "SpotInstances", "aws:ec2:spot-instance",
               interruption_parameters},
    ActionKind{"aws:ec2:stop-instances", "Stop the specified EC2 instances.", "Instances",
               "aws:ec2:instance", stop_parameters},
    ActionKind{"aws:ec2:terminate-instances",
               "Terminate the specified EC2 instances.",
               "Instances",
               "aws:ec2:instance",
               {}},
    ActionKind{"aws:fis:wait", "Wait for a specified duration.", nullptr, nullptr, duration},
    ActionKind{"aws:network:disrupt-connectivity",
               "Denies the specified traffic to the target subnets by temporarily cloning the "
               "network ACL.",
               "Subnets", "aws:ec2:subnet", network_parameters},
    ActionKind{"aws:rds:reboot-db-instances", "Reboot the specified DB instances.", "DBInstances",
               "aws:rds:db", reboot_parameters},
};

constexpr std::array subnet_parameters{
    ParameterKind{"availabilityZoneIdentifier", "The zone of the subnets.", false},
    ParameterKind{"vpc", "The VPC of the subnets.", false}};
constexpr std::array database_parameters{ParameterKind{
    "availabilityZoneIdentifiers", "The zones of the DB instances, separated by commas.", false}};

constexpr std::array resources{
    ResourceKind{"aws:ec2:autoscaling-group", "An Auto Scaling group", {}},
    ResourceKind{"aws:ec2:instance", "An EC2 instance", {}},
    ResourceKind{"aws:ec2:spot-instance", "An EC2 Spot instance", {}},
    ResourceKind{"aws:ec2:subnet", "A subnet", subnet_parameters},
    ResourceKind{"aws:rds:db", "An RDS DB instance", database_parameters},
};

}  // namespace

std::span<const ActionKind> action_kinds() { return actions; }

const ActionKind* find_action_kind(std::string_view id) {
    for (const auto& kind : actions) {
        if (id == kind.id) return &kind;
    }
    return nullptr;
}

std::span<const ResourceKind> resource_kinds() { return resources; }

const ResourceKind* find_resource_kind(std::string_view type) {
    for (const auto& kind : resources) {
        if (type == kind.type) return &kind;
    }
    return nullptr;
}

std::string action_arn(std::string_view region, std::string_view account, std::string_view id) {
    return fmt::format("arn:aws:fis:{}:{}:action/{}", region, account, id);
}

}  // namespace stormglass::fis
