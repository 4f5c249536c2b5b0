#include "services/cloudwatch/transitions.h"

#include "services/cloudwatch/history.h"
#include "services/cloudwatch/message.h"

namespace stormglass::cloudwatch {
namespace {

std::string type_of(const Alarm& alarm) {
    return alarm.is_composite() ? "CompositeAlarm" : "MetricAlarm";
}

base::Json state_json(const std::string& state, const std::string& reason,
                      const std::optional<std::string>& data) {
    base::Json out{{"stateValue", state}, {"stateReason", reason}};
    const auto parsed = base::parse_json(data.value_or(""));
    if (parsed) out["stateReasonData"] = *parsed;
    return out;
}

}  // namespace

const std::vector<std::string>& actions_of(const Alarm& alarm) {
    if (alarm.state == "ALARM") return alarm.alarm_actions;
    return alarm.state == "OK" ? alarm.ok_actions : alarm.insufficient_data_actions;
}

void Transitions::record_action(wire::Request& request, const Alarm& alarm,
                                const std::string& action, const std::string& failure,
                                const std::string& said) {
    std::string summary = failure.empty()
                              ? "Successfully executed action " + action
                              : fmt::format("Failed to execute action {}: {}", action, failure);
    const std::string shown = said.empty() ? summary : summary + ": " + said;
    timeline_.add({request.now, "alarm", alarm.name, shown, alarm.region});
    base::Json data{{"actionState", failure.empty() ? "Succeeded" : "Failed"},
                    {"notificationResource", action},
                    {"stateUpdateTimestamp", alarm.state_updated.time_since_epoch().count()}};
    data["error"] = failure.empty() ? base::Json(nullptr) : base::Json(failure);
    if (!said.empty()) data["result"] = said;
    // The history is a record of what happened; that it cannot be written changes nothing of it.
    static_cast<void>(
        add_history(request, random_,
                    {alarm.name, "Action", summary, base::dump_json(data), {}, type_of(alarm)}));
}

Result<void> Transitions::announce(wire::Request& request, Alarm& alarm,
                                   const std::string& old_state) {
    alarm.announced = alarm.state;
    PendingActions later{alarm.account, alarm.region, alarm.name, alarm.state, {}};
    if (alarm.actions_enabled) {
        for (const auto& action : actions_of(alarm)) {
            if (!action.starts_with("arn:aws:sns:")) {
                later.actions.push_back(action);
                continue;
            }
            const auto sent =
                topics_.publish_as_service(request, {.topic_arn = action,
                                                     .service = "cloudwatch.amazonaws.com",
                                                     .source_arn = alarm.arn,
                                                     .source_account = alarm.account,
                                                     .subject = subject_of(alarm),
                                                     .message = message_of(alarm, old_state),
                                                     .attributes = {}});
            record_action(request, alarm, action, sent ? "" : sent.error().message);
        }
    }
    put_alarm(request.tx(), alarm);
    const store::Parts key{alarm.account, alarm.region, alarm.name};
    if (later.actions.empty()) {
        pending_actions.erase(request.tx(), key);
    } else {
        pending_actions.put(request.tx(), key, later);
    }
    return {};
}

Result<void> Transitions::change(wire::Request& request, Alarm& alarm, const NewState& to) {
    const Alarm before = alarm;
    alarm.state = to.state;
    alarm.state_reason = to.reason;
    alarm.state_reason_data = to.data;
    alarm.state_updated = request.now;
    if (to.value) alarm.value = to.value;
    if (before.state == alarm.state) {
        put_alarm(request.tx(), alarm);
        return {};
    }
    alarm.state_transitioned = request.now;
    alarm.scaling_said.clear();
    const std::string summary =
        fmt::format("Alarm updated from {} to {}", before.state, alarm.state);
    const base::Json data{
        {"version", "1.0"},
        {"oldState", state_json(before.state, before.state_reason, before.state_reason_data)},
        {"newState", state_json(alarm.state, alarm.state_reason, alarm.state_reason_data)}};
    TRY(add_history(
        request, random_,
        {alarm.name, "StateUpdate", summary, base::dump_json(data), {}, type_of(alarm)}));
    timeline_.add({request.now, "alarm", alarm.name, summary, alarm.region});
    if (alarm.suppressor) {
        put_alarm(request.tx(), alarm);  // Whether its actions run is decided by the reconciler.
        return {};
    }
    return announce(request, alarm, before.state);
}

}  // namespace stormglass::cloudwatch
