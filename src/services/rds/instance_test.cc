#include "services/rds/testing.h"

namespace stormglass::rds {
namespace {

using Instances = RdsTest;

TEST_F(Instances, ASubnetGroupNeedsTwoZones) {
    const auto made = call(&Service::create_db_subnet_group,
                           api::CreateDBSubnetGroupInput{.db_subnet_group_name = "narrow",
                                                         .db_subnet_group_description = "test",
                                                         .subnet_ids = {"subnet-a"},
                                                         .tags = {}});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, "DBSubnetGroupDoesNotCoverEnoughAZs");
}

TEST_F(Instances, AreCreatingAtFirstAndHaveNoEndpoint) {
    ASSERT_TRUE(call(&Service::create_db_instance, wish("one")));
    const auto item = *describe("one");
    EXPECT_EQ(item.db_instance_status, "creating");
    EXPECT_FALSE(item.endpoint);
    EXPECT_EQ(item.engine_version, "8.0.43");
    EXPECT_EQ(item.iops, 3000);
    EXPECT_EQ(item.ca_certificate_identifier, "rds-ca-rsa2048-g1");
    ASSERT_EQ(item.vpc_security_groups.size(), 1);
    EXPECT_EQ(item.vpc_security_groups[0].vpc_security_group_id, "sg-default");
}

TEST_F(Instances, AreFoundByResourceIdAndMissingOnesAreNotFound) {
    ASSERT_TRUE(call(&Service::create_db_instance, wish("one")));
    api::DescribeDBInstancesInput input;
    input.filters.push_back(
        {.name = "dbi-resource-id", .values = {*describe("one")->dbi_resource_id}});
    EXPECT_EQ(call(&Service::describe_db_instances, input)->db_instances.size(), 1);
    input.filters[0].values = {"db-OTHER"};
    EXPECT_TRUE(call(&Service::describe_db_instances, input)->db_instances.empty());
    const auto missing = describe("two");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "DBInstanceNotFound");
    EXPECT_EQ(missing.error().http_status, 404);
}

TEST_F(Instances, RefuseWhatWouldNotBeDone) {
    auto input = wish("one");
    input.manage_master_user_password = true;
    EXPECT_EQ(call(&Service::create_db_instance, input).error().code,
              "InvalidParameterCombination");
    input = wish("one");
    input.engine = "postgres";
    EXPECT_EQ(call(&Service::create_db_instance, input).error().code, "InvalidParameterValue");
    input = wish("one");
    input.master_user_password = "short";
    EXPECT_EQ(call(&Service::create_db_instance, input).error().code, "InvalidParameterValue");
}

TEST_F(Instances, AreNotDeletedWhileProtectedOrWithoutAWordOnTheFinalSnapshot) {
    auto input = wish("one");
    input.deletion_protection = true;
    ASSERT_TRUE(call(&Service::create_db_instance, input));
    ASSERT_TRUE(settles("one", "available"));
    api::DeleteDBInstanceInput gone{.db_instance_identifier = "one", .skip_final_snapshot = true};
    EXPECT_EQ(call(&Service::delete_db_instance, gone).error().code,
              "InvalidParameterCombination");
    api::ModifyDBInstanceInput change;
    change.db_instance_identifier = "one";
    change.deletion_protection = false;
    ASSERT_TRUE(call(&Service::modify_db_instance, change));
    gone.skip_final_snapshot = false;
    EXPECT_NE(call(&Service::delete_db_instance, gone).error().message.find(
                  "FinalDBSnapshotIdentifier is required"),
              std::string::npos);
}

TEST_F(Instances, ChangesWaitForTheMaintenanceWindowUnlessAppliedImmediately) {
    ASSERT_TRUE(call(&Service::create_db_instance, wish("one")));
    ASSERT_TRUE(settles("one", "available"));
    api::ModifyDBInstanceInput change;
    change.db_instance_identifier = "one";
    change.db_instance_class = "db.t3.small";
    ASSERT_TRUE(call(&Service::modify_db_instance, change));
    EXPECT_EQ(describe("one")->db_instance_class, "db.t3.micro");
    EXPECT_EQ(describe("one")->pending_modified_values->db_instance_class, "db.t3.small");
    change.apply_immediately = true;
    ASSERT_TRUE(call(&Service::modify_db_instance, change));
    EXPECT_EQ(status_of("one"), "modifying");
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(describe("one")->db_instance_class, "db.t3.small");
    EXPECT_EQ(record("one").in_force.instance_class, "db.t3.small");
}

TEST_F(Instances, CarryTags) {
    ASSERT_TRUE(call(&Service::create_db_instance, wish("one")));
    const auto arn = *describe("one")->db_instance_arn;
    api::AddTagsToResourceInput input;
    input.resource_name = arn;
    input.tags.push_back({"Name", "x"});
    ASSERT_TRUE(call(&Service::add_tags_to_resource, input));
    const auto tags = call(&Service::list_tags_for_resource,
                           api::ListTagsForResourceInput{.resource_name = arn, .filters = {}});
    ASSERT_EQ(tags->tag_list.size(), 1);
    EXPECT_EQ(tags->tag_list[0].value, "x");
}

}  // namespace
}  // namespace stormglass::rds
