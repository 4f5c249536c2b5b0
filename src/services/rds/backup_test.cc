// Snapshots and restoring them; stopping and starting.
#include <gmock/gmock.h>

#include "services/rds/testing.h"

namespace stormglass::rds {
namespace {

class Backups : public RdsTest {
protected:
    void SetUp() override {
        ASSERT_TRUE(call(&Service::create_db_instance, wish("one")));
        ASSERT_TRUE(settles("one", "available"));
    }
    Result<api::CreateDBSnapshotOutput> ask(const std::string& name) {
        return call(&Service::create_db_snapshot,
                    api::CreateDBSnapshotInput{.db_snapshot_identifier = name,
                                               .db_instance_identifier = "one",
                                               .tags = {}});
    }
    std::vector<api::DBSnapshot> described(const std::string& type = "") {
        api::DescribeDBSnapshotsInput input;
        if (!type.empty()) input.snapshot_type = type;
        auto output = call(&Service::describe_db_snapshots, input);
        std::vector<api::DBSnapshot> found;
        for (auto& each : output->db_snapshots) found.push_back(std::move(each));
        return found;
    }
    void passes(int count) {
        for (int pass = 0; pass < count; ++pass) ASSERT_TRUE(reconciler.reconcile());
    }
    std::string primary_of(const std::string& name) { return record(name).primary; }
};

TEST_F(Backups, ASnapshotIsCreatingAndThenAvailable) {
    databases.write(primary_of("one"), 1);
    const auto made = ask("s1");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->db_snapshot->status, "creating");
    EXPECT_EQ(ask("S1").error().code, "DBSnapshotAlreadyExists");
    passes(4);
    ASSERT_EQ(described("manual").size(), 1);
    EXPECT_EQ(described("manual")[0].status, "available");
    EXPECT_EQ(described("manual")[0].percent_progress, 100);
    EXPECT_EQ(databases.list_snapshots()->size(), 2);  // And the first automated one.
}

TEST_F(Backups, ARestoredInstanceHasTheDataOfTheSnapshotAndNothingLater) {
    databases.write(primary_of("one"), 1);
    ASSERT_TRUE(ask("s1"));
    passes(2);
    databases.write(primary_of("one"), 2);
    api::RestoreDBInstanceFromDBSnapshotInput input;
    input.db_instance_identifier = "two";
    input.db_snapshot_identifier = "s1";
    input.multi_az = true;
    const auto made = call(&Service::restore_db_instance_from_db_snapshot, input);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->db_instance->db_instance_class, "db.t3.micro");
    ASSERT_TRUE(settles("two", "available"));
    EXPECT_EQ(databases.transactions(primary_of("two")), std::vector<int>{1});
    EXPECT_EQ(databases.transactions(record("two").standby_server()->id), std::vector<int>{1});
    EXPECT_EQ(record("two").key_owner, record("one").resource_id);
    EXPECT_EQ(databases.credentials(primary_of("two"))->master_username, "appadmin");
}

TEST_F(Backups, ADeletedSnapshotLeavesNoFiles) {
    ASSERT_TRUE(ask("s1"));
    passes(4);
    ASSERT_TRUE(call(&Service::delete_db_snapshot,
                     api::DeleteDBSnapshotInput{.db_snapshot_identifier = "s1"}));
    passes(1);
    EXPECT_EQ(databases.list_snapshots()->size(), 1);
    api::DescribeDBSnapshotsInput input;
    input.db_snapshot_identifier = "s1";
    EXPECT_EQ(call(&Service::describe_db_snapshots, input).error().code, "DBSnapshotNotFound");
}

TEST_F(Backups, AFinalSnapshotIsTakenBeforeTheInstanceGoes) {
    databases.write(primary_of("one"), 1);
    ASSERT_TRUE(call(&Service::delete_db_instance,
                     api::DeleteDBInstanceInput{.db_instance_identifier = "one",
                                                .final_db_snapshot_identifier = "last"}));
    ASSERT_TRUE(settles("one", "DBInstanceNotFound"));
    ASSERT_EQ(described().size(), 1);
    EXPECT_EQ(described()[0].status, "available");
    passes(2);
    EXPECT_EQ(databases.list_snapshots()->size(), 1);
    api::RestoreDBInstanceFromDBSnapshotInput input;
    input.db_instance_identifier = "again";
    input.db_snapshot_identifier = "last";
    ASSERT_TRUE(call(&Service::restore_db_instance_from_db_snapshot, input));
    ASSERT_TRUE(settles("again", "available"));
    EXPECT_EQ(databases.transactions(primary_of("again")), std::vector<int>{1});
}

