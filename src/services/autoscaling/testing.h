// EC2 and load balancing as this folder's tests need them: in memory, with states set by hand.
#pragma once

#include <map>
#include <set>

#include "services/autoscaling/reconciler.h"
#include "services/autoscaling/scale.h"
#include "services/common/testing.h"
#include "services/common/zone_health.h"

namespace stormglass::ec2 {

/// Every call answers an error.
class AbsentEc2 : public api::Api {
public:
    static Unexpected absent() { return fail(Domain::system, "Fake", "not in this test"); }
#include "fakes/ec2_absent.inc"
};

}  // namespace stormglass::ec2

namespace stormglass::elbv2 {

class AbsentElbv2 : public api::Api {
public:
    static Unexpected absent() { return fail(Domain::system, "Fake", "not in this test"); }
#include "fakes/elbv2_absent.inc"
};

}  // namespace stormglass::elbv2

namespace stormglass::cloudwatch {

class AbsentCloudwatch : public api::Api {
public:
    static Unexpected absent() { return fail(Domain::system, "Fake", "not in this test"); }
#include "fakes/cloudwatch_absent.inc"
};

}  // namespace stormglass::cloudwatch

namespace stormglass::autoscaling {

/// Alarms by name; a test sets their states.
class FakeCloudwatch final : public cloudwatch::AbsentCloudwatch {
public:
    std::map<std::string, cloudwatch::api::PutMetricAlarmInput> alarms;
    std::map<std::string, std::string> states;

    /// The only alarm whose name contains this.
    const cloudwatch::api::PutMetricAlarmInput& alarm(const std::string& part) const {
        static const cloudwatch::api::PutMetricAlarmInput none;
        for (const auto& [name, one] : alarms) {
            if (name.find(part) != std::string::npos) return one;
        }
        return none;
    }

    Result<cloudwatch::api::PutMetricAlarmOutput> put_metric_alarm(
        wire::Request&, const cloudwatch::api::PutMetricAlarmInput& input) override {
        alarms[input.alarm_name] = input;
        states[input.alarm_name] = "INSUFFICIENT_DATA";
        return cloudwatch::api::PutMetricAlarmOutput{};
    }
    Result<cloudwatch::api::DeleteAlarmsOutput> delete_alarms(
        wire::Request&, const cloudwatch::api::DeleteAlarmsInput& input) override {
        for (const auto& name : input.alarm_names) alarms.erase(name);
        return cloudwatch::api::DeleteAlarmsOutput{};
    }
    Result<cloudwatch::api::DescribeAlarmsOutput> describe_alarms(
        wire::Request&, const cloudwatch::api::DescribeAlarmsInput& input) override {
        cloudwatch::api::DescribeAlarmsOutput output;
        for (const auto& [name, alarm] : alarms) {
            const std::string& action = alarm.alarm_actions.at(0);
            const bool named = input.alarm_names.empty() || input.alarm_names.at(0) == name;
            if (!named || !action.starts_with(input.action_prefix.value_or(""))) continue;
            auto& one = output.metric_alarms.emplace_back();
            one.alarm_name = name;
            one.state_value = states[name];
            one.metric_name = alarm.metric_name;
        }
        return output;
    }
};

/// Subnets "subnet-a" and "subnet-b" in zones a and b; template "lt-1" with versions 1 and 2.
class FakeEc2 final : public ec2::AbsentEc2 {
public:
    struct Made {
        std::string state = "pending", subnet, token, version;
        std::string tag;
    };
    std::map<std::string, Made> instances;
    std::set<std::string> full;  // Subnets that take no more.
    std::string refusal;         // All launches fail so.
    std::set<std::string> impaired;  // Instances whose status checks fail.

    void set_all(const std::string& from, const std::string& to) {
        for (auto& [id, one] : instances) {
            if (one.state == from) one.state = to;
        }
    }

    Result<ec2::api::DescribeSubnetsOutput> describe_subnets(
        wire::Request&, const ec2::api::DescribeSubnetsInput& input) override {
        ec2::api::DescribeSubnetsOutput output;
        const auto& id = input.subnet_ids.at(0);
        if (id != "subnet-a" && id != "subnet-b") {
            return aws_error("InvalidSubnetID.NotFound", "The subnet ID does not exist");
        }
        auto& one = output.subnets.emplace_back();
        one.subnet_id = id;
        one.availability_zone = "us-east-1" + id.substr(7);
        return output;
    }

    Result<ec2::api::DescribeLaunchTemplateVersionsOutput> describe_launch_template_versions(
        wire::Request&, const ec2::api::DescribeLaunchTemplateVersionsInput& input) override {
        const auto& version = input.versions.at(0);
        if (input.launch_template_id != "lt-1" || version == "9") {
            return aws_error("InvalidLaunchTemplateId.NotFound", "no such template");
        }
        ec2::api::DescribeLaunchTemplateVersionsOutput output;
        auto& one = output.launch_template_versions.emplace_back();
        one.launch_template_id = "lt-1";
        one.launch_template_name = "web";
        one.version_number = version == "2" || version == "$Latest" ? 2 : 1;
        return output;
    }

