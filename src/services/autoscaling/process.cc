// Suspended processes, metrics to collect, and the fixed lists.
#include "services/autoscaling/group_figures.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::string_view processes[] = {
    "AZRebalance", "AddToLoadBalancer", "AlarmNotification", "HealthCheck",     "InstanceRefresh",
    "Launch",      "ReplaceUnhealthy",  "ScheduledActions",  "Terminate"};

template <class List>
bool contains(const List& list, const std::string& value) {
    return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

/// The processes named, or all.
Result<std::vector<std::string>> named_processes(const std::vector<std::string>& given) {
    if (given.empty()) return std::vector<std::string>(std::begin(processes), std::end(processes));
    for (const auto& one : given) {
        if (!contains(processes, one)) {
            return validation_error(fmt::format("Invalid scaling process: {}", one));
        }
    }
    return given;
}

}  // namespace

Result<api::SuspendProcessesOutput> Service::suspend_processes(
    wire::Request& request, const api::SuspendProcessesInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    for (const auto& one : TRY(named_processes(input.scaling_processes))) {
        if (!is_suspended(group, one)) group.suspended.push_back(one);
    }
    save(request, group);
    return api::SuspendProcessesOutput{};
}

Result<api::ResumeProcessesOutput> Service::resume_processes(
    wire::Request& request, const api::ResumeProcessesInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    const auto resumed = TRY(named_processes(input.scaling_processes));
    std::erase_if(group.suspended, [&](const auto& one) { return contains(resumed, one); });
    save(request, group);
    return api::ResumeProcessesOutput{};
}

Result<api::EnableMetricsCollectionOutput> Service::enable_metrics_collection(
    wire::Request& request, const api::EnableMetricsCollectionInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    if (input.granularity != "1Minute") {
        return validation_error("Valid metrics granularity type is: [1Minute].");
    }
    std::vector<std::string> wanted = input.metrics;
    if (wanted.empty()) wanted = figure_names();
    for (const auto& one : wanted) {
        if (!contains(figure_names(), one)) {
            return unsupported(fmt::format("the group metric '{}'", one));
        }
        if (!contains(group.enabled_metrics, one)) group.enabled_metrics.push_back(one);
    }
    save(request, group);
    return api::EnableMetricsCollectionOutput{};
}

Result<api::DisableMetricsCollectionOutput> Service::disable_metrics_collection(
    wire::Request& request, const api::DisableMetricsCollectionInput& input) {
    Group group = TRY(need_group(request, input.auto_scaling_group_name));
    std::erase_if(group.enabled_metrics, [&](const std::string& one) {
        return input.metrics.empty() || contains(input.metrics, one);
    });
    save(request, group);
    return api::DisableMetricsCollectionOutput{};
}

Result<api::DescribeAdjustmentTypesOutput> Service::describe_adjustment_types(
    wire::Request&, const api::DescribeAdjustmentTypesInput&) {
    api::DescribeAdjustmentTypesOutput output;
    for (const char* one : {"ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"}) {
        output.adjustment_types.push_back({.adjustment_type = one});
    }
    return output;
}

Result<api::DescribeTerminationPolicyTypesOutput> Service::describe_termination_policy_types(
    wire::Request&, const api::DescribeTerminationPolicyTypesInput&) {
    api::DescribeTerminationPolicyTypesOutput output;
    for (const char* one :
         {"AllocationStrategy", "ClosestToNextInstanceHour", "Default", "NewestInstance",
          "OldestInstance", "OldestLaunchConfiguration", "OldestLaunchTemplate"}) {
        output.termination_policy_types.emplace_back(one);
    }
    return output;
}

Result<api::DescribeAccountLimitsOutput> Service::describe_account_limits(
    wire::Request& request, const api::DescribeAccountLimitsInput&) {
    const auto all = TRY(groups.all(request.tx(), {request.account, request.region}));
    api::DescribeAccountLimitsOutput output;
    output.max_number_of_auto_scaling_groups = 500;
    output.max_number_of_launch_configurations = 200;
    output.number_of_auto_scaling_groups = static_cast<std::int64_t>(all.size());
    output.number_of_launch_configurations = 0;
    return output;
}

}  // namespace stormglass::autoscaling
