// Instance refreshes: started, cancelled and described here; plan_refresh.cc says how they proceed.
#include "services/autoscaling/group_input.h"
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/policy_alarms.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::int64_t pause_max_seconds = 172800;
constexpr std::size_t alarms_max = 10;

Result<void> refuse_unsupported(const api::StartInstanceRefreshInput& input) {
    if (input.strategy.value_or("Rolling") != "Rolling") {
        return unsupported("the refresh strategy " + *input.strategy);
    }
    if (input.desired_configuration && input.desired_configuration->mixed_instances_policy) {
        return unsupported("mixed instances policies");
    }
    return {};
}

/// They must be there, so that none is waited for in vain.
Result<void> check_alarms(wire::Request& request, const Peers& peers, const Refresh& refresh) {
    for (const auto& name : refresh.alarms) {
        if (TRY(alarm_state(request, peers, name)).empty()) {
            return validation_error("The alarm " + name + " does not exist.");
        }
    }
    return {};
}

Result<void> read_pauses(const api::RefreshPreferences& wish, Refresh& refresh) {
    std::int64_t before = 0;
    for (const auto percentage : wish.checkpoint_percentages) {
        if (percentage <= before || percentage > 100) {
            return validation_error("CheckpointPercentages must be from 1 to 100 and rise");
        }
        before = percentage;
        refresh.checkpoints.push_back(percentage);
    }
    refresh.checkpoint_delay = wish.checkpoint_delay.value_or(refresh.checkpoint_delay);
    refresh.bake_seconds = wish.bake_time.value_or(0);
    if (refresh.checkpoint_delay < 0 || refresh.checkpoint_delay > pause_max_seconds ||
        refresh.bake_seconds < 0 || refresh.bake_seconds > pause_max_seconds) {
        return validation_error("CheckpointDelay and BakeTime must be from 0 to 172800 seconds");
    }
    return {};
}

Result<void> read_preferences(const api::RefreshPreferences& wish, Refresh& refresh) {
    if (wish.min_healthy_percentage) refresh.min_healthy = *wish.min_healthy_percentage;
    if (wish.max_healthy_percentage) refresh.max_healthy = *wish.max_healthy_percentage;
    if (refresh.min_healthy < 0 || refresh.min_healthy > 100 || refresh.max_healthy < 100 ||
        refresh.max_healthy > 200 || refresh.max_healthy - refresh.min_healthy > 100) {
        return validation_error("MinHealthyPercentage must be 0 to 100, MaxHealthyPercentage 100 "
                                "to 200, and their difference at most 100");
    }
    if (wish.instance_warmup) refresh.warmup = wish.instance_warmup;
    TRY(read_pauses(wish, refresh));
    if (wish.alarm_specification) {
        refresh.alarms = wish.alarm_specification->alarms;
        if (refresh.alarms.size() > alarms_max) {
            return validation_error(fmt::format("At most {} alarms may be specified.", alarms_max));
        }
    }
    refresh.skip_matching = wish.skip_matching.value_or(false);
    refresh.auto_rollback = wish.auto_rollback.value_or(false);
    refresh.when_protected = wish.scale_in_protected_instances.value_or("Wait");
    refresh.when_standby = wish.standby_instances.value_or("Wait");
    return {};
}

/// What to go back to: the group's template, or, when the group has the new one already (as
/// Terraform leaves it), what its instances run.
Result<std::optional<TemplateRef>> earlier_template(wire::Request& request, ec2::api::Api& ec2,
                                                    const Group& group, const TemplateRef& next) {
    const auto now = resolve_template(request, ec2, group.launch_template);
    if (now && !(*now == next)) return std::optional<TemplateRef>(*now);
    for (const auto& member : TRY(members_of(request, group.name))) {
        if (is_alive(member) && !(member.launch_template == next)) {
            return std::optional<TemplateRef>(member.launch_template);
        }
    }
    return std::nullopt;
}

api::RefreshPreferences preferences_of(const Refresh& refresh) {
    api::RefreshPreferences wish;
    wish.min_healthy_percentage = refresh.min_healthy;
    wish.max_healthy_percentage = refresh.max_healthy;
    wish.instance_warmup = refresh.warmup;
    wish.skip_matching = refresh.skip_matching;
    wish.auto_rollback = refresh.auto_rollback;
    wish.scale_in_protected_instances = refresh.when_protected;
    wish.standby_instances = refresh.when_standby;
    for (const auto one : refresh.checkpoints) wish.checkpoint_percentages.push_back(one);
    if (!refresh.checkpoints.empty()) wish.checkpoint_delay = refresh.checkpoint_delay;
    if (refresh.bake_seconds != 0) wish.bake_time = refresh.bake_seconds;
    if (!refresh.alarms.empty()) wish.alarm_specification.emplace().alarms = refresh.alarms;
    return wish;
}

