// Templates and experiments, against a small cloud that answers as EC2 does.
#include <gtest/gtest.h>

#include <set>

#include "services/common/launch_faults.h"
#include "services/common/testing.h"
#include "services/fis/runner.h"
#include "services/fis/service.h"

namespace stormglass::fis {
namespace {

constexpr const char* account = "123456789012";

/// Two instances and two subnets in each of two zones, one database and their ACLs.
class Cloud final : public Caller {
public:
    Result<services::IssuedSession> assume(const std::string&, const std::string&,
                                           const std::string&, const std::string&) override {
        if (is_untrusted)
            return aws_error("AccessDenied", "not authorized to perform: sts:AssumeRole", 403);
        services::IssuedSession session;
        session.expiration = base::Time::max();
        return session;
    }
    Result<std::string> call(const services::IssuedSession&, const std::string&, const std::string&,
                             const std::string& action, const Form& form) override {
        calls.push_back(action);
        if (denied.contains(action))
            return aws_error("UnauthorizedOperation", "You are not authorized", 403);
        if (breaks_after && (*breaks_after)-- == 0)
            return fail(Domain::system, "Killed", "the daemon ended here");
        const std::map<std::string, std::string> of(form.begin(), form.end());
        if (action == "StopInstances") return set_states(form, "stopped");
        if (action == "StartInstances") return set_states(form, "running");
        if (action == "DescribeInstances") return instances_xml();
        if (action == "DescribeSubnets") return subnets_xml();
        if (action == "DescribeNetworkAcls") return acls_xml(of);
        if (action == "CreateNetworkAcl") {
            const std::string id = "acl-" + std::to_string(++acl_count);
            acls[id] = of.at("TagSpecification.1.Tag.1.Value");
            return "<r><networkAcl><networkAclId>" + id + "</networkAclId></networkAcl></r>";
        }
        if (action == "ReplaceNetworkAclAssociation") {
            associations[of.at("AssociationId").substr(6)] = of.at("NetworkAclId");
        }
        if (action == "DeleteNetworkAcl") acls.erase(of.at("NetworkAclId"));
        return std::string("<r/>");
    }
    Result<void> ask(const services::IssuedSession&, const std::string&, const std::string&,
                     const std::string&) override {
        return {};
    }
    Result<void> interrupt(const services::IssuedSession&, const std::string&, const std::string&,
                           const std::string& id, base::Seconds) override {
        calls.push_back("interrupt " + id);
        return {};
    }
    Result<std::string> alarm_state(const std::string&) override { return alarm; }

    std::map<std::string, std::string> states{
        {"i-a1", "running"}, {"i-a2", "running"}, {"i-b1", "running"}};
    std::map<std::string, std::string> associations{{"subnet-a", "acl-own"},
                                                    {"subnet-b", "acl-own"}};
    std::map<std::string, std::string> acls;  // Made by experiments: their tags.
    std::vector<std::string> calls;
    std::set<std::string> denied;
    std::optional<int> breaks_after;
    std::string alarm = "OK";
    bool is_untrusted = false;
    int acl_count = 0;

private:
    Result<std::string> set_states(const Form& form, const char* state) {
        for (const auto& [name, id] : form) states[id] = state;
        return std::string("<r/>");
    }
    std::string instances_xml() const {
        std::string text = "<r><reservationSet><item><instancesSet>";
        for (const auto& [id, state] : states) {
            text += fmt::format(
                "<item><instanceId>{}</instanceId><instanceState><name>{}</name></"
                "instanceState><placement>"
                "<availabilityZone>us-east-1{}</availabilityZone></"
                "placement><tagSet><item><key>app</key>"
                "<value>web</value></item></tagSet></item>",
                id, state, id[2]);
        }
        return text + "</instancesSet></item></reservationSet></r>";
    }
    static std::string subnets_xml() {
        std::string text = "<r><subnetSet>";
        for (const char zone : {'a', 'b'}) {
            text += fmt::format(
                "<item><subnetId>subnet-{0}</subnetId><subnetArn>arn:aws:ec2:us-east-1:1:subnet/"
                "subnet-{0}</subnetArn>"
                "<vpcId>vpc-1</vpcId><availabilityZone>us-east-1{0}</availabilityZone>"
                "<cidrBlock>10.0.{1}.0/24</cidrBlock></item>",
                zone, zone - 'a');
        }
        return text + "</subnetSet></r>";
    }
    std::string acls_xml(const std::map<std::string, std::string>& of) const {
        std::string text = "<r><networkAclSet>";
        if (of.at("Filter.1.Name").starts_with("tag:")) {
            for (const auto& [id, tag] : acls) {
                if (tag == of.at("Filter.1.Value.1"))
                    text += "<item><networkAclId>" + id + "</networkAclId></item>";
            }
        } else {
            const std::string& subnet = of.at("Filter.1.Value.1");
            text += fmt::format(
                "<item><networkAclId>x</"
                "networkAclId><associationSet><item><networkAclAssociationId>assoc-{0}"
                "</networkAclAssociationId><networkAclId>{1}</networkAclId><subnetId>{0}</"
                "subnetId></item>"
                "</associationSet></item>",
                subnet, associations.at(subnet));
        }
        return text + "</networkAclSet></r>";
    }
};

class FisTest : public services::ServiceTest {
protected:
    using Action = api::CreateExperimentTemplateActionInput;