    Result<ec2::api::RunInstancesOutput> run_instances(
        wire::Request&, const ec2::api::RunInstancesInput& input) override {
        if (!refusal.empty()) return aws_error("Refused", refusal);
        if (full.contains(*input.subnet_id)) {
            return aws_error("InsufficientInstanceCapacity", "no room");
        }
        const std::string id = fmt::format("i-{}", instances.size() + 1);
        instances[id] = {.subnet = *input.subnet_id, .token = *input.client_token,
                         .version = *input.launch_template->version,
                         .tag = *input.tag_specifications.at(0).tags.back().value};
        ec2::api::RunInstancesOutput output;
        auto& one = output.instances.emplace_back();
        one.instance_id = id;
        one.instance_type = "t3.micro";
        return output;
    }

    Result<ec2::api::DescribeInstancesOutput> describe_instances(
        wire::Request&, const ec2::api::DescribeInstancesInput& input) override {
        ec2::api::DescribeInstancesOutput output;
        auto& reservation = output.reservations.emplace_back();
        for (const auto& [id, made] : instances) {
            const bool wanted = input.instance_ids.empty() ? !made.tag.empty()
                                                           : input.instance_ids.at(0) == id;
            if (!wanted) continue;
            auto& one = reservation.instances.emplace_back();
            one.instance_id = id;
            one.state.emplace().name = made.state;
            one.subnet_id = made.subnet;
            one.placement.emplace().availability_zone = "us-east-1" + made.subnet.substr(7);
        }
        return output;
    }

    Result<ec2::api::CreateTagsOutput> create_tags(
        wire::Request&, const ec2::api::CreateTagsInput& input) override {
        instances[input.resources.at(0)].tag = input.tags.at(0).value.value_or("");
        return ec2::api::CreateTagsOutput{};
    }
    Result<ec2::api::DeleteTagsOutput> delete_tags(
        wire::Request&, const ec2::api::DeleteTagsInput& input) override {
        instances[input.resources.at(0)].tag.clear();
        return ec2::api::DeleteTagsOutput{};
    }

    Result<ec2::api::DescribeInstanceStatusOutput> describe_instance_status(
        wire::Request&, const ec2::api::DescribeInstanceStatusInput&) override {
        ec2::api::DescribeInstanceStatusOutput output;
        for (const auto& [id, made] : instances) {
            if (made.state != "running") continue;
            auto& one = output.instance_statuses.emplace_back();
            one.instance_id = id;
            one.system_status.emplace().status = impaired.contains(id) ? "impaired" : "ok";
        }
        return output;
    }

    Result<ec2::api::TerminateInstancesOutput> terminate_instances(
        wire::Request&, const ec2::api::TerminateInstancesInput& input) override {
        instances[input.instance_ids.at(0)].state = "shutting-down";
        return ec2::api::TerminateInstancesOutput{};
    }
};

/// One target group, "tg"; a new target is healthy at once, a leaving one drains until set_all().
class FakeElbv2 final : public elbv2::AbsentElbv2 {
public:
    std::map<std::string, std::string> targets;  // State by instance.

    Result<elbv2::api::DescribeTargetGroupsOutput> describe_target_groups(
        wire::Request&, const elbv2::api::DescribeTargetGroupsInput& input) override {
        if (input.target_group_arns.at(0) != "tg") {
            return aws_error("TargetGroupNotFound", "One or more target groups not found");
        }
        elbv2::api::DescribeTargetGroupsOutput output;
        output.target_groups.emplace_back().target_type = "instance";
        return output;
    }
    Result<elbv2::api::RegisterTargetsOutput> register_targets(
        wire::Request&, const elbv2::api::RegisterTargetsInput& input) override {
        targets[*input.targets.at(0).id] = "healthy";
        return elbv2::api::RegisterTargetsOutput{};
    }
    Result<elbv2::api::DeregisterTargetsOutput> deregister_targets(
        wire::Request&, const elbv2::api::DeregisterTargetsInput& input) override {
        targets[*input.targets.at(0).id] = "draining";
        return elbv2::api::DeregisterTargetsOutput{};
    }
    Result<elbv2::api::DescribeTargetHealthOutput> describe_target_health(
        wire::Request&, const elbv2::api::DescribeTargetHealthInput&) override {
        elbv2::api::DescribeTargetHealthOutput output;
        for (const auto& [id, state] : targets) {
            auto& one = output.target_health_descriptions.emplace_back();
            one.target.emplace().id = id;
            one.target_health.emplace().state = state;
        }
        return output;
    }
    Result<elbv2::api::DescribeTargetGroupAttributesOutput> describe_target_group_attributes(
        wire::Request&, const elbv2::api::DescribeTargetGroupAttributesInput&) override {
        return elbv2::api::DescribeTargetGroupAttributesOutput{};
    }
};

class AutoscalingTest : public services::ServiceTest {
protected:
    FakeEc2 ec2;
    FakeElbv2 elbv2;
    FakeCloudwatch cloudwatch;
    Peers peers{.ec2 = ec2, .elbv2 = &elbv2, .cloudwatch = &cloudwatch};
    Service service{random, peers};
    Scaling scaling{timeline, peers};
    Reconciler reconciler{store, clock, random, timeline, peers};

