// Hooks, standby, attaching and detaching, scheduled actions: by the API, then by the reconciler.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/testing.h"

namespace stormglass::autoscaling {
namespace {

class Lifecycle : public AutoscalingTest {
protected:
    /// One call, committed; the error's message, or empty.
    template <class Input, class Output>
    std::string call(Result<Output> (Service::*method)(wire::Request&, const Input&),
                     const Input& input) {
        const auto r = request();
        const auto done = (service.*method)(*r, input);
        if (!done) return done.error().message;
        return r->commit() ? "" : "not committed";
    }
    void hook(std::string name, std::string_view transition, std::string result = "ABANDON") {
        api::PutLifecycleHookInput input;
        input.auto_scaling_group_name = "web";
        input.lifecycle_hook_name = std::move(name);
        input.lifecycle_transition = std::string(transition);
        input.heartbeat_timeout = 60;
        input.default_result = std::move(result);
        ASSERT_EQ(call(&Service::put_lifecycle_hook, input), "");
    }
    std::string complete(const std::string& hook_name, const std::string& id,
                         const std::string& result) {
        api::CompleteLifecycleActionInput input;
        input.auto_scaling_group_name = "web";
        input.lifecycle_hook_name = hook_name;
        input.instance_id = id;
        input.lifecycle_action_result = result;
        return call(&Service::complete_lifecycle_action, input);
    }
    std::string state(const std::string& id) {
        for (const auto& one : all_members()) {
            if (one.id == id) return one.lifecycle;
        }
        return "none";
    }
    std::string enter_standby(const std::string& id, bool decrement) {
        api::EnterStandbyInput input;
        input.auto_scaling_group_name = "web";
        input.instance_ids.push_back(id);
        input.should_decrement_desired_capacity = decrement;
        return call(&Service::enter_standby, input);
    }
    std::string exit_standby(const std::string& id) {
        api::ExitStandbyInput input;
        input.auto_scaling_group_name = "web";
        input.instance_ids.push_back(id);
        return call(&Service::exit_standby, input);
    }
    std::int64_t desired() {
        return groups.all(request()->tx(), {"123456789012", "us-east-1"})->at(0).desired;
    }
};

TEST_F(Lifecycle, a_launch_waits_until_its_hook_is_completed) {
    create(group_of(0));
    hook("warm", launching_transition);
    hook("check", launching_transition);
    set_desired(1);
    settle();
    EXPECT_EQ(state("i-1"), "Pending:Wait");
    EXPECT_TRUE(elbv2.targets.empty()) << "no user meets it before its hooks have ended";
    EXPECT_EQ(complete("warm", "i-1", "CONTINUE"), "");
    settle();
    EXPECT_EQ(state("i-1"), "Pending:Wait");
    EXPECT_EQ(complete("check", "i-1", "CONTINUE"), "");
    settle();
    EXPECT_EQ(state("i-1"), "InService");
    EXPECT_EQ(complete("check", "i-1", "CONTINUE"),
              "No active Lifecycle Action found with instance ID i-1");
}

TEST_F(Lifecycle, an_abandoned_launch_is_terminated_and_replaced) {
    create(group_of(0));
    hook("warm", launching_transition);
    set_desired(1);
    settle();
    EXPECT_EQ(complete("warm", "i-1", "ABANDON"), "");
    settle();
    clock.advance(base::Seconds(15));
    settle();
    EXPECT_EQ(ec2.instances["i-1"].state, "terminated");
    EXPECT_EQ(state("i-2"), "Pending:Wait");
    EXPECT_EQ(history().back().status_code, "Failed");
}

TEST_F(Lifecycle, a_hook_that_times_out_has_its_default_result_and_heartbeats_put_that_off) {
    create(group_of(0));
    hook("warm", launching_transition, "CONTINUE");
    set_desired(1);
    settle();
    clock.advance(base::Seconds(50));
    api::RecordLifecycleActionHeartbeatInput beat;
    beat.auto_scaling_group_name = "web";
    beat.lifecycle_hook_name = "warm";
    beat.instance_id = "i-1";
    EXPECT_EQ(call(&Service::record_lifecycle_action_heartbeat, beat), "");
    clock.advance(base::Seconds(50));
    settle();
    EXPECT_EQ(state("i-1"), "Pending:Wait");
    clock.advance(base::Seconds(20));
    settle();
    EXPECT_EQ(state("i-1"), "InService");
}

TEST_F(Lifecycle, a_termination_waits_for_its_hook_after_the_connections_drained) {
    create(group_of(1));
    settle();
    hook("logs", terminating_transition);
    set_desired(0);
    pass(3);
    EXPECT_EQ(state("i-1"), "Terminating") << "still draining";
    elbv2.targets.clear();
    pass(2);
    EXPECT_EQ(state("i-1"), "Terminating:Wait");
    EXPECT_EQ(ec2.instances["i-1"].state, "running");
    EXPECT_EQ(complete("logs", "i-1", "ABANDON"), "");
    settle();
    EXPECT_TRUE(all_members().empty());
    EXPECT_EQ(ec2.instances["i-1"].state, "terminated");
}

TEST_F(Lifecycle, deleting_a_group_by_force_waits_for_no_hook) {
    create(group_of(1));
    settle();
    hook("logs", terminating_transition);
    api::DeleteAutoScalingGroupInput input;
    input.auto_scaling_group_name = "web";
    input.force_delete = true;
    ASSERT_EQ(call(&Service::delete_auto_scaling_group, input), "");
    settle();
    pass(2);
    EXPECT_TRUE(groups.all(request()->tx())->empty());
    EXPECT_TRUE(hooks.all(request()->tx())->empty());
}

TEST_F(Lifecycle, standby_and_back_moves_the_desired_capacity_and_the_target) {
    auto input = group_of(2);
    input.min_size = 1;
    create(input);
    settle();
    EXPECT_EQ(enter_standby("i-1", true), "");
    EXPECT_EQ(desired(), 1);
    EXPECT_EQ(history().front().description, "Moving EC2 instance to Standby: i-1");
    settle();
    EXPECT_EQ(state("i-1"), "Standby");
    EXPECT_EQ(all_members().size(), 2u);
    EXPECT_NE(enter_standby("i-2", true), "") << "the minimum is one";
    EXPECT_NE(enter_standby("i-1", false), "") << "it stands by already";
    EXPECT_EQ(exit_standby("i-1"), "");
    EXPECT_EQ(desired(), 2);
    settle();
    EXPECT_EQ(state("i-1"), "InService");
    EXPECT_EQ(elbv2.targets["i-1"], "healthy");
    EXPECT_EQ(ec2.instances.size(), 2u);
}

TEST_F(Lifecycle, standby_without_decrement_is_made_up_for) {
    create(group_of(2));
    settle();
    EXPECT_EQ(enter_standby("i-1", false), "");
    settle();
    settle();
    EXPECT_EQ(in_service(), 2);
    EXPECT_EQ(ec2.instances.size(), 3u);
    EXPECT_EQ(ec2.instances["i-1"].state, "running");
}

TEST_F(Lifecycle, a_detached_instance_lives_on_and_can_be_attached_again) {
    create(group_of(2));
    settle();
    api::DetachInstancesInput out;
    out.auto_scaling_group_name = "web";
    out.instance_ids.push_back("i-1");
    out.should_decrement_desired_capacity = true;
    EXPECT_EQ(call(&Service::detach_instances, out), "");
    settle();
    EXPECT_EQ(state("i-1"), "none");
    EXPECT_EQ(ec2.instances["i-1"].state, "running");
    EXPECT_EQ(ec2.instances["i-1"].tag, "");
    EXPECT_EQ(desired(), 1);
    api::AttachInstancesInput in;
    in.auto_scaling_group_name = "web";
    in.instance_ids.push_back("i-1");
    EXPECT_EQ(call(&Service::attach_instances, in), "");
    EXPECT_NE(call(&Service::attach_instances, in), "") << "it is in a group already";
    settle();
    EXPECT_EQ(state("i-1"), "InService");
    EXPECT_EQ(ec2.instances["i-1"].tag, "web");
    EXPECT_EQ(desired(), 2);
    EXPECT_EQ(in_service(), 2);
}

TEST_F(Lifecycle, a_scheduled_action_changes_the_group_when_its_time_has_come) {
    create(group_of(1));
    settle();
    api::PutScheduledUpdateGroupActionInput input;
    input.auto_scaling_group_name = "web";
    input.scheduled_action_name = "evening";
    input.start_time = clock.now() + base::Seconds(60);
    EXPECT_NE(call(&Service::put_scheduled_update_group_action, input), "") << "it changes nothing";
    input.desired_capacity = 3;
    EXPECT_EQ(call(&Service::put_scheduled_update_group_action, input), "");
    settle();
    EXPECT_EQ(in_service(), 1);
    clock.advance(base::Seconds(60));
    settle();
    EXPECT_EQ(in_service(), 3);
    EXPECT_TRUE(schedules.all(request()->tx())->empty()) << "it does not recur";
    EXPECT_TRUE(was_told("a scheduled action update of AutoScalingGroup constraints to min: 0, "
                         "max: 6, desired: 3 changing the desired capacity from 1 to 3."));
}

TEST_F(Lifecycle, a_recurring_action_comes_again_and_is_skipped_while_suspended) {
    create(group_of(1));
    settle();
    api::PutScheduledUpdateGroupActionInput input;
    input.auto_scaling_group_name = "web";
    input.scheduled_action_name = "hourly";
    input.recurrence = "0 * * * *";
    input.desired_capacity = 2;
    EXPECT_EQ(call(&Service::put_scheduled_update_group_action, input), "");
    api::SuspendProcessesInput stop;
    stop.auto_scaling_group_name = "web";
    stop.scaling_processes.push_back("ScheduledActions");
    EXPECT_EQ(call(&Service::suspend_processes, stop), "");
    clock.advance(std::chrono::hours(1));
    settle();
    EXPECT_EQ(desired(), 1);
    api::ResumeProcessesInput go;
    go.auto_scaling_group_name = "web";
    EXPECT_EQ(call(&Service::resume_processes, go), "");
    settle();
    EXPECT_EQ(desired(), 1);
    clock.advance(std::chrono::hours(1));
    settle();
    EXPECT_EQ(desired(), 2);
}

}  // namespace
}  // namespace stormglass::autoscaling
