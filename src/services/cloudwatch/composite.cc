// PutCompositeAlarm.
#include "services/cloudwatch/composite_rule.h"
#include "services/cloudwatch/history.h"
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/tags.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t children_max = 100, depth_max = 50;

Unexpected invalid(std::string message) { return aws_error("ValidationError", std::move(message)); }

/// All alarms of the rule are there, and none of them needs, by other rules, the alarm itself.
Result<void> check_children(wire::Request& request, const std::string& name,
                            const CompositeRule& rule, std::size_t depth) {
    if (depth > depth_max)
        return invalid("AlarmRule is nested too deeply in other composite alarms");
    const auto children = rule.children();
    if (children.size() > children_max) return invalid("AlarmRule names more than 100 alarms");
    for (const auto& child : children) {
        if (child == name) {
            return invalid(
                fmt::format("Could not save the composite alarm as its alarm rule has a "
                            "cycle through {}",
                            child));
        }
        const auto found = TRY(find_alarm(request, child));
        if (!found) {
            return invalid(
                fmt::format("Could not save the composite alarm as alarms [{}] in the "
                            "alarm rule do not exist",
                            child));
        }
        if (!found->is_composite()) continue;
        TRY(check_children(request, name, TRY(CompositeRule::parse(*found->rule)), depth + 1));
    }
    return {};
}

Result<void> check_suppressor(wire::Request& request, const api::PutCompositeAlarmInput& input) {
    if (!input.actions_suppressor) {
        if (input.actions_suppressor_wait_period || input.actions_suppressor_extension_period) {
            return invalid(
                "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod need an "
                "ActionsSuppressor");
        }
        return {};
    }
    if (!input.actions_suppressor_wait_period || !input.actions_suppressor_extension_period) {
        return invalid(
            "ActionsSuppressor needs ActionsSuppressorWaitPeriod and "
            "ActionsSuppressorExtensionPeriod");
    }
    const std::string name = alarm_name_of(*input.actions_suppressor);
    if (name == input.alarm_name || !TRY(find_alarm(request, name))) {
        return invalid(fmt::format("ActionsSuppressor {} does not exist", name));
    }
    return {};
}

void configure(Alarm& alarm, const api::PutCompositeAlarmInput& input) {
    alarm.description = input.alarm_description;
    alarm.actions_enabled = input.actions_enabled.value_or(true);
    alarm.ok_actions = input.ok_actions;
    alarm.alarm_actions = input.alarm_actions;
    alarm.insufficient_data_actions = input.insufficient_data_actions;
    alarm.rule = input.alarm_rule;
    alarm.suppressor = input.actions_suppressor;
    alarm.suppressor_wait = input.actions_suppressor_wait_period;
    alarm.suppressor_extension = input.actions_suppressor_extension_period;
}

}  // namespace

Result<api::PutCompositeAlarmOutput> Service::put_composite_alarm(
    wire::Request& request, const api::PutCompositeAlarmInput& input) {
    const auto rule = TRY(CompositeRule::parse(input.alarm_rule));
    TRY(check_children(request, input.alarm_name, rule, 0));
    TRY(check_suppressor(request, input));
    auto existing = TRY(find_alarm(request, input.alarm_name));
    if (existing && !existing->is_composite()) {
        return invalid(fmt::format("A metric alarm with the name {} exists", input.alarm_name));
    }
    Alarm alarm = existing.value_or(Alarm{});
    configure(alarm, input);
    alarm.configured = request.now;
    if (!existing) {
        alarm.account = request.account;
        alarm.region = request.region;
        alarm.name = input.alarm_name;
        alarm.arn = request.arn("cloudwatch", "alarm:" + alarm.name);
        alarm.state = "INSUFFICIENT_DATA";
        alarm.state_reason =
            fmt::format("{} was created and its alarm rule has not been evaluated yet", alarm.arn);
        alarm.state_updated = alarm.state_transitioned = request.now;
        TRY(add_tags(alarm.tags, input.tags));
    }
    put_alarm(request.tx(), alarm);
    composites.put(request.tx(), {alarm.account, alarm.region, alarm.name},
                   {alarm.account, alarm.region, alarm.name});
    const base::Json data{{"version", "1.0"}, {"type", existing ? "Update" : "Create"}};
    TRY(add_history(request, random_,
                    {alarm.name,
                     "ConfigurationUpdate",
                     fmt::format("Alarm \"{}\" {}", alarm.name, existing ? "updated" : "created"),
                     base::dump_json(data),
                     {},
                     "CompositeAlarm"}));
    return api::PutCompositeAlarmOutput{};
}

}  // namespace stormglass::cloudwatch