    static api::CreateAutoScalingGroupInput group_of(std::int64_t size) {
        api::CreateAutoScalingGroupInput input;
        input.auto_scaling_group_name = "web";
        input.launch_template.emplace().launch_template_id = "lt-1";
        input.launch_template->version = "1";
        input.min_size = 0;
        input.max_size = 6;
        input.desired_capacity = size;
        input.vpc_zone_identifier = "subnet-a,subnet-b";
        input.target_group_arns.push_back("tg");
        input.health_check_type = "ELB";
        return input;
    }
    void create(const api::CreateAutoScalingGroupInput& input) {
        const auto r = request();
        const auto done = service.create_auto_scaling_group(*r, input);
        ASSERT_TRUE(done.has_value()) << done.error().message;
        ASSERT_TRUE(r->commit().has_value());
    }
    void pass(int times = 1) {
        for (int i = 0; i < times; ++i) {
            const auto done = reconciler.reconcile();
            ASSERT_TRUE(done.has_value()) << done.error().message;
            clock.advance(base::Seconds(1));
        }
    }
    /// Until what was launched serves, and what was taken out is gone.
    void settle() {
        for (int i = 0; i < 5; ++i) {
            pass();
            ec2.set_all("pending", "running");
            ec2.set_all("shutting-down", "terminated");
            std::erase_if(elbv2.targets, [](const auto& one) { return one.second == "draining"; });
        }
    }
    /// As `stormglass az fail` and `restore` leave it, and as EC2 then answers.
    void lose_zone_b() {
        const auto r = request();
        services::zone_faults.put(r->tx(), {"us-east-1", "us-east-1b"},
                                  {.zone = "us-east-1b", .mode = "power"});
        ASSERT_TRUE(r->commit().has_value());
        ec2.full = {"subnet-b"};
        for (const auto& [id, made] : ec2.instances) {
            if (made.subnet == "subnet-b") ec2.impaired.insert(id);
        }
    }
    void restore_zone_b() {
        const auto r = request();
        services::zone_faults.erase(r->tx(), {"us-east-1", "us-east-1b"});
        ASSERT_TRUE(r->commit().has_value());
        ec2.full.clear();
        ec2.impaired.clear();
    }
    std::int64_t in_service_in(const std::string& zone) {
        const auto all = members_of_web();
        return std::count_if(all.begin(), all.end(), [&](const Member& m) {
            return m.lifecycle == "InService" && m.zone == zone;
        });
    }
    bool was_told(const std::string& text) {
        const auto all = history();
        return std::any_of(all.begin(), all.end(), [&](const auto& one) {
            return (one.cause.value_or("") + one.description.value_or("") +
                    one.status_message.value_or(""))
                       .find(text) != std::string::npos;
        });
    }
    void set_desired(std::int64_t size) {
        const auto r = request();
        api::SetDesiredCapacityInput input;
        input.auto_scaling_group_name = "web";
        input.desired_capacity = size;
        ASSERT_TRUE(service.set_desired_capacity(*r, input).has_value());
        ASSERT_TRUE(r->commit().has_value());
    }
    std::vector<Member> all_members() { return members_of_web(); }
    std::int64_t in_service() {
        const auto all = members_of_web();
        return std::count_if(all.begin(), all.end(),
                             [](const Member& m) { return m.lifecycle == "InService"; });
    }
    std::vector<api::Activity> history() {
        api::DescribeScalingActivitiesInput input;
        input.auto_scaling_group_name = "web";
        const auto output = service.describe_scaling_activities(*request(), input);
        return output ? std::vector<api::Activity>(output->activities)
                      : std::vector<api::Activity>{};
    }
    void start_refresh(const api::StartInstanceRefreshInput& input) {
        const auto r = request();
        const auto done = service.start_instance_refresh(*r, input);
        ASSERT_TRUE(done.has_value()) << done.error().message;
        ASSERT_TRUE(r->commit().has_value());
    }
    std::int64_t of_version(const std::string& version) {
        const auto all = members_of_web();
        return std::count_if(all.begin(), all.end(), [&](const Member& m) {
            return m.lifecycle == "InService" && m.launch_template.version == version;
        });
    }
    std::string refresh_status() {
        api::DescribeInstanceRefreshesInput input;
        input.auto_scaling_group_name = "web";
        const auto output = service.describe_instance_refreshes(*request(), input);
        return output && !output->instance_refreshes.empty()
                   ? output->instance_refreshes.at(0).status.value_or("")
                   : "none";
    }

private:
    std::vector<Member> members_of_web() {
        return members.all(request()->tx(), {"123456789012", "us-east-1", "web"})
            .value_or(std::vector<Member>{});
    }
};

}  // namespace stormglass::autoscaling
