// What is stored of Auto Scaling: groups with their members, policies, activities and refreshes.
// Handlers write what is wanted; the reconciler moves members from state to state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"

namespace stormglass::autoscaling {

struct TemplateRef {
    std::string id, name, version;  // Version: a number, "$Latest" or "$Default".
    bool operator==(const TemplateRef&) const = default;
};
STORMGLASS_JSON(TemplateRef, id, name, version)

struct GroupTag {
    std::string key, value;
    bool propagate = false;
};
STORMGLASS_JSON(GroupTag, key, value, propagate)

struct Place {
    std::string subnet_id, zone, zone_id;
};
STORMGLASS_JSON(Place, subnet_id, zone, zone_id)

/// A zone in which launches failed lately.
struct Avoided {
    std::string zone;
    base::Time until{};
    bool for_outage = false;  // EC2 took no launches there; forgotten when the zone is back.
};
STORMGLASS_JSON(Avoided, zone, until, for_outage)

/// One choice of a mixed instances policy.
struct Override {
    std::string type;              // Empty: the template's own.
    TemplateRef launch_template;   // Without an id: the policy's.
};
STORMGLASS_JSON(Override, type, launch_template)

struct Mixed {
    std::vector<Override> overrides;
    std::string on_demand_strategy = "prioritized", spot_strategy = "lowest-price";
    std::int64_t base = 0, above_percent = 100;
    std::optional<std::int64_t> spot_pools;
    std::string max_price;
};
STORMGLASS_JSON(Mixed, overrides, on_demand_strategy, spot_strategy, base, above_percent, spot_pools,
                max_price)

struct Group {
    std::string name, arn, uuid;
    TemplateRef launch_template;
    std::optional<Mixed> mixed;  // Its template is `launch_template`.
    std::int64_t min_size = 0, max_size = 0, desired = 0;
    std::int64_t default_cooldown = 300, grace_seconds = 0;
    std::optional<std::int64_t> warmup_seconds, max_instance_lifetime;
    std::optional<std::int64_t> min_healthy, max_healthy;  // InstanceMaintenancePolicy.
    std::vector<Place> places;
    std::string zone_identifier;  // VPCZoneIdentifier, as given.
    std::string zone_strategy = "balanced-best-effort";
    std::vector<std::string> target_groups;
    std::string health_check_type = "EC2";
    std::vector<std::string> termination_policies{"Default"};
    std::vector<std::string> enabled_metrics;
    std::vector<std::string> suspended;
    std::vector<GroupTag> tags;
    bool protect_new = false;
    std::optional<bool> capacity_rebalance;
    std::string service_role;
    base::Time created{};
    bool deleting = false;

