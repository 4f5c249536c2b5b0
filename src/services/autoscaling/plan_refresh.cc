// The course of an instance refresh: old instances leave a few at a time, and the next leave when
// enough new ones have been healthy for the length of the warm-up.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/plan.h"

namespace stormglass::autoscaling {
namespace {

base::Seconds warmup_of(const View& view) {
    if (view.refresh->warmup) return base::Seconds(*view.refresh->warmup);
    return base::Seconds(view.group.warmup_seconds.value_or(view.group.grace_seconds));
}

bool is_serving(const Member& one) {
    return one.lifecycle == "InService" && one.health == "Healthy";
}

/// A new instance counts once it is warm and, with ELB checks, its targets are healthy.
bool is_settled(const View& view, const Member& one, base::Time now) {
    if (!is_serving(one)) return false;
    if (one.refresh_id == view.refresh->id && one.in_service + warmup_of(view) > now) return false;
    if (view.group.health_check_type != "ELB") return true;
    return std::all_of(one.registered.begin(), one.registered.end(), [&](const auto& arn) {
        const auto state = view.target_state(arn, one.id);
        return state == "healthy" || state == "unused";
    });
}

struct Tally {
    std::int64_t healthy = 0;    // Old ones in service and new ones settled.
    std::int64_t unsettled = 0;  // New ones on their way.
    std::int64_t moving = 0;     // Terminating.
    std::int64_t alive = 0;
};

Tally tally(const View& view, const Refresh& refresh, base::Time now) {
    Tally sum;
    for (const auto& one : view.members) {
        if (!is_alive(one)) {
            ++sum.moving;
            continue;
        }
        ++sum.alive;
        const bool old = contains(refresh.outstanding, one.id);
        const bool good = old ? is_serving(one) : is_settled(view, one, now);
        if (good) ++sum.healthy;
        if (!good && !old) ++sum.unsettled;
    }
    return sum;
}

void begin(const View& view, RefreshStep& step, base::Time now) {
    Refresh& refresh = step.refresh;
    refresh.status = "InProgress";
    refresh.progress_at = now;
    for (const auto& one : view.members) {
        const bool aside = one.lifecycle == "Standby" && refresh.when_standby != "Ignore";
        if (!is_alive(one) && !aside) continue;
        if (refresh.skip_matching && one.launch_template == view.current) continue;
        refresh.outstanding.push_back(one.id);
    }
    refresh.total = refresh.to_update = static_cast<std::int64_t>(refresh.outstanding.size());
}

void roll_back(const View& view, RefreshStep& step, std::string why, base::Time now) {
    Refresh& refresh = step.refresh;
    refresh.status = "RollbackInProgress";
    refresh.reason = refresh.rollback_reason = std::move(why);
    refresh.rollback_start = refresh.progress_at = now;
    refresh.rollback_percentage = refresh.percentage;
    refresh.rollback_to_update = refresh.to_update;
    refresh.failed_instances = 0;
    refresh.rollback_wanted = false;
    refresh.pause_until.reset();
    refresh.outstanding.clear();
    for (const auto& one : view.members) {
        if (is_alive(one) && !(one.launch_template == *refresh.earlier)) {
            refresh.outstanding.push_back(one.id);
        }
    }
    refresh.total = refresh.to_update = static_cast<std::int64_t>(refresh.outstanding.size());
    refresh.percentage = 0;
}

void end(RefreshStep& step, std::string status, std::string reason, base::Time now) {
    step.refresh.status = std::move(status);
    step.refresh.reason = std::move(reason);
    step.refresh.end = now;
    step.refresh.outstanding.clear();
}

/// Empty: it goes well.
std::string failure(const View& view, const Refresh& refresh, base::Time now) {
    if (!view.raised.empty() && refresh.status != "RollbackInProgress") {
        return fmt::format("The alarm {} is in state ALARM.", view.raised.front());
    }
    if (refresh.failed_instances >= refresh_failures_max) {
        return fmt::format("{} new instances failed their health checks.",
                           refresh.failed_instances);
    }
    if (view.group.failures >= refresh_failures_max) {
        return "Launching new instances failed repeatedly.";
    }
    if (refresh.progress_at + refresh_stall_max < now) {
        return "The refresh made no progress for an hour.";
    }
    return "";
}

void fail(const View& view, RefreshStep& step, std::string why, base::Time now) {
    if (step.refresh.status == "RollbackInProgress") {
        end(step, "RollbackFailed", std::move(why), now);
    } else if (step.refresh.auto_rollback && step.refresh.earlier) {
        roll_back(view, step, std::move(why), now);
    } else {
        end(step, "Failed", std::move(why), now);
    }
}

void drop_replaced(const View& view, Refresh& refresh) {
    std::erase_if(refresh.outstanding, [&](const std::string& id) {
        for (const auto& one : view.members) {
            const bool aside = one.lifecycle == "Standby" && refresh.when_standby != "Ignore";
            if (one.id != id || (!is_alive(one) && !aside)) continue;
            return one.is_protected && refresh.when_protected == "Ignore";
        }
        return true;
    });
}

void measure(const View& view, Refresh& refresh, const Tally& sum, base::Time now) {
    const auto left = static_cast<std::int64_t>(refresh.outstanding.size());
    const auto missing = std::max<std::int64_t>(0, view.group.desired - sum.alive);
    refresh.to_update = std::min(refresh.total, left + sum.unsettled + missing);
    const auto done = refresh.total - refresh.to_update;
    const auto percentage = refresh.total == 0 ? 100 : done * 100 / refresh.total;
    if (percentage > refresh.percentage) refresh.progress_at = now;
    refresh.percentage = std::max(refresh.percentage, percentage);
}

/// How many instances the next checkpoint lets be replaced; all, without one or on the way back.
std::int64_t checkpoint_target(const Refresh& refresh) {
    const auto passed = static_cast<std::size_t>(refresh.checkpoints_passed);
    if (refresh.status != "InProgress" || passed >= refresh.checkpoints.size()) {
        return refresh.total;
    }
    return (refresh.total * refresh.checkpoints[passed] + 99) / 100;
}

/// Old instances that are replaced, or on their way out.
std::int64_t begun(const Refresh& refresh) {
    return refresh.total - static_cast<std::int64_t>(refresh.outstanding.size());
}

/// Who stands aside and is to go counts for nobody's capacity.
void choose_standby(const View& view, RefreshStep& step) {
    if (step.refresh.when_standby != "Terminate") return;
    for (const auto& one : view.members) {
        if (one.lifecycle == "Standby" && contains(step.refresh.outstanding, one.id)) {
            step.victims.push_back(one.id);
        }
    }
}

void choose(const View& view, RefreshStep& step, const Tally& sum) {
    const Refresh& refresh = step.refresh;
    const auto desired = view.group.desired;
    choose_standby(view, step);
    const auto room = checkpoint_target(refresh) - begun(refresh) -
                      static_cast<std::int64_t>(step.victims.size());
    auto may = sum.healthy - (desired * refresh.min_healthy + 99) / 100;
    const bool quiet = sum.unsettled == 0 && sum.moving == 0 && sum.alive >= desired;
    if (may <= 0 && quiet && refresh_surge(view.group, refresh) == 0) may = 1;
    may = std::min(may, room);
    for (const auto& one : view.members) {
        if (may <= 0) break;
        if (!is_alive(one) || !contains(refresh.outstanding, one.id)) continue;
        if (one.is_protected && refresh.when_protected == "Wait") continue;
        step.victims.push_back(one.id);
        --may;
    }
}

void succeed(RefreshStep& step, base::Time now) {
    const bool back = step.refresh.status == "RollbackInProgress";
    step.adopt = back ? step.refresh.earlier : step.refresh.desired;
    end(step, back ? "RollbackSuccessful" : "Successful", step.refresh.reason, now);
}

/// True while it stands still at a checkpoint, or has just ended at the last one.
bool at_checkpoint(RefreshStep& step, const Tally& sum, base::Time now) {
    Refresh& refresh = step.refresh;
    const auto passed = static_cast<std::size_t>(refresh.checkpoints_passed);
    if (refresh.status != "InProgress" || passed >= refresh.checkpoints.size()) return false;
    if (refresh.pause_until) {
        refresh.progress_at = now;
        if (*refresh.pause_until > now) return true;
        refresh.pause_until.reset();
        ++refresh.checkpoints_passed;
        return false;
    }
    if (sum.unsettled > 0 || begun(refresh) < checkpoint_target(refresh)) return false;
    if (refresh.outstanding.empty()) return false;  // Nothing is left to wait for.
    if (passed + 1 == refresh.checkpoints.size()) {
        succeed(step, now);  // The last one below 100 % is the end.
        return true;
    }
    refresh.pause_until = now + base::Seconds(refresh.checkpoint_delay);
    return true;
}

void advance(const View& view, RefreshStep& step, base::Time now) {
    Refresh& refresh = step.refresh;
    drop_replaced(view, refresh);
    const Tally sum = tally(view, refresh, now);
    measure(view, refresh, sum, now);
    auto why = failure(view, refresh, now);
    if (!why.empty()) return fail(view, step, std::move(why), now);
    const bool whole = sum.unsettled == 0 && sum.alive >= view.group.desired;
    if (whole && at_checkpoint(step, sum, now)) return;
    if (!refresh.outstanding.empty() || !whole) return choose(view, step, sum);
    refresh.percentage = 100;
    refresh.to_update = 0;
    if (refresh.status != "InProgress" || refresh.bake_seconds == 0) return succeed(step, now);
    refresh.status = "Baking";
    refresh.pause_until = now + base::Seconds(refresh.bake_seconds);
}

/// All is replaced; what fails now still takes it back.
void bake(const View& view, RefreshStep& step, base::Time now) {
    step.refresh.progress_at = now;
    auto why = failure(view, step.refresh, now);
    if (!why.empty()) return fail(view, step, std::move(why), now);
    if (step.refresh.pause_until.value_or(now) <= now) succeed(step, now);
}

}  // namespace

std::int64_t refresh_surge(const Group& group, const std::optional<Refresh>& refresh) {
    if (!refresh || refresh->max_healthy <= 100 || refresh->outstanding.empty()) return 0;
    if (refresh->status != "InProgress" && refresh->status != "RollbackInProgress") return 0;
    const auto extra =
        std::max<std::int64_t>(1, group.desired * (refresh->max_healthy - 100) / 100);
    const auto left = static_cast<std::int64_t>(refresh->outstanding.size());
    return std::max<std::int64_t>(0, std::min({extra, left, group.max_size - group.desired}));
}

RefreshStep step_refresh(const View& view, base::Time now) {
    RefreshStep step{.refresh = *view.refresh};
    const base::Json before = *view.refresh;
    const std::string& status = view.refresh->status;
    const bool moving = std::any_of(view.members.begin(), view.members.end(), [](const auto& one) {
        return one.lifecycle != "InService";
    });
    if (status == "Cancelling") {
        if (!moving) end(step, "Cancelled", "Cancelled due to user request.", now);
    } else if (is_suspended(view.group, "InstanceRefresh")) {
        step.refresh.progress_at = now;  // Stands still, and does not fail for it.
    } else if (view.group.deleting) {
        end(step, "Cancelled", "The Auto Scaling group is being deleted.", now);
    } else if (step.refresh.rollback_wanted && step.refresh.earlier) {
        roll_back(view, step, "Rolled back due to user request.", now);
    } else if (status == "Pending") {
        begin(view, step, now);
    } else if (status == "Baking") {
        bake(view, step, now);
    } else {
        advance(view, step, now);
    }
    Refresh same = step.refresh;
    if (same.progress_at - view.refresh->progress_at < base::Seconds(60)) {
        same.progress_at = view.refresh->progress_at;  // Not worth a commit by itself.
    }
    step.changed = base::Json(same) != before || !step.victims.empty();
    return step;
}

}  // namespace stormglass::autoscaling
