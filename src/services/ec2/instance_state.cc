// Start, stop, reboot, terminate, monitoring: what is wished is recorded; the reconciler does it.
#include "services/ec2/address_pool.h"
#include "services/ec2/input.h"
#include "services/ec2/instances.h"
#include "services/ec2/service.h"
#include "services/ec2/spot.h"
#include "services/ec2/zone_power.h"

namespace stormglass::ec2 {
namespace {

Unexpected wrong_state(const Instance& instance, std::string_view verb) {
    return aws_error("IncorrectInstanceState",
                     fmt::format("The instance '{}' is not in a state from which it can be {}.",
                                 instance.id, verb));
}

/// "User initiated (2026-11-24 15:02:57 GMT)"
std::string user_initiated(base::Time now) {
    std::string text = base::iso8601_seconds(now);
    text[10] = ' ';
    text.pop_back();
    return fmt::format("User initiated ({} GMT)", text);
}

void set_reason(Instance& instance, base::Time now, const std::string& code,
                const std::string& message) {
    instance.reason = user_initiated(now);
    instance.state_reason_code = code;
    instance.state_reason_message = code + ": " + message;
}

/// An instance that starts again gets a new public address, if its subnet gives them.
Result<void> renew_public_address(wire::Request& request, base::Random& random,
                                  const Instance& instance) {
    auto interface = TRY(find(request, interfaces, instance.interface_id));
    const auto subnet = TRY(find(request, subnets, instance.subnet_id));
    if (!interface || !subnet || !subnet->map_public_ip) return {};
    if (!interface->public_address.empty()) return {};
    interface->public_address = TRY(take_public_address(request, random, interface->id));
    save(request, interfaces, *interface);
    return {};
}

}  // namespace

api::InstanceStateChange change_of(const std::string& id, const std::string& before,
                                   const std::string& after) {
    return {.instance_id = id, .current_state = state_of(after), .previous_state = state_of(before)};
}

Result<api::StartInstancesOutput> Service::start_instances(wire::Request& request,
                                                           const api::StartInstancesInput& input) {
    TRY(check_input("StartInstances", &input, {"InstanceIds"}));
    api::StartInstancesOutput output;
    for (auto& one : TRY(need_instances(request, input.instance_ids))) {
        const std::string before = one.state;
        if (before != state::stopped && before != state::running && before != state::pending) {
            return wrong_state(one, "started");
        }
        if (before == state::stopped) {
            TRY(check_capacity(request, one.zone, one.type));
            one.state = state::pending;
            one.power_lost = false;
            one.reason = one.state_reason_code = one.state_reason_message = "";
            one.launched = request.now;
            TRY(renew_public_address(request, parts_.random, one));
            save(request, instances, one);
            tell(request, one.id, "start requested");
        }
        output.starting_instances.push_back(change_of(one.id, before, one.state));
    }
    return output;
}

Result<api::StopInstancesOutput> Service::stop_instances(wire::Request& request,
                                                         const api::StopInstancesInput& input) {
    TRY(check_input("StopInstances", &input, {"InstanceIds", "Force", "SkipOsShutdown"}));
    api::StopInstancesOutput output;
    for (auto& one : TRY(need_instances(request, input.instance_ids))) {
        const std::string before = one.state;
        if (before == state::terminated || before == state::shutting_down) {
            return wrong_state(one, "stopped");
        }
        if (is_spot(one)) {
            return aws_error("UnsupportedOperation",
                             fmt::format("You can't stop the Spot Instance '{}' because it is "
                                         "associated with a one-time Spot Instance request. You "
                                         "can only stop Spot Instances associated with persistent "
                                         "Spot Instance requests.", one.id));
        }
        if (one.no_api_stop) {
            return aws_error("OperationNotPermitted",
                             fmt::format("The instance '{}' may not be stopped. Modify its "
                                         "'disableApiStop' instance attribute and try again.",
                                         one.id));
        }
        if (before == state::running || before == state::pending) {
            one.state = state::stopping;
            set_reason(one, request.now, "Client.UserInitiatedShutdown",
                       "User initiated shutdown");
            save(request, instances, one);
            tell(request, one.id, "stop requested");
        }
        output.stopping_instances.push_back(change_of(one.id, before, one.state));
    }
    return output;
}

Result<api::TerminateInstancesOutput> Service::terminate_instances(
    wire::Request& request, const api::TerminateInstancesInput& input) {
    TRY(check_input("TerminateInstances", &input, {"InstanceIds", "Force", "SkipOsShutdown"}));
    api::TerminateInstancesOutput output;
    auto all_named = TRY(need_instances(request, input.instance_ids));
    for (const auto& one : all_named) {
        if (!one.no_api_termination) continue;
        return aws_error("OperationNotPermitted",
                         fmt::format("The instance '{}' may not be terminated. Modify its "
                                     "'disableApiTermination' instance attribute and try again.",
                                     one.id));
    }
    for (auto& one : all_named) {
        const std::string before = one.state;
        if (before != state::terminated && before != state::shutting_down) {
            one.state = state::shutting_down;
            set_reason(one, request.now, "Client.UserInitiatedShutdown",
                       "User initiated shutdown");
            save(request, instances, one);
            tell(request, one.id, "termination requested");
        }
        output.terminating_instances.push_back(change_of(one.id, before, one.state));
    }
    return output;
}

Result<api::RebootInstancesOutput> Service::reboot_instances(
    wire::Request& request, const api::RebootInstancesInput& input) {
    TRY(check_input("RebootInstances", &input, {"InstanceIds"}));
    for (auto& one : TRY(need_instances(request, input.instance_ids))) {
        if (one.state != state::running) return wrong_state(one, "rebooted");
        one.reboot = true;
        save(request, instances, one);
        tell(request, one.id, "reboot requested");
    }
    return {};
}

Result<api::MonitorInstancesOutput> Service::monitor_instances(
    wire::Request& request, const api::MonitorInstancesInput& input) {
    TRY(check_input("MonitorInstances", &input, {"InstanceIds"}));
    api::MonitorInstancesOutput output;
    for (auto& one : TRY(need_instances(request, input.instance_ids))) {
        one.monitoring = true;
        save(request, instances, one);
        output.instance_monitorings.push_back(
            {.instance_id = one.id, .monitoring = api::Monitoring{.state = "enabled"}});
    }
    return output;
}

Result<api::UnmonitorInstancesOutput> Service::unmonitor_instances(
    wire::Request& request, const api::UnmonitorInstancesInput& input) {
    TRY(check_input("UnmonitorInstances", &input, {"InstanceIds"}));
    api::UnmonitorInstancesOutput output;
    for (auto& one : TRY(need_instances(request, input.instance_ids))) {
        one.monitoring = false;
        save(request, instances, one);
        output.instance_monitorings.push_back(
            {.instance_id = one.id, .monitoring = api::Monitoring{.state = "disabled"}});
    }
    return output;
}

}  // namespace stormglass::ec2
