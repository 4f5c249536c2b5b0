#include "services/fis/runner.h"

#include <algorithm>

namespace stormglass::fis {
namespace {

constexpr base::Seconds session_margin{300};

bool is_alarm(const StopCondition& condition) { return condition.source == "aws:cloudwatch:alarm"; }

/// Of those the action waits for: has one not ended yet?
bool must_wait(const Experiment& one, const Action& action) {
    return std::ranges::any_of(action.start_after, [&](const std::string& before) {
        const auto at = one.runs.find(before);
        return at != one.runs.end() && !is_over(at->second);
    });
}

const std::vector<std::string>& targets_of(const Experiment& one, const Action& action) {
    static const std::vector<std::string> none;
    if (action.targets.empty()) return none;
    const auto at = one.resolved.find(action.targets.begin()->second);
    return at == one.resolved.end() ? none : at->second;
}

bool is_denied(const Error& error) {
    return error.code.starts_with("AccessDenied") || error.code == "UnauthorizedOperation";
}

bool is_at_work(const Run& run) { return run.status == "initiating" || run.status == "running"; }

}  // namespace

Result<base::Millis> Runner::reconcile() {
    std::vector<Experiment> active;
    {
        const auto tx = store_.read();
        TRY(experiments.scan(*tx, {}, [&](Experiment& one) {
            if (!is_over(one)) active.push_back(std::move(one));
        }));
    }
    for (auto& one : active) {
        auto outcome = step(one);
        if (!outcome && outcome.error().domain != Domain::aws)
            return std::unexpected(outcome.error());
        if (!outcome) {
            fail_with(one, outcome.error(), "");
            TRY(save(one));
        }
    }
    return active.empty() ? rest : rest_active;
}

Result<void> Runner::step(Experiment& one) {
    auto scene = scene_of(one);
    if (!scene) return std::unexpected(scene.error());
    const std::string why = TRY(stop_reason(one));
    if (!why.empty() && one.status != "stopping") {
        one.status = "stopping";
        one.reason = why;
        tell(one, "stopping: " + why);
        TRY(save(one));
    }
    if (one.status == "stopping") return stop(one, *scene);
    if (one.status == "pending" || one.status == "initiating") return initiate(one, *scene);
    return run(one, *scene);
}

Result<Scene> Runner::scene_of(const Experiment& one) {
    auto& session = sessions_[one.id];
    if (session.expiration < clock_.now() + session_margin) {
        session = TRY(caller_.assume(one.account, one.region, one.plan.role_arn, one.id));
    }
    return Scene{caller_, session, one.account, one.region};
}

Result<std::string> Runner::stop_reason(const Experiment& one) {
    const auto tx = store_.read();
    const auto now = TRY(experiments.get(*tx, {one.account, one.region, one.id}));
    if (now && now->stop_wanted) return now->stop_reason;
    const auto lever = TRY(safety_levers.get(*tx, {one.account, one.region}));
    if (lever && lever->status == "engaged") return std::string("The safety lever is engaged.");
    for (const auto& condition : one.plan.stop_conditions) {
        if (is_alarm(condition) && TRY(caller_.alarm_state(condition.value)) == "ALARM") {
            return "Experiment halted by stop condition " + condition.value + ".";
        }
    }
    return std::string();
}

Result<void> Runner::initiate(Experiment& one, Scene& scene) {
    one.status = "initiating";
    one.started = clock_.now();
    for (const auto& [name, target] : one.plan.targets) {
        auto arns = resolve(scene, target, random_);
        if (!arns) {
            if (arns.error().domain != Domain::aws) return std::unexpected(arns.error());
            fail_with(one, arns.error(), "targets." + name);
            return save(one);
        }
        if (arns->empty() && one.plan.empty_targets == "fail") {
            finish(one, "failed", "Target resolution returned empty set for target " + name + ".");
            return save(one);
        }
        one.resolved[name] = std::move(*arns);
    }
    one.status = "running";
    one.reason = "Experiment is running.";
    tell(one, "running");
    return save(one);
}

Result<void> Runner::run(Experiment& one, Scene& scene) {
    for (const auto& [name, action] : one.plan.actions) {
        TRY(run_action(one, scene, name));
        if (is_over(one) || one.status == "stopping") return {};
    }
    const bool over =
        std::ranges::all_of(one.runs, [](const auto& run) { return is_over(run.second); });
    if (!over) return {};
    finish(one, "completed", "Experiment completed.");
    return save(one);
}

template <class Act>
auto Runner::with_stage(Experiment& one, Scene& scene, const std::string& name, Attempt attempt,
                        Act act) {
    const Action& action = one.plan.actions.at(name);
    Stage stage{scene,        store_, one, name, action, targets_of(one, action), one.runs.at(name),
                clock_.now(), attempt};
    return act(stage);
}

Result<void> Runner::run_action(Experiment& one, Scene& scene, const std::string& name) {
    Run& run = one.runs.at(name);
    const Action& action = one.plan.actions.at(name);
    if (is_over(run) || (run.status == "pending" && must_wait(one, action))) return {};
    if (run.status == "pending") {
        if (one.actions_mode == "skip-all" ||
            (!action.targets.empty() && targets_of(one, action).empty())) {
            end_action(one, name, "skipped",
                       "Action was skipped: it has no targets, or actions are skipped.");
            return save(one);
        }
        return start_action(one, scene, name, Attempt::first);
    }
    if (run.status == "initiating") return start_action(one, scene, name, Attempt::again);
    return watch_action(one, scene, name);
}

Result<void> Runner::watch_action(Experiment& one, Scene& scene, const std::string& name) {
    const auto progress =
        with_stage(one, scene, name, Attempt::first, [](Stage& stage) { return look(stage); });
    if (progress && *progress == Progress::running) return {};
    if (!progress) {
        if (progress.error().domain != Domain::aws) return std::unexpected(progress.error());
        fail_with(one, progress.error(), "actions." + name);
        return save(one);
    }
    TRY(with_stage(one, scene, name, Attempt::first, [](Stage& stage) { return end(stage); }));
    end_action(one, name, "completed", "Action was completed.");
    return save(one);
}

Result<void> Runner::start_action(Experiment& one, Scene& scene, const std::string& name,
                                  Attempt attempt) {
    Run& run = one.runs.at(name);
    const auto outcome = with_stage(one, scene, name, attempt, [&](Stage& stage) -> Result<void> {
        if (attempt == Attempt::first) {
            TRY(remember(stage));
            run.status = "initiating";
            run.started = clock_.now();
            TRY(save(one));
        }
        return begin(stage);
    });
    if (!outcome) {
        if (outcome.error().domain != Domain::aws) return outcome;
        fail_with(one, outcome.error(), "actions." + name);
        return save(one);
    }
    run.status = "running";
    run.reason = "Action is running.";
    tell(one, one.plan.actions.at(name).action_id + " began");
    return save(one);
}

Result<void> Runner::stop(Experiment& one, Scene& scene) {
    for (auto& [name, run] : one.runs) {
        if (is_at_work(run)) {
            TRY(with_stage(one, scene, name, Attempt::again,
                           [&](Stage& stage) { return end(stage); }));
            const bool failed = one.error_location == "actions." + name;
            end_action(one, name, failed ? "failed" : "stopped",
                       failed ? one.reason : "Action was stopped.");
        } else if (run.status == "pending") {
            end_action(one, name, "cancelled", "Action was cancelled.");
        }
        TRY(save(one));
    }
    finish(one, one.error_code.empty() ? "stopped" : "failed", one.reason);
    return save(one);
}

void Runner::end_action(Experiment& one, const std::string& name, const char* status,
                        const std::string& reason) {
    Run& run = one.runs.at(name);
    run.status = status;
    run.reason = reason;
    run.ended = clock_.now();
    run.undo.clear();
    tell(one, one.plan.actions.at(name).action_id + " " + status);
}

void Runner::finish(Experiment& one, const char* status, const std::string& reason) {
    one.status = status;
    one.reason = reason;
    one.ended = clock_.now();
    for (auto& [name, run] : one.runs) {
        if (!is_over(run)) end_action(one, name, "cancelled", "Action was cancelled.");
    }
    sessions_.erase(one.id);
    tell(one, std::string(status) + ": " + reason);
}

/// Ends the experiment: actions at work are stopped first, by the passes that follow.
void Runner::fail_with(Experiment& one, const Error& error, const std::string& location) {
    one.error_code = error.code;
    one.error_location = location;
    const std::string at = location.starts_with("actions.") ? location.substr(8) : std::string();
    if (!at.empty() && one.runs.at(at).undo.empty()) end_action(one, at, "failed", error.message);
    const bool at_work =
        std::ranges::any_of(one.runs, [](const auto& run) { return is_at_work(run.second); });
    // Without the role or its rights nothing can be put back: then this is the end, and says why.
    if (at_work && !(location.empty() && is_denied(error))) {
        one.status = "stopping";
        one.reason = error.message;
        return;
    }
    finish(one, "failed", error.message);
}

Result<void> Runner::save(const Experiment& one) {
    auto tx = TRY(store_.write());
    Experiment next = one;
    if (const auto now = TRY(experiments.get(*tx, {one.account, one.region, one.id}))) {
        next.stop_wanted = now->stop_wanted;  // The API's part of it.
        next.stop_reason = now->stop_reason;
        next.tags = now->tags;
    }
    put(*tx, next);
    return store_.commit_durable(std::move(tx));
}

void Runner::tell(const Experiment& one, const std::string& text) {
    timeline_.add({.time = clock_.now(),
                   .kind = "fault",
                   .subject = one.id,
                   .text = "experiment: " + text,
                   .region = one.region});
}

}  // namespace stormglass::fis