    // The reconciler's: why capacity differs from desired, and its patience after failed launches.
    std::string cause;
    std::string invoking_alarm;  // The alarm that set it (JSON), or empty.
    std::optional<std::int64_t> cooldown;  // Of the simple policy that scaled last, if one did.
    std::int64_t launches = 0;  // Numbers the client tokens.
    std::int64_t failures = 0;
    base::Time retry_at{};
    base::Time last_scaled{};
    std::int64_t to_replace = 0;  // Unhealthy instances taken out, whose successor is not launched.
    std::vector<Avoided> avoided;
};
STORMGLASS_JSON(Group, name, arn, uuid, launch_template, mixed, min_size, max_size, desired,
                default_cooldown, grace_seconds, warmup_seconds, max_instance_lifetime, min_healthy,
                max_healthy, places, zone_identifier, zone_strategy, target_groups,
                health_check_type, termination_policies, enabled_metrics, suspended, tags,
                protect_new, capacity_rebalance, service_role, created, deleting, cause, invoking_alarm,
                cooldown, launches, failures, retry_at, last_scaled, to_replace, avoided)

/// A lifecycle action under way: one hook at one instance.
struct HookWait {
    std::string hook, token, default_result;
    std::int64_t heartbeat = 0;
    base::Time until{}, latest{};  // Heartbeats move `until`, never beyond `latest`.
};
STORMGLASS_JSON(HookWait, hook, token, default_result, heartbeat, until, latest)

/// One instance of a group. It leaves the table when EC2 has terminated it, or it is detached.
struct Member {
    std::string id, group, zone, zone_id, subnet_id, type, image_id;
    TemplateRef launch_template;  // With the version's number.
    /// Pending[:Wait|:Proceed], InService, EnteringStandby, Standby, Detaching,
    /// Terminating[:Wait|:Proceed]
    std::string lifecycle = "Pending";
    std::string health = "Healthy";
    std::string health_cause;           // "EC2", "status", "ELB", "user", or empty while healthy.
    std::optional<base::Time> impaired;  // Since when its EC2 status checks fail.
    std::string observed;               // What was last seen of it, for people.
    bool is_protected = false;
    base::Time launched{}, in_service{}, terminating{};
    std::string refresh_id;             // Launched by this instance refresh.
    std::string launch_activity, termination_activity;
    std::vector<std::string> registered;  // Target groups.
    bool draining = false;                // Deregistered; waiting for its connections to end.
    bool terminate_sent = false;
    base::Time pending{};                 // Since when, where that is not its launch.
    std::string extra;                    // "rebalance": launched beyond the desired capacity.
    std::vector<HookWait> waits;          // What Pending:Wait or Terminating:Wait waits for.
    bool launch_hooked = false, termination_hooked = false;  // Their hooks were begun, or do not apply.
    bool abandoned = false;               // A launch hook said ABANDON.
    bool is_spot = false;
    bool at_risk = false;                 // EC2 will interrupt it soon.
    bool adopt = false;                   // Attached by a user; it lacks the group's tag.
    std::string transition_activity;      // Of entering standby or detaching.
};
STORMGLASS_JSON(Member, id, group, zone, zone_id, subnet_id, type, image_id, launch_template,
                lifecycle, health, health_cause, impaired, observed, is_protected, launched, in_service,
                terminating, refresh_id, launch_activity, termination_activity, registered,
                draining, terminate_sent, pending, extra, waits, launch_hooked, termination_hooked,
                abandoned, is_spot, at_risk, adopt, transition_activity)

struct Activity {
    std::string id, group, group_arn, description, cause, status, message, details;
    std::string instance_id;
    base::Time start{};
    std::optional<base::Time> end;
    std::int64_t progress = 0;
};
STORMGLASS_JSON(Activity, id, group, group_arn, description, cause, status, message, details,
                instance_id, start, end, progress)

struct Notification {
    std::string topic_arn;
    std::vector<std::string> types;
};
STORMGLASS_JSON(Notification, topic_arn, types)

struct Hook {
    std::string name, group, transition, target_arn, role_arn, metadata;
    std::int64_t heartbeat = 3600;
    std::string default_result = "ABANDON";
};
STORMGLASS_JSON(Hook, name, group, transition, target_arn, role_arn, metadata, heartbeat,
                default_result)
inline constexpr std::string_view launching_transition = "autoscaling:EC2_INSTANCE_LAUNCHING";
inline constexpr std::string_view terminating_transition = "autoscaling:EC2_INSTANCE_TERMINATING";

/// A scheduled action. One that does not recur is deleted when it has been carried out.
struct Schedule {
    std::string name, group, arn, recurrence, time_zone;
    std::optional<base::Time> start, end;
    std::optional<std::int64_t> min_size, max_size, desired;
    base::Time next{};  // When it is due.
};
STORMGLASS_JSON(Schedule, name, group, arn, recurrence, time_zone, start, end, min_size, max_size,
                desired, next)

struct Step {
    std::optional<double> lower, upper;
    std::int64_t adjustment = 0;
};
STORMGLASS_JSON(Step, lower, upper, adjustment)

struct Dimension {
    std::string name, value;
    bool operator==(const Dimension&) const = default;
};
STORMGLASS_JSON(Dimension, name, value)

/// A metric of the caller's own, for target tracking.
struct CustomMetric {
    std::string name, space, statistic;
    std::optional<std::string> unit;
    std::optional<std::int64_t> period;
    std::vector<Dimension> dimensions;
    bool operator==(const CustomMetric&) const = default;
};
STORMGLASS_JSON(CustomMetric, name, space, statistic, unit, period, dimensions)

/// One member of a customized metric's metric math.
struct TrackedQuery {
    std::string id;
    std::optional<std::string> expression, label;
    std::optional<bool> return_data;
    std::string name, space, stat;  // Empty: an expression.
    std::optional<std::string> unit;
    std::optional<std::int64_t> period;
    std::vector<Dimension> dimensions;
    bool operator==(const TrackedQuery&) const = default;
};
STORMGLASS_JSON(TrackedQuery, id, expression, label, return_data, name, space, stat, unit, period,
                dimensions)

struct Policy {
    std::string name, group, arn, type;
    std::optional<std::string> adjustment_type, metric_aggregation;
    std::optional<std::int64_t> min_step, min_magnitude, adjustment, cooldown, warmup;
    std::vector<Step> steps;
    std::optional<double> target_value;  // The rest of a target tracking configuration follows.
    std::optional<std::string> predefined_metric, resource_label;
    std::optional<CustomMetric> custom_metric;
    std::vector<TrackedQuery> queries;  // The custom metric is metric math.
    bool disable_scale_in = false;
    bool enabled = true;
    std::string alarm_high, alarm_low;  // Target tracking's own alarms, by name.
};
STORMGLASS_JSON(Policy, name, group, arn, type, adjustment_type, metric_aggregation, min_step,
                min_magnitude, adjustment, cooldown, warmup, steps, target_value,
                predefined_metric, resource_label, custom_metric, queries, disable_scale_in, enabled,
                alarm_high, alarm_low)

struct Refresh {
    std::string id, group, status = "Pending", reason;
    base::Time start{};
    std::optional<base::Time> end;
    std::int64_t min_healthy = 90, max_healthy = 100;
    std::optional<std::int64_t> warmup;
    bool skip_matching = false, auto_rollback = false;
    std::string when_protected = "Wait", when_standby = "Wait";
    std::optional<TemplateRef> desired, earlier;  // DesiredConfiguration; what to go back to.
    std::vector<std::string> outstanding;         // Instance ids still to be replaced.
    std::int64_t total = 0;
    std::int64_t failed_instances = 0;  // Its own launches that turned out unhealthy.
    base::Time progress_at{};
    std::int64_t percentage = 0, to_update = 0;
    std::optional<base::Time> rollback_start;
    std::string rollback_reason;
    std::int64_t rollback_percentage = 0, rollback_to_update = 0;
    bool rollback_wanted = false;  // By RollbackInstanceRefresh; not yet begun.
    std::vector<std::int64_t> checkpoints;
    std::int64_t checkpoint_delay = 3600, checkpoints_passed = 0;
    std::int64_t bake_seconds = 0;
    std::vector<std::string> alarms;  // Any of them in ALARM makes it fail.
    std::optional<base::Time> pause_until;  // At a checkpoint, or baking.
};
STORMGLASS_JSON(Refresh, id, group, status, reason, start, end, min_healthy, max_healthy, warmup,
                skip_matching, auto_rollback, when_protected, when_standby, desired, earlier,
                outstanding, total, failed_instances, progress_at, percentage, to_update,
                rollback_start, rollback_reason, rollback_percentage, rollback_to_update,
                rollback_wanted, checkpoints, checkpoint_delay, checkpoints_passed, bake_seconds, alarms,
                pause_until)

// Keys begin with {account, region, group name}.
inline constexpr store::Table<Group> groups{"autoscaling/group"};
inline constexpr store::Table<Member> members{"autoscaling/member"};           // + instance id
inline constexpr store::Table<Hook> hooks{"autoscaling/hook"};                 // + hook name
inline constexpr store::Table<Schedule> schedules{"autoscaling/schedule"};     // + action name
inline constexpr store::Table<Policy> policies{"autoscaling/policy"};          // + policy name
inline constexpr store::Table<Notification> notifications{"autoscaling/notification"};  // + topic
inline constexpr store::Table<Refresh> refreshes{"autoscaling/refresh"};       // + start, id
inline constexpr store::Table<Activity> activities{"autoscaling/activity"};    // + activity id

}  // namespace stormglass::autoscaling
