// ModifyDBInstance: what is changed at once, what waits for the window or a reboot, and what the
// servers then have.
#include <gmock/gmock.h>

#include "services/rds/testing.h"

namespace stormglass::rds {
namespace {

constexpr std::int64_t gib = 1LL << 30;

class Modifying : public RdsTest {
protected:
    void SetUp() override {
        ASSERT_TRUE(call(&Service::create_db_instance, wish("one")));
        ASSERT_TRUE(settles("one", "available"));
    }
    static api::ModifyDBInstanceInput change() {
        api::ModifyDBInstanceInput input;
        input.db_instance_identifier = "one";
        return input;
    }
    static api::ModifyDBInstanceInput change_now() {
        auto input = change();
        input.apply_immediately = true;
        return input;
    }
    std::string code_of(const api::ModifyDBInstanceInput& input) {
        const auto outcome = call(&Service::modify_db_instance, input);
        return outcome ? "" : outcome.error().code;
    }
    std::string primary() { return record("one").primary; }
    std::string standby() { return record("one").standby_server()->id; }
    void pass(int count = 1) {
        for (int i = 0; i < count; ++i) ASSERT_TRUE(reconciler.reconcile());
    }
    std::vector<std::string> messages() {
        std::vector<std::string> made;
        const auto output = call(&Service::describe_events, api::DescribeEventsInput{});
        for (const auto& each : output->events) made.push_back(*each.message);
        return made;
    }
};

TEST_F(Modifying, WaitsForTheMaintenanceWindowUnlessAskedToApplyAtOnce) {
    auto input = change();
    input.db_instance_class = "db.t3.small";
    input.allocated_storage = 40;
    input.storage_type = "gp2";
    input.preferred_maintenance_window = "mon:10:00-mon:10:30";
    ASSERT_EQ(code_of(input), "");
    pass(3);
    const auto waiting = *describe("one");
    EXPECT_EQ(waiting.db_instance_class, "db.t3.micro");
    EXPECT_EQ(waiting.pending_modified_values->db_instance_class, "db.t3.small");
    EXPECT_EQ(waiting.pending_modified_values->allocated_storage, 40);
    EXPECT_EQ(waiting.pending_modified_values->storage_type, "gp2");
    EXPECT_EQ(waiting.storage_type, "gp3");
    EXPECT_EQ(waiting.db_instance_status, "available");
    for (int hour = 0; hour < 24 * 7 * 4 && record("one").instance_class != "db.t3.small"; ++hour) {
        clock.advance(base::Seconds{900});
        pass();
    }
    ASSERT_TRUE(settles("one", "available"));
    const auto done = *describe("one");
    EXPECT_EQ(done.db_instance_class, "db.t3.small");
    EXPECT_EQ(done.allocated_storage, 40);
    EXPECT_EQ(done.storage_type, "gp2");
    EXPECT_FALSE(done.pending_modified_values->allocated_storage);
    EXPECT_EQ(databases.storage_of(primary()), 40 * gib);
    EXPECT_EQ(databases.storage_of(standby()), 40 * gib);
}

TEST_F(Modifying, GrowsTheStorageOfBothServersByATenthAtLeast) {
    auto input = change_now();
    input.allocated_storage = 21;
    ASSERT_EQ(code_of(input), "");
    EXPECT_EQ(status_of("one"), "modifying");
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(describe("one")->allocated_storage, 22);
    EXPECT_EQ(databases.storage_of(primary()), 22 * gib);
    EXPECT_EQ(databases.storage_of(standby()), 22 * gib);
    EXPECT_THAT(messages(), ::testing::Contains("Finished applying modification to allocated storage"));
    input.allocated_storage = 20;
    EXPECT_EQ(code_of(input), "InvalidParameterCombination");
}

TEST_F(Modifying, AFullStorageIsToldAndTakesMore) {
    for (const auto& id : {primary(), standby()}) databases.set_free_storage(id, 1 << 20);
    const auto before = primary();
    pass(6);
    EXPECT_EQ(status_of("one"), "storage-full");
    EXPECT_EQ(primary(), before);  // The standby is as full.
    auto input = change_now();
    input.allocated_storage = 40;
    ASSERT_EQ(code_of(input), "");
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(databases.storage_of(primary()), 40 * gib);
}

TEST_F(Modifying, StorageGrowsByItselfUpToItsMaximum) {
    auto input = change();
    input.max_allocated_storage = 25;
    ASSERT_EQ(code_of(input), "");
    databases.set_free_storage(primary(), gib);
    databases.set_free_storage(standby(), gib);
    pass(2);
    EXPECT_EQ(describe("one")->allocated_storage, 20);
    EXPECT_THAT(messages(), ::testing::Contains(::testing::HasSubstr("more than 90%")));
    clock.advance(base::Seconds{301});
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(describe("one")->allocated_storage, 25);
    EXPECT_EQ(databases.storage_of(standby()), 25 * gib);
}

TEST_F(Modifying, ThePasswordIsPendingUntilTheServerHasIt) {
    auto input = change();
    input.master_user_password = "An0ther-Horse";
    ASSERT_EQ(code_of(input), "");
    EXPECT_EQ(describe("one")->pending_modified_values->master_user_password, "****");
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_FALSE(describe("one")->pending_modified_values->master_user_password);
}

TEST_F(Modifying, ANewParameterGroupWaitsForAReboot) {
    ASSERT_TRUE(call(&Service::create_db_parameter_group,
                     api::CreateDBParameterGroupInput{.db_parameter_group_name = "mine",
                                                      .db_parameter_group_family = "mysql8.0",
                                                      .description = "test",
                                                      .tags = {}}));
    auto input = change_now();
    input.db_parameter_group_name = "mine";
    ASSERT_EQ(code_of(input), "");
    pass(3);
    EXPECT_EQ(describe("one")->db_parameter_groups[0].parameter_apply_status, "pending-reboot");
    api::RebootDBInstanceInput reboot;
    reboot.db_instance_identifier = "one";
    ASSERT_TRUE(call(&Service::reboot_db_instance, reboot));
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(describe("one")->db_parameter_groups[0].parameter_apply_status, "in-sync");
}

TEST_F(Modifying, WindowsMustBeLongEnoughAndApart) {
    auto input = change();
    input.preferred_backup_window = "04:00-05:00";
    input.preferred_maintenance_window = "sun:04:30-sun:05:30";
    EXPECT_EQ(code_of(input), "InvalidParameterCombination");
    input.preferred_maintenance_window = "sun:06:00-sun:06:10";
    EXPECT_EQ(code_of(input), "InvalidParameterValue");
    input.preferred_backup_window = "23:30-00:30";
    input.preferred_maintenance_window = "mon:00:00-mon:01:00";
    EXPECT_EQ(code_of(input), "InvalidParameterCombination");
    input.preferred_maintenance_window = "mon:00:30-mon:01:00";
    EXPECT_EQ(code_of(input), "");
}

TEST_F(Modifying, AProtectedInstanceIsNotDeleted) {
    auto input = change();
    input.deletion_protection = true;
    ASSERT_EQ(code_of(input), "");
    const api::DeleteDBInstanceInput deletion{.db_instance_identifier = "one",
                                              .skip_final_snapshot = true};
    EXPECT_EQ(call(&Service::delete_db_instance, deletion).error().code,
              "InvalidParameterCombination");
    input.deletion_protection = false;
    ASSERT_EQ(code_of(input), "");
    EXPECT_TRUE(call(&Service::delete_db_instance, deletion));
}

TEST_F(Modifying, ADatabaseClusterIsRefusedByName) {
    api::CreateDBClusterInput input;
    input.db_cluster_identifier = "c1";
    input.engine = "mysql";
    input.db_cluster_instance_class = "db.m5.large";
    const auto refused = call(&Service::create_db_cluster, input);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "InvalidParameterCombination");
    EXPECT_NE(refused.error().message.find("DB clusters"), std::string::npos);
}

}  // namespace
}  // namespace stormglass::rds