TEST_F(Backups, AnAutomatedSnapshotIsTakenAtOnceAndInTheWindowAndGoesWithItsAge) {
    passes(4);
    ASSERT_EQ(described("automated").size(), 1);
    const auto first = described()[0].db_snapshot_identifier;
    EXPECT_TRUE(first->starts_with("rds:one-"));
    const auto midnight = std::chrono::ceil<base::Days>(clock.now() + base::Days{1});
    clock.advance(midnight - clock.now() + std::chrono::hours{7} + std::chrono::minutes{5});
    passes(4);
    ASSERT_EQ(described("automated").size(), 1);
    EXPECT_NE(described()[0].db_snapshot_identifier, first);
    EXPECT_EQ(databases.list_snapshots()->size(), 1);
}

TEST_F(Backups, AnInstanceComesBackAsOfAMomentWithTheLogBehindItsSnapshot) {
    passes(4);
    const auto restore = [&](base::Time when) {
        api::RestoreDBInstanceToPointInTimeInput input;
        input.source_db_instance_identifier = "one";
        input.target_db_instance_identifier = "then";
        input.restore_time = when;
        return call(&Service::restore_db_instance_to_point_in_time, input);
    };
    const auto early = clock.now();
    databases.write(primary_of("one"), 1);
    for (int i = 0; i < 4; ++i) {
        clock.advance(base::Seconds{61});
        passes(1);
    }
    const auto latest = describe("one")->latest_restorable_time;
    ASSERT_TRUE(latest);
    EXPECT_GT(*latest, early);
    EXPECT_EQ(restore(clock.now() + base::Days{1}).error().code, "InvalidParameterValue");
    EXPECT_EQ(restore(early - base::Days{1}).error().code, "InvalidParameterValue");
    const auto made = restore(*latest);
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(settles("then", "available"));
    EXPECT_EQ(databases.transactions(primary_of("then")), std::vector<int>{1});
    const auto backups = call(&Service::describe_db_instance_automated_backups,
                              api::DescribeDBInstanceAutomatedBackupsInput{});
    ASSERT_TRUE(backups);
    EXPECT_EQ(backups->db_instance_automated_backups[0].restore_window->latest_time, latest);
}

TEST_F(Backups, WithoutRetentionNoMomentComesBackAndNothingIsKept) {
    passes(4);
    api::ModifyDBInstanceInput change;
    change.db_instance_identifier = "one";
    change.backup_retention_period = 0;
    ASSERT_TRUE(call(&Service::modify_db_instance, change));
    passes(3);
    EXPECT_TRUE(databases.list_archives()->empty());
    EXPECT_TRUE(databases.list_snapshots()->empty());
    api::RestoreDBInstanceToPointInTimeInput input;
    input.source_db_instance_identifier = "one";
    input.target_db_instance_identifier = "then";
    input.use_latest_restorable_time = true;
    EXPECT_EQ(call(&Service::restore_db_instance_to_point_in_time, input).error().code,
              "PointInTimeRestoreNotEnabled");
}

TEST_F(Backups, StoppedServersDoNotRunAndStartAgainWithTheirData) {
    databases.write(primary_of("one"), 1);
    ASSERT_TRUE(call(&Service::stop_db_instance,
                     api::StopDBInstanceInput{.db_instance_identifier = "one"}));
    EXPECT_EQ(status_of("one"), "stopping");
    ASSERT_TRUE(settles("one", "stopped"));
    passes(3);
    for (const auto& server : record("one").servers) EXPECT_FALSE(databases.is_running(server.id));
    EXPECT_EQ(call(&Service::reboot_db_instance,
                   api::RebootDBInstanceInput{.db_instance_identifier = "one"})
                  .error()
                  .code,
              "InvalidDBInstanceState");
    ASSERT_TRUE(call(&Service::start_db_instance,
                     api::StartDBInstanceInput{.db_instance_identifier = "one"}));
    EXPECT_EQ(status_of("one"), "starting");
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(databases.write(primary_of("one"), 2), substrate::DatabasesSim::Write::acknowledged);
    EXPECT_EQ(databases.transactions(record("one").standby_server()->id), (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace stormglass::rds
