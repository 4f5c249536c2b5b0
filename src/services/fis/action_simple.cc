// Instances, databases and launch capacity: actions that are one call and a look.
#include <algorithm>
#include <pugixml.hpp>

#include "base/strings.h"
#include "services/common/launch_faults.h"
#include "services/fis/actions.h"

namespace stormglass::fis {
namespace {

Form instance_ids(const Stage& stage) {
    Form form;
    for (const auto& arn : stage.targets) {
        form.emplace_back(fmt::format("InstanceId.{}", form.size() + 1), name_of_arn(arn));
    }
    return form;
}

/// The states of the action's instances; one that is forgotten counts as terminated.
Result<std::vector<std::string>> instance_states(Stage& stage) {
    Form form{{"Filter.1.Name", "instance-id"}};
    for (const auto& arn : stage.targets) {
        form.emplace_back(fmt::format("Filter.1.Value.{}", form.size()), name_of_arn(arn));
    }
    const std::string text = TRY(stage.scene.call("ec2", "DescribeInstances", form));
    pugi::xml_document document;
    document.load_buffer(text.data(), text.size());
    std::vector<std::string> states;
    for (const auto& node : document.select_nodes("//instancesSet/item/instanceState/name")) {
        states.emplace_back(node.node().text().as_string());
    }
    states.resize(stage.targets.size(), "terminated");
    return states;
}

bool all_are(const std::vector<std::string>& states, std::string_view state) {
    return std::ranges::all_of(states, [&](const auto& one) { return one == state; });
}

/// Starts again what is stopped; over when all run.
Result<Progress> start_again(Stage& stage, const std::vector<std::string>& states) {
    if (std::ranges::find(states, "terminated") != states.end()) {
        if (stage.parameter("completeIfInstancesTerminated") == "true") return Progress::over;
        return fail(Domain::aws, "InvalidInstanceState",
                    "Instances were terminated before they could be started again; "
                    "completeIfInstancesTerminated says that this is no failure.");
    }
    if (all_are(states, "running")) return Progress::over;
    if (all_are(states, "stopped"))
        TRY(stage.scene.call("ec2", "StartInstances", instance_ids(stage)));
    return Progress::running;
}

}  // namespace

Result<void> begin_instances(Stage& stage) {
    const std::string& id = stage.action.action_id;
    const char* call = id == "aws:ec2:stop-instances"     ? "StopInstances"
                       : id == "aws:ec2:reboot-instances" ? "RebootInstances"
                                                          : "TerminateInstances";
    TRY(stage.scene.call("ec2", call, instance_ids(stage)));
    return {};
}

Result<Progress> look_instances(Stage& stage) {
    const auto states = TRY(instance_states(stage));
    const std::string& id = stage.action.action_id;
    if (id == "aws:ec2:reboot-instances")
        return all_are(states, "running") ? Progress::over : Progress::running;
    if (id == "aws:ec2:terminate-instances") {
        return all_are(states, "terminated") ? Progress::over : Progress::running;
    }
    const auto wait = stage.time_parameter("startInstancesAfterDuration");
    if (wait.count() > 0) {
        if (stage.now < stage.run.started + wait) return Progress::running;
        return start_again(stage, states);
    }
    const bool stopped = std::ranges::all_of(
        states, [](const auto& one) { return one == "stopped" || one == "terminated"; });
    return stopped ? Progress::over : Progress::running;
}

Result<void> end_instances(Stage& stage) {
    if (stage.parameter("startInstancesAfterDuration").empty()) return {};
    const auto states = TRY(instance_states(stage));
    if (all_are(states, "running") || std::ranges::find(states, "terminated") != states.end())
        return {};
    TRY(stage.scene.call("ec2", "StartInstances", instance_ids(stage)));
    return {};
}

Result<void> begin_interruptions(Stage& stage) {
    for (const auto& arn : stage.targets) {
        TRY(stage.scene.caller.interrupt(stage.scene.session, stage.scene.account,
                                         stage.scene.region, name_of_arn(arn),
                                         stage.time_parameter("durationBeforeInterruption")));
    }
    return {};
}

Result<void> begin_reboot_databases(Stage& stage) {
    for (const auto& arn : stage.targets) {
        Form form{{"DBInstanceIdentifier", name_of_arn(arn)}};
        if (stage.parameter("forceFailover") == "true") form.emplace_back("ForceFailover", "true");
        auto outcome = stage.scene.call("rds", "RebootDBInstance", form);
        const bool is_underway = !outcome && stage.attempt == Attempt::again &&
                                 outcome.error().code == "InvalidDBInstanceState";
        if (!outcome && !is_underway) return std::unexpected(outcome.error());
    }
    return {};
}

Result<Progress> look_databases(Stage& stage) {
    for (const auto& arn : stage.targets) {
        const std::string text = TRY(stage.scene.call(
            "rds", "DescribeDBInstances", {{"DBInstanceIdentifier", name_of_arn(arn)}}));
        pugi::xml_document document;
        document.load_buffer(text.data(), text.size());
        const std::string_view status =
            document.select_node("//DBInstanceStatus").node().text().as_string();
        if (status != "available") return Progress::running;
    }
    return Progress::over;
}

namespace {

/// Carries `act` out, in one transaction, for each group and zone of the action.
template <class Act>
Result<void> for_each_place(Stage& stage, Act act) {
    auto tx = TRY(stage.store.write());
    for (const auto& arn : stage.targets) {
        // arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:UUID:autoScalingGroupName/NAME
        for (const auto& zone : base::split(stage.parameter("availabilityZoneIdentifiers"), ',')) {
            act(*tx, store::Parts{stage.scene.account, stage.scene.region, name_of_arn(arn), zone});
        }
    }
    return stage.store.commit_durable(std::move(tx));
}

}  // namespace

Result<void> begin_capacity(Stage& stage) {
    for (const auto& arn : stage.targets) {
        TRY(stage.scene.caller.ask(stage.scene.session, stage.scene.region, "ec2:InjectApiError",
                                   arn));
    }
    const services::LaunchFault fault{.experiment = stage.experiment.id,
                                      .until = stage.now + stage.time_parameter("duration")};
    return for_each_place(stage, [&](store::Tx& tx, const store::Parts& key) {
        services::launch_faults.put(tx, key, fault);
    });
}

Result<void> end_capacity(Stage& stage) {
    return for_each_place(stage, [&](store::Tx& tx, const store::Parts& key) {
        services::launch_faults.erase(tx, key);
    });
}

}  // namespace stormglass::fis
