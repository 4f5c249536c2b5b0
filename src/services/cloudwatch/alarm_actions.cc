// Actions of alarms that call other services: EC2's four, and scaling policies.
#include "services/cloudwatch/alarm_loop.h"

namespace stormglass::cloudwatch {
namespace {

/// "stop" of arn:aws:automate:us-east-1:ec2:stop, and of the older
/// arn:aws:swf:us-east-1:123456789012:action/actions/AWS_EC2.InstanceId.Stop/1.0.
std::string ec2_verb(const std::string& action) {
    if (action.starts_with("arn:aws:automate:")) {
        const auto at = action.find(":ec2:");
        return at == std::string::npos ? "" : action.substr(at + std::string_view(":ec2:").size());
    }
    if (!action.starts_with("arn:aws:swf:")) return {};
    for (const auto& [part, verb] :
         {std::pair{"InstanceId.Stop", "stop"}, std::pair{"InstanceId.Terminate", "terminate"},
          std::pair{"InstanceId.Reboot", "reboot"}, std::pair{"InstanceId.Recover", "recover"}}) {
        if (action.find(part) != std::string::npos) return verb;
    }
    return {};
}

template <class Output>
Result<std::string> said(const Result<Output>& outcome, std::string text) {
    if (!outcome) return std::unexpected(outcome.error());
    return text;
}

}  // namespace

Result<std::string> AlarmLoop::perform_ec2(wire::Request& request, const Alarm& alarm,
                                           const std::string& verb) {
    const auto instance = std::ranges::find(alarm.dimensions, "InstanceId", &DimensionValue::name);
    if (needs_.ec2 == nullptr || instance == alarm.dimensions.end()) {
        return aws_error("ValidationError", "the alarm's metric has no InstanceId");
    }
    const std::string& id = instance->value;
    if (verb == "stop") {
        ec2::api::StopInstancesInput input;
        input.instance_ids.push_back(id);
        return said(needs_.ec2->stop_instances(request, input), "stopped " + id);
    }
    if (verb == "terminate") {
        ec2::api::TerminateInstancesInput input;
        input.instance_ids.push_back(id);
        return said(needs_.ec2->terminate_instances(request, input), "terminated " + id);
    }
    if (verb == "reboot" || verb == "recover") {
        // There is no other host to recover to: the instance starts anew on this one, with the same
        // id, addresses and volumes, as after a recovery.
        ec2::api::RebootInstancesInput input;
        input.instance_ids.push_back(id);
        return said(needs_.ec2->reboot_instances(request, input),
                    (verb == "reboot" ? "rebooted " : "recovered ") + id);
    }
    return aws_error("ValidationError", "there is no EC2 action " + verb);
}

Result<std::string> AlarmLoop::perform(wire::Request& request, const Alarm& alarm,
                                       const std::string& action) {
    if (action.starts_with("arn:aws:autoscaling:")) {
        if (needs_.scaling == nullptr)
            return aws_error("ValidationError", "there is no Auto Scaling");
        return needs_.scaling->run(
            request, {.policy_arn = action,
                      .alarm_name = alarm.name,
                      .alarm_state = alarm.state,
                      .metric_value = alarm.value.value_or(alarm.threshold.value_or(0)),
                      .threshold = alarm.threshold.value_or(0)});
    }
    const std::string verb = ec2_verb(action);
    if (!verb.empty()) return perform_ec2(request, alarm, verb);
    return aws_error("ValidationError",
                     "Stormglass runs SNS topics, EC2 actions and scaling policies only");
}

/// In a transaction of its own, in which it is also struck off; a failure leaves nothing but its
/// record.
Result<void> AlarmLoop::run_action(const PendingActions& pending, const std::string& action) {
    const store::Parts key{pending.account, pending.region, pending.alarm};
    std::string failure;
    for (const bool again : {false, true}) {
        const auto request = TRY(writer(pending.account, pending.region));
        auto row = TRY(pending_actions.get(request->tx(), key));
        auto alarm = TRY(find_alarm(*request, pending.alarm));
        if (!row) return {};
        std::erase(row->actions, action);
        if (row->actions.empty() || !alarm) {
            pending_actions.erase(request->tx(), key);
        } else {
            pending_actions.put(request->tx(), key, *row);
        }
        if (!alarm) return request->commit();
        if (!again) {
            const auto outcome = perform(*request, *alarm, action);
            if (!outcome) {
                failure = outcome.error().message;
                continue;  // What it may have written goes with the request.
            }
            transitions_.record_action(*request, *alarm, action, "", *outcome);
            alarm->scaling_said = *outcome;
            put_alarm(request->tx(), *alarm);
        } else {
            transitions_.record_action(*request, *alarm, action, failure);
        }
        return request->commit();
    }
    return {};
}

Result<void> AlarmLoop::run_pending() {
    const auto rows = TRY(pending_actions.all(*needs_.store.read()));
    for (const auto& row : rows) {
        for (const auto& action : row.actions) TRY(run_action(row, action));
    }
    return {};
}

}  // namespace stormglass::cloudwatch
