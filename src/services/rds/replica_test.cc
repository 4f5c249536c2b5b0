// Read replicas: following, promotion, and what their source's fate means for them.
#include <gmock/gmock.h>

#include "services/rds/testing.h"

namespace stormglass::rds {
namespace {

using Sim = substrate::DatabasesSim;

class Replicas : public RdsTest {
protected:
    void SetUp() override {
        ASSERT_TRUE(call(&Service::create_db_instance, wish("one")));
        ASSERT_TRUE(settles("one", "available"));
        databases.write(primary_of("one"), 1);
        const auto made = replicate();
        ASSERT_TRUE(made) << made.error().message;
        ASSERT_TRUE(settles("copy", "available"));
    }
    Result<api::CreateDBInstanceReadReplicaOutput> replicate(const std::string& name = "copy") {
        api::CreateDBInstanceReadReplicaInput input;
        input.db_instance_identifier = name;
        input.source_db_instance_identifier = "one";
        return call(&Service::create_db_instance_read_replica, input);
    }
    std::string primary_of(const std::string& name) { return record(name).primary; }
    void passes(int count) {
        for (int pass = 0; pass < count; ++pass) ASSERT_TRUE(reconciler.reconcile());
    }
};

TEST_F(Replicas, HaveTheSourcesDataAndFollowItButTakeNoWrite) {
    EXPECT_EQ(databases.transactions(primary_of("copy")), std::vector<int>{1});
    EXPECT_EQ(databases.write(primary_of("copy"), 9), Sim::Write::refused);
    EXPECT_EQ(databases.write(primary_of("one"), 2), Sim::Write::acknowledged);
    passes(3);
    EXPECT_EQ(databases.transactions(primary_of("copy")), (std::vector<int>{1, 2}));
    EXPECT_TRUE(record("one").standby_server()->in_sync);
}

TEST_F(Replicas, AreShownOnBothSidesWithAnEndpointOfTheirOwn) {
    const auto source = *describe("one"), replica = *describe("copy");
    EXPECT_THAT(source.read_replica_db_instance_identifiers, ::testing::ElementsAre("copy"));
    EXPECT_EQ(replica.read_replica_source_db_instance_identifier, "one");
    EXPECT_EQ(replica.status_infos[0].status, "replicating");
    EXPECT_NE(source.endpoint->address, replica.endpoint->address);
    EXPECT_EQ(replica.backup_retention_period, 0);
    EXPECT_FALSE(*replica.multi_az);
}

TEST_F(Replicas, FollowTheNewPrimaryAfterAFailover) {
    const auto before = primary_of("one");
    databases.crash(before);
    ASSERT_TRUE(settles("one", "available"));
    ASSERT_NE(primary_of("one"), before);
    EXPECT_EQ(databases.write(primary_of("one"), 2), Sim::Write::acknowledged);
    passes(5);
    EXPECT_EQ(databases.transactions(primary_of("copy")), (std::vector<int>{1, 2}));
}

TEST_F(Replicas, ComeBackWhenTheyDie) {
    databases.crash(primary_of("copy"));
    passes(3);
    databases.write(primary_of("one"), 2);
    passes(3);
    EXPECT_EQ(databases.transactions(primary_of("copy")), (std::vector<int>{1, 2}));
}

TEST_F(Replicas, BecomeInstancesOfTheirOwnWhenPromoted) {
    ASSERT_TRUE(call(&Service::promote_read_replica,
                     api::PromoteReadReplicaInput{.db_instance_identifier = "copy"}));
    ASSERT_TRUE(settles("copy", "available"));
    EXPECT_EQ(databases.write(primary_of("copy"), 3), Sim::Write::acknowledged);
    EXPECT_EQ(databases.transactions(primary_of("one")), std::vector<int>{1});
    EXPECT_TRUE(describe("one")->read_replica_db_instance_identifiers.empty());
    EXPECT_FALSE(describe("copy")->read_replica_source_db_instance_identifier);
    EXPECT_EQ(call(&Service::promote_read_replica,
                   api::PromoteReadReplicaInput{.db_instance_identifier = "copy"})
                  .error()
                  .code,
              "InvalidDBInstanceState");
}

TEST_F(Replicas, ArePromotedWhenTheirSourceIsDeleted) {
    ASSERT_TRUE(call(&Service::delete_db_instance,
                     api::DeleteDBInstanceInput{.db_instance_identifier = "one",
                                                .skip_final_snapshot = true}));
    passes(6);
    EXPECT_EQ(databases.write(primary_of("copy"), 3), Sim::Write::acknowledged);
}

TEST_F(Replicas, AreDeletedWithoutAFinalSnapshotAndTheSourceStays) {
    api::DeleteDBInstanceInput input;
    input.db_instance_identifier = "copy";
    input.final_db_snapshot_identifier = "last";
    EXPECT_EQ(call(&Service::delete_db_instance, input).error().code,
              "InvalidParameterCombination");
    input.final_db_snapshot_identifier.reset();
    ASSERT_TRUE(call(&Service::delete_db_instance, input));
    ASSERT_TRUE(settles("copy", "DBInstanceNotFound"));
    EXPECT_EQ(status_of("one"), "available");
}

TEST_F(Replicas, TakeAnAvailableSourceWithBackupsThatIsNoReplicaItself) {
    api::CreateDBInstanceReadReplicaInput input;
    input.db_instance_identifier = "second";
    input.source_db_instance_identifier = "copy";
    EXPECT_EQ(call(&Service::create_db_instance_read_replica, input).error().code,
              "InvalidParameterCombination");
    auto bare = wish("bare");
    bare.backup_retention_period = 0;
    ASSERT_TRUE(call(&Service::create_db_instance, bare));
    ASSERT_TRUE(settles("bare", "available"));
    input.source_db_instance_identifier = "bare";
    EXPECT_EQ(call(&Service::create_db_instance_read_replica, input).error().code,
              "InvalidDBInstanceState");
    EXPECT_EQ(call(&Service::stop_db_instance,
                   api::StopDBInstanceInput{.db_instance_identifier = "one"})
                  .error()
                  .code,
              "InvalidDBInstanceState");
}

}  // namespace
}  // namespace stormglass::rds