api::InstanceRefresh describe(const Refresh& refresh) {
    api::InstanceRefresh item;
    item.instance_refresh_id = refresh.id;
    item.auto_scaling_group_name = refresh.group;
    item.status = refresh.status;
    if (!refresh.reason.empty()) item.status_reason = refresh.reason;
    item.start_time = refresh.start;
    item.end_time = refresh.end;
    item.strategy = "Rolling";
    item.preferences = preferences_of(refresh);
    if (refresh.status != "Pending") {
        item.percentage_complete = refresh.percentage;
        item.instances_to_update = refresh.to_update;
    }
    if (refresh.desired) {
        auto& spec = item.desired_configuration.emplace().launch_template.emplace();
        spec.launch_template_id = refresh.desired->id;
        spec.launch_template_name = refresh.desired->name;
        spec.version = refresh.desired->version;
    }
    if (refresh.rollback_start) {
        auto& back = item.rollback_details.emplace();
        back.rollback_reason = refresh.rollback_reason;
        back.rollback_start_time = refresh.rollback_start;
        back.percentage_complete_on_rollback = refresh.rollback_percentage;
        back.instances_to_update_on_rollback = refresh.rollback_to_update;
    }
    return item;
}

}  // namespace

Result<api::StartInstanceRefreshOutput> Service::start_instance_refresh(
    wire::Request& request, const api::StartInstanceRefreshInput& input) {
    TRY(refuse_unsupported(input));
    const Group group = TRY(need_group(request, input.auto_scaling_group_name));
    if (group.deleting) {
        return api::resource_contention("The Auto Scaling group is being deleted.");
    }
    if (TRY(active_refresh(request, group.name))) {
        return api::instance_refresh_in_progress(
            "An Instance Refresh is already in progress and blocks the execution of this Instance "
            "Refresh.");
    }
    Refresh refresh{.id = random_.uuid(), .group = group.name};
    refresh.start = refresh.progress_at = request.now;
    refresh.min_healthy = group.min_healthy.value_or(refresh.min_healthy);
    refresh.max_healthy = group.max_healthy.value_or(refresh.max_healthy);
    if (input.preferences) TRY(read_preferences(*input.preferences, refresh));
    TRY(check_alarms(request, peers_, refresh));
    if (input.desired_configuration && input.desired_configuration->launch_template) {
        refresh.desired = TRY(check_template(request, peers_.ec2,
                                             *input.desired_configuration->launch_template));
        const auto next = TRY(resolve_template(request, peers_.ec2, *refresh.desired));
        refresh.earlier = TRY(earlier_template(request, peers_.ec2, group, next));
    } else if (refresh.auto_rollback) {
        return validation_error("A desired configuration is required for an instance refresh with "
                                "auto rollback.");
    }
    save(request, refresh);
    api::StartInstanceRefreshOutput output;
    output.instance_refresh_id = refresh.id;
    return output;
}

Result<api::CancelInstanceRefreshOutput> Service::cancel_instance_refresh(
    wire::Request& request, const api::CancelInstanceRefreshInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    auto refresh = TRY(active_refresh(request, input.auto_scaling_group_name));
    if (!refresh || refresh->status == "Cancelling") {
        return api::active_instance_refresh_not_found(
            "No in progress or pending Instance Refresh found for Auto Scaling group " +
            input.auto_scaling_group_name);
    }
    refresh->status = "Cancelling";
    refresh->reason = "Cancelled due to user request.";
    if (!input.wait_for_transitioning_instances.value_or(true)) {
        refresh->status = "Cancelled";
        refresh->end = request.now;
    }
    save(request, *refresh);
    api::CancelInstanceRefreshOutput output;
    output.instance_refresh_id = refresh->id;
    return output;
}

Result<api::RollbackInstanceRefreshOutput> Service::rollback_instance_refresh(
    wire::Request& request, const api::RollbackInstanceRefreshInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    auto refresh = TRY(active_refresh(request, input.auto_scaling_group_name));
    if (!refresh || refresh->status == "Cancelling" || refresh->status == "RollbackInProgress") {
        return api::active_instance_refresh_not_found(
            "No in progress or pending Instance Refresh found for Auto Scaling group " +
            input.auto_scaling_group_name);
    }
    if (!refresh->earlier) {
        return api::irreversible_instance_refresh(
            "The instance refresh has no desired configuration, or no earlier one to go back to.");
    }
    refresh->rollback_wanted = true;
    save(request, *refresh);
    api::RollbackInstanceRefreshOutput output;
    output.instance_refresh_id = refresh->id;
    return output;
}

Result<api::DescribeInstanceRefreshesOutput> Service::describe_instance_refreshes(
    wire::Request& request, const api::DescribeInstanceRefreshesInput& input) {
    TRY(need_group(request, input.auto_scaling_group_name));
    auto all = TRY(refreshes_of(request, input.auto_scaling_group_name));
    const auto& ids = input.instance_refresh_ids;
    std::erase_if(all, [&](const Refresh& one) {
        return !ids.empty() && std::find(ids.begin(), ids.end(), one.id) == ids.end();
    });
    std::reverse(all.begin(), all.end());  // Newest first.
    const auto one = TRY(page(std::move(all), input.next_token, input.max_records));
    api::DescribeInstanceRefreshesOutput output;
    for (const auto& refresh : one.items) output.instance_refreshes.push_back(describe(refresh));
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
