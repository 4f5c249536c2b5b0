// Scheduled actions: put, described, deleted, also many at once.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/schedules.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t schedules_max = 125;  // Of one group.
constexpr std::size_t batch_max = 50;

Result<void> check_sizes(const Schedule& one) {
    if (!one.min_size && !one.max_size && !one.desired) {
        return validation_error("At least one of the following parameters should be specified: "
                                "DesiredCapacity, MinSize or MaxSize");
    }
    const auto most = one.max_size.value_or(INT64_MAX);
    if (one.min_size.value_or(0) > most) {
        return validation_error("Min size must be less than or equal to max size");
    }
    if (one.desired && (*one.desired < one.min_size.value_or(0) || *one.desired > most)) {
        return validation_error("Desired capacity must be between the specified min size and max "
                                "size");
    }
    return {};
}

Result<void> check_times(const Schedule& one, base::Time now) {
    if (one.recurrence.empty() && !one.start) {
        return validation_error("Either StartTime or Recurrence must be specified");
    }
    if (one.start && *one.start < now) {
        return validation_error("Given start time is in the past");
    }
    if (one.end && *one.end <= one.start.value_or(now)) {
        return validation_error("End time must be in the future and after the start time");
    }
    return {};
}

/// Input is PutScheduledUpdateGroupActionInput or an item of the batch: the same names.
template <class Input>
Result<Schedule> read(wire::Request& request, const Group& group, const Input& input) {
    Schedule one{.name = input.scheduled_action_name, .group = group.name};
    one.recurrence = input.recurrence.value_or("");
    one.time_zone = input.time_zone.value_or("");
    one.start = input.start_time;
    one.end = input.end_time;
    one.min_size = input.min_size;
    one.max_size = input.max_size;
    one.desired = input.desired_capacity;
    TRY(check_sizes(one));
    TRY(check_times(one, request.now));
    const auto next = TRY(next_run(one, request.now));
    if (!next) return validation_error("The scheduled action would never be carried out");
    one.next = *next;
    return one;
}

Result<void> keep(wire::Request& request, base::Random& random, Schedule one) {
    const auto all =
        TRY(schedules.all(request.tx(), {request.account, request.region, one.group}));
    bool known = false;
    for (const auto& other : all) {
        if (other.name == one.name) {
            known = true;
            one.arn = other.arn;
        } else if (other.next == one.next) {
            return api::already_exists("Scheduled action with this start time already exists: " +
                                       other.name);
        }
    }
    if (!known && all.size() >= schedules_max) {
        return api::limit_exceeded("There are too many scheduled actions in the group");
    }
    if (one.arn.empty()) {
        one.arn = request.arn(
            "autoscaling", fmt::format("scheduledUpdateGroupAction:{}:autoScalingGroupName/{}:"
                                       "scheduledActionName/{}", random.uuid(), one.group,
                                       one.name));
    }
    save(request, one);
    return {};
}

Result<bool> drop(wire::Request& request, const std::string& group, const std::string& name) {
    const store::Parts key{request.account, request.region, group, name};
    if (!TRY(schedules.get(request.tx(), key))) return false;
    schedules.erase(request.tx(), key);
    return true;
}

template <class List>
void add_failure(List& list, const std::string& name, const Error& error) {
    auto& one = list.emplace_back();
    one.scheduled_action_name = name;
    one.error_code = error.code;
    one.error_message = error.message;
}

api::ScheduledUpdateGroupAction describe(const Schedule& one) {
    api::ScheduledUpdateGroupAction item;
    item.auto_scaling_group_name = one.group;
    item.scheduled_action_name = one.name;
    item.scheduled_action_arn = one.arn;
    item.start_time = item.time = one.next;
    item.end_time = one.end;
    if (!one.recurrence.empty()) item.recurrence = one.recurrence;
    if (!one.time_zone.empty()) item.time_zone = one.time_zone;
    item.min_size = one.min_size;
    item.max_size = one.max_size;
    item.desired_capacity = one.desired;
    return item;
}

bool is_wanted(const Schedule& one, const api::DescribeScheduledActionsInput& input) {
    const auto& names = input.scheduled_action_names;
    if (!names.empty()) return contains(names, one.name);  // Then times are ignored.
    return (!input.start_time || one.next >= *input.start_time) &&
           (!input.end_time || one.next <= *input.end_time);
}

}  // namespace

Result<api::PutScheduledUpdateGroupActionOutput> Service::put_scheduled_update_group_action(
    wire::Request& request, const api::PutScheduledUpdateGroupActionInput& given) {
    const Group group = TRY(need_group(request, given.auto_scaling_group_name));
    auto input = given;
    if (input.time && !input.start_time) input.start_time = input.time;  // Its older name.
    TRY(keep(request, random_, TRY(read(request, group, input))));
    return api::PutScheduledUpdateGroupActionOutput{};
}

Result<api::BatchPutScheduledUpdateGroupActionOutput>
Service::batch_put_scheduled_update_group_action(
    wire::Request& request, const api::BatchPutScheduledUpdateGroupActionInput& input) {
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    if (input.scheduled_update_group_actions.size() > batch_max) {
        return validation_error("A batch holds at most 50 scheduled actions");
    }
    api::BatchPutScheduledUpdateGroupActionOutput output;
    auto& failed = output.failed_scheduled_update_group_actions;
    failed.present = true;
    for (const auto& one : input.scheduled_update_group_actions) {
        auto schedule = read(request, group, one);
        auto done = schedule ? keep(request, random_, *schedule)
                             : Result<void>(std::unexpected(schedule.error()));
        if (!done && done.error().domain != Domain::aws) return std::unexpected(done.error());
        if (!done) add_failure(failed, one.scheduled_action_name, done.error());
    }
    return output;
}

Result<api::DeleteScheduledActionOutput> Service::delete_scheduled_action(
    wire::Request& request, const api::DeleteScheduledActionInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    if (!TRY(drop(request, input.auto_scaling_group_name, input.scheduled_action_name))) {
        return validation_error("Scheduled action name not found");
    }
    return api::DeleteScheduledActionOutput{};
}

Result<api::BatchDeleteScheduledActionOutput> Service::batch_delete_scheduled_action(
    wire::Request& request, const api::BatchDeleteScheduledActionInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    api::BatchDeleteScheduledActionOutput output;
    output.failed_scheduled_actions.present = true;
    for (const auto& name : input.scheduled_action_names) {
        if (TRY(drop(request, input.auto_scaling_group_name, name))) continue;
        auto& one = output.failed_scheduled_actions.emplace_back();
        one.scheduled_action_name = name;
        one.error_code = "ValidationError";
        one.error_message = "Scheduled action name not found";
    }
    return output;
}

Result<api::DescribeScheduledActionsOutput> Service::describe_scheduled_actions(
    wire::Request& request, const api::DescribeScheduledActionsInput& input) {
    std::vector<Schedule> all;
    if (input.auto_scaling_group_name) {
        TRY(need_group(request, *input.auto_scaling_group_name));
        all = TRY(schedules.all(request.tx(), {request.account, request.region,
                                               *input.auto_scaling_group_name}));
    } else {
        all = TRY(schedules.all(request.tx(), {request.account, request.region}));
    }
    std::erase_if(all, [&](const Schedule& one) { return !is_wanted(one, input); });
    const auto one = TRY(page(std::move(all), input.next_token, input.max_records));
    api::DescribeScheduledActionsOutput output;
    output.scheduled_update_group_actions.present = true;
    for (const auto& item : one.items) {
        output.scheduled_update_group_actions.push_back(describe(item));
    }
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
