#include "services/autoscaling/schedules.h"

#include "services/autoscaling/activities.h"
#include "services/autoscaling/cron.h"
#include "services/autoscaling/group_input.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

std::string text_of(const Group& group) {
    return fmt::format("min: {}, max: {}, desired: {}", group.min_size, group.max_size,
                       group.desired);
}

}  // namespace

Result<std::optional<base::Time>> next_run(const Schedule& schedule, base::Time time) {
    if (schedule.recurrence.empty()) {
        return schedule.start && *schedule.start > time ? schedule.start : std::nullopt;
    }
    const auto cron = Cron::parse(schedule.recurrence);
    if (!cron) {
        return validation_error("Given recurrence string: " + schedule.recurrence +
                                " is invalid. " + cron.error().message);
    }
    const auto zone = TimeZone::load(schedule.time_zone.empty() ? "UTC" : schedule.time_zone);
    if (!zone) return validation_error("Invalid time zone: " + schedule.time_zone);
    const base::Time from =
        schedule.start ? std::max(time, *schedule.start - base::Millis(1)) : time;
    auto next = cron->next(from, *zone);
    if (next && schedule.end && *next > *schedule.end) next.reset();
    return next;
}

Result<void> advance(wire::Request& request, Schedule schedule) {
    const auto next = next_run(schedule, request.now);
    if (next && *next) {
        schedule.next = **next;
        save(request, schedule);
    } else {  // Also when its time zone has left the machine: it can never be due again.
        schedules.erase(request.tx(), {request.account, request.region, schedule.group,
                                       schedule.name});
    }
    return {};
}

std::string apply(wire::Request& request, Group& group, const Schedule& schedule, base::Time due) {
    Group changed = group;
    changed.min_size = schedule.min_size.value_or(group.min_size);
    changed.max_size = schedule.max_size.value_or(group.max_size);
    if (changed.min_size > changed.max_size) {
        return fmt::format("refused: its minimum {} is above the maximum {}", changed.min_size,
                           changed.max_size);
    }
    changed.desired = std::clamp(schedule.desired.value_or(group.desired), changed.min_size,
                                 changed.max_size);
    if (changed.desired != group.desired) {
        changed.invoking_alarm.clear();
        changed.cause = fmt::format(
            "At {} a scheduled action update of AutoScalingGroup constraints to {} changing the "
            "desired capacity from {} to {}.  ", moment(due), text_of(changed), group.desired,
            changed.desired);
        changed.last_scaled = request.now;
        changed.retry_at = request.now;
    }
    group = changed;
    return text_of(group);
}

}  // namespace stormglass::autoscaling