    static Action action(const char* id, std::map<std::string, std::string> parameters,
                         std::map<std::string, std::string> targets = {}) {
        Action one;
        one.action_id = id;
        one.parameters = wire::Map<std::string>(std::move(parameters));
        one.targets = wire::Map<std::string>(std::move(targets));
        return one;
    }
    static api::CreateExperimentTemplateInput template_of(std::map<std::string, Action> actions) {
        api::CreateExperimentTemplateInput input;
        input.client_token = std::to_string(actions.size());
        input.description = "a test";
        input.role_arn = "arn:aws:iam::123456789012:role/fis";
        input.stop_conditions.push_back(
            {"aws:cloudwatch:alarm", "arn:aws:cloudwatch:us-east-1:1:alarm:errors"});
        for (auto& [name, one] : actions) input.actions[name] = one;
        auto& instances = input.targets["zone-a"];
        instances.resource_type = "aws:ec2:instance";
        instances.selection_mode = "ALL";
        instances.resource_tags = wire::Map<std::string>(Texts{{"app", "web"}});
        auto& filter = instances.filters.emplace_back();
        filter.path = "Placement.AvailabilityZone";
        filter.values.push_back("us-east-1a");
        auto& subnets = input.targets["subnets"];
        subnets.resource_type = "aws:ec2:subnet";
        subnets.selection_mode = "ALL";
        subnets.parameters =
            wire::Map<std::string>(Texts{{"availabilityZoneIdentifier", "us-east-1a"}});
        return input;
    }
    Result<std::string> create(const api::CreateExperimentTemplateInput& input) {
        auto begun = request();
        const auto made = TRY(service.create_experiment_template(*begun, input));
        TRY(begun->commit());
        return *made.experiment_template->id;
    }
    std::string start(const api::CreateExperimentTemplateInput& input) {
        const auto made = create(input);
        EXPECT_TRUE(made) << made.error().message;
        auto begun = request();
        const auto started = service.start_experiment(*begun, {"once", made.value_or(""), {}, {}});
        EXPECT_TRUE(started) << started.error().message;
        EXPECT_TRUE(begun->commit());
        return *started->experiment->id;
    }
    api::Experiment look(const std::string& id) {
        auto begun = request();
        return *service.get_experiment(*begun, {id})->experiment;
    }
    std::string status(const std::string& id) { return *look(id).state->status; }
    void pass(int times = 3) {
        for (int i = 0; i < times; ++i) {
            const auto done = runner->reconcile();
            if (!done) {
                EXPECT_EQ(done.error().code, "Killed") << done.error().message;
            }
        }
    }
    Cloud cloud;
    Service service{random};
    std::unique_ptr<Runner> runner =
        std::make_unique<Runner>(store, clock, random, timeline, cloud);
};

TEST_F(FisTest, what_cannot_be_carried_out_is_refused_with_the_template) {
    const auto refused = [&](const Action& one) {
        return create(template_of({{"x", one}})).error().message;
    };
    EXPECT_EQ(
        refused(action("aws:ecs:stop-task", {})),
        "Action x: Stormglass cannot carry out aws:ecs:stop-task; ListActions says what it can");
    EXPECT_NE(refused(action("aws:fis:wait", {{"duration", "PT5S"}})).find("from PT1M to PT12H"),
              std::string::npos);
    EXPECT_NE(refused(action("aws:fis:wait", {})).find("needs the parameter duration"),
              std::string::npos);
    EXPECT_NE(refused(action("aws:ec2:stop-instances", {}, {{"Instances", "subnets"}}))
                  .find("not aws:ec2:subnet"),
              std::string::npos);
    auto circle = template_of({{"x", action("aws:fis:wait", {{"duration", "PT1M"}})}});
    circle.actions["x"].start_after.push_back("x");
    EXPECT_NE(create(circle).error().message.find("circle"), std::string::npos);
}

TEST_F(FisTest, stops_what_the_target_names_and_starts_it_again) {
    const auto id = start(template_of(
        {{"stop", action("aws:ec2:stop-instances", {{"startInstancesAfterDuration", "PT2M"}},
                         {{"Instances", "zone-a"}})}}));
    pass();
    EXPECT_EQ(cloud.states["i-a1"], "stopped");
    EXPECT_EQ(cloud.states["i-a2"], "stopped");
    EXPECT_EQ(cloud.states["i-b1"], "running");
    EXPECT_EQ(status(id), "running");
    clock.advance(base::Seconds(121));
    pass();
    EXPECT_EQ(cloud.states["i-a1"], "running");
    EXPECT_EQ(status(id), "completed");
    EXPECT_EQ(*look(id).actions["stop"].state->status, "completed");
}

api::CreateExperimentTemplateActionInput network_action() {
    api::CreateExperimentTemplateActionInput one;
    one.action_id = "aws:network:disrupt-connectivity";
    one.parameters = wire::Map<std::string>(Texts{{"scope", "all"}, {"duration", "PT1M"}});
    one.targets = wire::Map<std::string>(Texts{{"Subnets", "subnets"}});
    return one;
}

TEST_F(FisTest, subnets_are_cut_off_for_the_duration_and_get_their_own_acl_back) {
    const auto id = start(template_of({{"cut", network_action()}}));
    pass();
    EXPECT_EQ(cloud.associations["subnet-a"], "acl-1");
    EXPECT_EQ(cloud.associations["subnet-b"], "acl-own");
    clock.advance(base::Seconds(61));
    pass();
    EXPECT_EQ(cloud.associations["subnet-a"], "acl-own");
    EXPECT_TRUE(cloud.acls.empty());
    EXPECT_EQ(status(id), "completed");
}

TEST_F(FisTest, a_daemon_killed_at_any_call_leaves_nothing_cut_off_in_the_end) {
    for (int at = 0; at < 14; ++at) {
        auto input = template_of({{"cut", network_action()}});
        input.client_token = "kill" + std::to_string(at);
        const auto made = create(input);
        auto begun = request();
        const auto id =
            *service.start_experiment(*begun, {"go" + std::to_string(at), *made, {}, {}})
                 ->experiment->id;
        ASSERT_TRUE(begun->commit());
        cloud.breaks_after = at;
        pass(1);
        pass(1);
        cloud.breaks_after.reset();
        runner = std::make_unique<Runner>(store, clock, random, timeline, cloud);
        pass();
        EXPECT_NE(cloud.associations["subnet-a"], "acl-own") << at;
        EXPECT_EQ(cloud.acls.size(), 1u) << at;
        clock.advance(base::Seconds(61));
        pass();
        EXPECT_EQ(status(id), "completed") << at;
        EXPECT_EQ(cloud.associations["subnet-a"], "acl-own") << at;
        EXPECT_TRUE(cloud.acls.empty()) << at;
    }
}

TEST_F(FisTest, an_alarm_stops_it_and_what_was_changed_is_put_back) {
    auto input = template_of(
        {{"cut", network_action()}, {"then", action("aws:fis:wait", {{"duration", "PT1M"}})}});
    input.actions["then"].start_after.push_back("cut");
    const auto id = start(input);
    pass();
    EXPECT_NE(cloud.associations["subnet-a"], "acl-own");
    cloud.alarm = "ALARM";
    pass();
    EXPECT_EQ(status(id), "stopped");
    EXPECT_EQ(cloud.associations["subnet-a"], "acl-own");
    EXPECT_EQ(*look(id).actions["cut"].state->status, "stopped");
    EXPECT_EQ(*look(id).actions["then"].state->status, "cancelled");
}

TEST_F(FisTest, without_the_right_to_act_it_fails_and_says_where) {
    cloud.denied.insert("StopInstances");
    const auto id = start(
        template_of({{"cut", network_action()},
                     {"stop", action("aws:ec2:stop-instances", {}, {{"Instances", "zone-a"}})}}));
    pass(5);
    EXPECT_EQ(status(id), "failed");
    EXPECT_EQ(*look(id).state->error->code, "UnauthorizedOperation");
    EXPECT_EQ(*look(id).state->error->location, "actions.stop");
    EXPECT_EQ(cloud.associations["subnet-a"], "acl-own");
}

TEST_F(FisTest, a_role_that_does_not_trust_fis_breaks_nothing) {
    cloud.is_untrusted = true;
    const auto id = start(template_of({{"cut", network_action()}}));
    pass();
    EXPECT_EQ(status(id), "failed");
    EXPECT_EQ(*look(id).state->error->code, "AccessDenied");
    EXPECT_TRUE(cloud.calls.empty());
}

TEST_F(FisTest, no_target_means_failed_unless_the_template_skips) {
    auto input =
        template_of({{"stop", action("aws:ec2:stop-instances", {}, {{"Instances", "zone-a"}})}});
    input.targets.erase("subnets");
    cloud.states.clear();
    const auto id = start(input);
    pass();
    EXPECT_EQ(status(id), "failed");
    EXPECT_NE(look(id).state->reason->find("empty set"), std::string::npos);
}

TEST_F(FisTest, launches_of_a_group_fail_in_the_zone_until_it_ends) {
    auto input = template_of(
        {{"capacity", action("aws:ec2:asg-insufficient-instance-capacity-error",
                             {{"duration", "PT1M"}, {"availabilityZoneIdentifiers", "us-east-1a"}},
                             {{"AutoScalingGroups", "groups"}})}});
    auto& groups = input.targets["groups"];
    groups.resource_type = "aws:ec2:autoscaling-group";
    groups.selection_mode = "ALL";
    groups.resource_arns.push_back(
        "arn:aws:autoscaling:us-east-1:1:autoScalingGroup:u:autoScalingGroupName/web");
    ASSERT_TRUE(create(input));
}

TEST_F(FisTest, the_safety_lever_stops_all_and_refuses_more) {
    const auto id = start(template_of({{"cut", network_action()}}));
    pass();
    {
        auto begun = request();
        ASSERT_TRUE(
            service.update_safety_lever_state(*begun, {account, {"engaged", "real trouble"}}));
        ASSERT_TRUE(begun->commit());
    }
    pass();
    EXPECT_EQ(status(id), "stopped");
    EXPECT_EQ(cloud.associations["subnet-a"], "acl-own");
    const std::string same = *look(id).experiment_template_id;
    auto begun = request();
    const auto more = service.start_experiment(*begun, {"twice", same, {}, {}});
    EXPECT_EQ(more.error().code, "ConflictException");
}

TEST(Period, of_iso_8601) {
    EXPECT_EQ(parse_period("PT1H30M")->count(), 5400);
    EXPECT_EQ(parse_period("PT45S")->count(), 45);
    EXPECT_EQ(parse_period("P1DT1S")->count(), 86401);
    for (const char* bad : {"", "P", "PT", "5M", "PT5", "P5M", "PTM", "PT5X"})
        EXPECT_FALSE(parse_period(bad)) << bad;
}

}  // namespace
}  // namespace stormglass::fis
