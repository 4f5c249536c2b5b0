#include "services/rds/testing.h"

namespace stormglass::rds {
namespace {

class ParameterGroups : public RdsTest {
protected:
    ParameterGroups() {
        (void)call(&Service::create_db_parameter_group,
                   api::CreateDBParameterGroupInput{.db_parameter_group_name = "own",
                                                    .db_parameter_group_family = "mysql8.0",
                                                    .description = "test",
                                                    .tags = {}});
    }
    Result<api::ModifyDBParameterGroupOutput> set(const std::string& name, const std::string& value,
                                                  const std::string& method) {
        api::Parameter parameter;
        parameter.parameter_name = name;
        parameter.parameter_value = value;
        parameter.apply_method = method;
        api::ModifyDBParameterGroupInput input;
        input.db_parameter_group_name = "own";
        input.parameters.push_back(parameter);
        return call(&Service::modify_db_parameter_group, input);
    }
    std::map<std::string, std::string> user_parameters() {
        api::DescribeDBParametersInput input;
        input.db_parameter_group_name = "own";
        input.source = "user";
        std::map<std::string, std::string> made;
        const auto output = call(&Service::describe_db_parameters, input);
        for (const auto& each : output->parameters) {
            made[*each.parameter_name] = *each.parameter_value + " " + *each.apply_method;
        }
        return made;
    }
};

TEST_F(ParameterGroups, ShowWhatWasSetWithItsApplyMethod) {
    ASSERT_TRUE(set("max_connections", "200", "pending-reboot"));
    ASSERT_TRUE(set("slow_query_log", "1", "immediate"));
    const std::map<std::string, std::string> expected = {
        {"max_connections", "200 pending-reboot"}, {"slow_query_log", "1 immediate"}};
    EXPECT_EQ(user_parameters(), expected);
}

TEST_F(ParameterGroups, RefuseAParameterThatTheEngineCannotHonour) {
    const auto refused = set("require_secure_transport", "1", "immediate");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "InvalidParameterValue");
}

TEST_F(ParameterGroups, RefuseAValueOutOfRange) {
    EXPECT_EQ(set("max_connections", "0", "immediate").error().code, "InvalidParameterValue");
    EXPECT_EQ(set("max_connections", "x", "immediate").error().code, "InvalidParameterValue");
    EXPECT_EQ(set("slow_query_log", "2", "immediate").error().code, "InvalidParameterValue");
    EXPECT_TRUE(set("max_connections", "{DBInstanceClassMemory/12582880}", "immediate"));
    EXPECT_TRUE(set("long_query_time", "0.5", "immediate"));
}

TEST_F(ParameterGroups, RefuseImmediateApplicationOfAStaticParameter) {
    EXPECT_EQ(set("back_log", "200", "immediate").error().code, "InvalidParameterCombination");
}

TEST_F(ParameterGroups, ForgetWhatIsReset) {
    ASSERT_TRUE(set("slow_query_log", "1", "immediate"));
    api::ResetDBParameterGroupInput input;
    input.db_parameter_group_name = "own";
    input.reset_all_parameters = true;
    ASSERT_TRUE(call(&Service::reset_db_parameter_group, input));
    EXPECT_TRUE(user_parameters().empty());
}

TEST_F(ParameterGroups, AreAppliedToRunningServersAtOnceOrAtTheNextReboot) {
    auto input = wish("one");
    input.db_parameter_group_name = "own";
    ASSERT_TRUE(call(&Service::create_db_instance, input));
    ASSERT_TRUE(settles("one", "available"));
    ASSERT_TRUE(set("slow_query_log", "1", "immediate"));
    ASSERT_TRUE(set("max_connections", "200", "pending-reboot"));
    EXPECT_EQ(describe("one")->db_parameter_groups[0].parameter_apply_status, "applying");
    ASSERT_TRUE(reconciler.reconcile());
    const auto primary = record("one").primary;
    EXPECT_EQ(databases.parameters_in_force(primary).count("max_connections"), 0);
    EXPECT_EQ(databases.parameters_in_force(primary)["slow_query_log"], "1");
    EXPECT_EQ(describe("one")->db_parameter_groups[0].parameter_apply_status, "pending-reboot");
    ASSERT_TRUE(call(&Service::reboot_db_instance,
                     api::RebootDBInstanceInput{.db_instance_identifier = "one"}));
    EXPECT_EQ(status_of("one"), "rebooting");
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(databases.parameters_in_force(primary)["max_connections"], "200");
    EXPECT_EQ(describe("one")->db_parameter_groups[0].parameter_apply_status, "in-sync");
}

}  // namespace
}  // namespace stormglass::rds
