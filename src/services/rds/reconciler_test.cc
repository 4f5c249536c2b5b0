#include "services/rds/reconciler.h"

#include "services/rds/testing.h"

namespace stormglass::rds {
namespace {

class Databases : public RdsTest {
protected:
    void SetUp() override {
        ASSERT_TRUE(call(&Service::create_db_instance, wish("one")));
        ASSERT_TRUE(settles("one", "available"));
    }
    std::string primary() { return record("one").primary; }
    std::string standby() { return record("one").standby_server()->id; }
    std::vector<std::string> messages() {
        std::vector<std::string> made;
        const auto output = call(&Service::describe_events, api::DescribeEventsInput{});
        for (const auto& each : output->events) {
            made.push_back(*each.message);
        }
        return made;
    }
};

TEST_F(Databases, ComeUpWithAPrimaryAndASynchronousStandbyInAnotherZone) {
    const auto item = *describe("one");
    EXPECT_TRUE(item.endpoint);
    EXPECT_NE(*item.availability_zone, *item.secondary_availability_zone);
    EXPECT_TRUE(record("one").standby_server()->in_sync);
    EXPECT_EQ(databases.write(primary(), 1), substrate::DatabasesSim::Write::acknowledged);
    EXPECT_EQ(databases.transactions(standby()), std::vector<int>{1});
    EXPECT_EQ(databases.credentials(primary())->master_username, "appadmin");
}

TEST_F(Databases, AreFoundByNameAtThePrimarysAddress) {
    const auto tx = store.read();
    const auto name =
        services::dns_records.get(*tx, {"us-east-1", *describe("one")->endpoint->address});
    ASSERT_TRUE(name && *name);
    EXPECT_EQ((*name)->addresses,
              std::vector<std::string>{record("one").primary_server()->address});
    EXPECT_EQ((*name)->ttl_seconds, 5);
}

TEST_F(Databases, AreLeftAloneByANewDaemonWhenHealthy) {
    const auto before = databases.observe({.id = primary()})->pid;
    Reconciler next{{.store = store, .clock = clock, .random = random, .timeline = timeline,
                     .keys = *keys, .interfaces = interfaces, .network = network,
                     .databases = databases}};
    ASSERT_TRUE(next.reconcile());
    EXPECT_EQ(databases.observe({.id = primary()})->pid, before);
    EXPECT_EQ(status_of("one"), "available");
}

TEST_F(Databases, FailOverWhenThePrimaryDies) {
    const auto before = *describe("one");
    const auto old_primary = primary(), old_standby = standby();
    databases.write(primary(), 1);
    databases.crash(primary());
    ASSERT_TRUE(reconciler.reconcile());
    EXPECT_EQ(primary(), old_standby);
    EXPECT_EQ(databases.transactions(primary()), std::vector<int>{1});
    ASSERT_TRUE(settles("one", "available"));
    for (int pass = 0; pass < 5; ++pass) ASSERT_TRUE(reconciler.reconcile());
    EXPECT_EQ(standby(), old_primary);
    EXPECT_TRUE(record("one").standby_server()->in_sync);
    EXPECT_EQ(databases.write(primary(), 2), substrate::DatabasesSim::Write::acknowledged);
    EXPECT_EQ(databases.transactions(old_primary), (std::vector<int>{1, 2}));
    const auto after = *describe("one");
    EXPECT_EQ(after.availability_zone, before.secondary_availability_zone);
    EXPECT_EQ(after.secondary_availability_zone, before.availability_zone);
}

TEST_F(Databases, TellOfAFailoverAndItsReason) {
    databases.crash(primary());
    ASSERT_TRUE(settles("one", "available"));
    const auto told = messages();
    const auto has = [&](const std::string& text) {
        return std::find(told.begin(), told.end(), text) != told.end();
    };
    EXPECT_TRUE(has("Multi-AZ instance failover started. The primary host of the RDS Multi-AZ "
                    "instance is unhealthy."));
    EXPECT_TRUE(has("Multi-AZ failover to standby complete - DNS propagation may take a few "
                    "minutes."));
    EXPECT_TRUE(has("Multi-AZ instance failover completed. The primary host of the RDS Multi-AZ "
                    "instance is unhealthy."));
}

TEST_F(Databases, MoveTheirNameWithThePrimary) {
    databases.crash(primary());
    ASSERT_TRUE(reconciler.reconcile());
    const auto tx = store.read();
    const auto name =
        services::dns_records.get(*tx, {"us-east-1", *describe("one")->endpoint->address});
    EXPECT_EQ((*name)->addresses,
              std::vector<std::string>{record("one").primary_server()->address});
}

TEST_F(Databases, FailOverFromAPrimaryThatHangsIsCutOffOrLosesItsDisk) {
    using Sim = substrate::DatabasesSim;
    const auto fails_over = [&](const std::function<void(const std::string&)>& breaks) {
        const auto old_primary = primary();
        breaks(old_primary);
        for (int pass = 0; pass < 8 && primary() == old_primary; ++pass) {
            ASSERT_TRUE(reconciler.reconcile());
        }
        EXPECT_NE(primary(), old_primary);
        databases.mend(old_primary, Sim::Broken::network);
        databases.mend(old_primary, Sim::Broken::storage);
        for (int pass = 0; pass < 8; ++pass) ASSERT_TRUE(reconciler.reconcile());
        EXPECT_TRUE(record("one").standby_server()->in_sync);
    };
    fails_over([&](const std::string& id) { databases.hang(id, Sim::Hangs::yes); });
    fails_over([&](const std::string& id) { databases.break_down(id, Sim::Broken::network); });
    fails_over([&](const std::string& id) { databases.break_down(id, Sim::Broken::storage); });
}

TEST_F(Databases, FailOverWhenTheUserAsks) {
    const auto old_primary = primary();
    api::RebootDBInstanceInput input;
    input.db_instance_identifier = "one";
    input.force_failover = true;
    ASSERT_TRUE(call(&Service::reboot_db_instance, input));
    EXPECT_EQ(status_of("one"), "rebooting");
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_NE(primary(), old_primary);
    const auto told = messages();
    EXPECT_NE(std::find(told.begin(), told.end(),
                        "Multi-AZ instance failover completed. The user requested a failover of "
                        "the DB instance."),
              told.end());
}

TEST_F(Databases, AreRestartedInPlaceWhenBothServersDied) {
    const auto old_primary = primary();
    databases.write(primary(), 1);
    databases.crash(standby());
    databases.crash(old_primary);
    ASSERT_TRUE(settles("one", "available"));
    for (int pass = 0; pass < 5; ++pass) ASSERT_TRUE(reconciler.reconcile());
    EXPECT_EQ(primary(), old_primary);
    EXPECT_EQ(databases.transactions(primary()), std::vector<int>{1});
    EXPECT_TRUE(record("one").standby_server()->in_sync);
    const auto told = messages();
    EXPECT_NE(std::find(told.begin(), told.end(), "DB instance restarted"), told.end());
}

TEST_F(Databases, NeverFailOverToAStandbyThatLacksWrites) {
    databases.hang(standby(), substrate::DatabasesSim::Hangs::yes);
    ASSERT_TRUE(reconciler.reconcile());
    ASSERT_FALSE(record("one").standby_server()->in_sync);
    const auto old_primary = primary();
    databases.write(primary(), 1);
    databases.crash(old_primary);
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(primary(), old_primary);
    EXPECT_EQ(databases.transactions(primary()), std::vector<int>{1});
}

TEST_F(Databases, LoseTheirZoneAndGetItBack) {
    const auto old_primary = primary();
    const auto zone = record("one").primary_server()->zone;
    const auto set_zone = [&](bool lost) {
        const auto asked = request();
        if (lost) {
            services::zone_faults.put(asked->tx(), {"us-east-1", zone},
                                      {.zone = zone, .mode = "power"});
        } else {
            services::zone_faults.erase(asked->tx(), {"us-east-1", zone});
        }
        ASSERT_TRUE(asked->commit());
    };
    set_zone(true);
    for (int pass = 0; pass < 5; ++pass) ASSERT_TRUE(reconciler.reconcile());
    EXPECT_NE(primary(), old_primary);
    EXPECT_FALSE(databases.is_running(old_primary));
    EXPECT_EQ(databases.write(primary(), 1), substrate::DatabasesSim::Write::acknowledged);
    set_zone(false);
    for (int pass = 0; pass < 5; ++pass) ASSERT_TRUE(reconciler.reconcile());
    EXPECT_EQ(databases.transactions(old_primary), std::vector<int>{1});
    EXPECT_TRUE(record("one").standby_server()->in_sync);
}

TEST_F(Databases, AStandbyThatDiedHoldsNobodyUpAndComesBack) {
    databases.crash(standby());
    databases.write(primary(), 1);
    for (int pass = 0; pass < 5; ++pass) ASSERT_TRUE(reconciler.reconcile());
    EXPECT_EQ(databases.transactions(primary()), std::vector<int>{1});
    EXPECT_EQ(databases.transactions(standby()), std::vector<int>{1});
    EXPECT_TRUE(record("one").standby_server()->in_sync);
}

TEST_F(Databases, AStandbyThatLostItsLinkIsJoinedAgain) {
    databases.cut_replication(standby());
    for (int pass = 0; pass < 5; ++pass) ASSERT_TRUE(reconciler.reconcile());
    EXPECT_EQ(databases.write(primary(), 1), substrate::DatabasesSim::Write::acknowledged);
    EXPECT_EQ(databases.transactions(standby()), std::vector<int>{1});
}

TEST_F(Databases, ANewPasswordReachesTheServer) {
    api::ModifyDBInstanceInput change;
    change.db_instance_identifier = "one";
    change.master_user_password = "An0ther-Horse";
    ASSERT_TRUE(call(&Service::modify_db_instance, change));
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(databases.credentials(primary())->master_password, "An0ther-Horse");
}

TEST_F(Databases, LoseAndRegainTheirStandbyByModification) {
    api::ModifyDBInstanceInput change;
    change.db_instance_identifier = "one";
    change.multi_az = false;
    change.apply_immediately = true;
    ASSERT_TRUE(call(&Service::modify_db_instance, change));
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(record("one").servers.size(), 1);
    EXPECT_EQ(interfaces.interfaces.size(), 1);
    EXPECT_EQ(databases.write(primary(), 1), substrate::DatabasesSim::Write::acknowledged);
    change.multi_az = true;
    ASSERT_TRUE(call(&Service::modify_db_instance, change));
    ASSERT_TRUE(settles("one", "available"));
    EXPECT_EQ(databases.transactions(standby()), std::vector<int>{1});
}

TEST_F(Databases, LeaveNothingBehindWhenDeleted) {
    ASSERT_TRUE(call(&Service::delete_db_instance,
                     api::DeleteDBInstanceInput{.db_instance_identifier = "one",
                                                .skip_final_snapshot = true}));
    EXPECT_EQ(status_of("one"), "deleting");
    ASSERT_TRUE(settles("one", "DBInstanceNotFound"));
    EXPECT_TRUE(databases.list()->empty());
    EXPECT_TRUE(interfaces.interfaces.empty());
}

TEST_F(Databases, TellSubscribersOfEvents) {
    api::CreateEventSubscriptionInput input;
    input.subscription_name = "all";
    input.sns_topic_arn = "arn:aws:sns:us-east-1:123456789012:alerts";
    input.source_type = "db-instance";
    input.event_categories = {"availability"};
    ASSERT_TRUE(call(&Service::create_event_subscription, input));
    for (const auto& id : {standby(), primary()}) databases.crash(id);
    ASSERT_TRUE(settles("one", "available"));
    ASSERT_TRUE(reconciler.reconcile());
    ASSERT_EQ(topics.sent.size(), 1);
    EXPECT_NE(topics.sent[0].find("RDS-EVENT-0006"), std::string::npos);
}

TEST_F(Databases, WaitForTheirInterfaces) {
    interfaces.plugged = false;
    ASSERT_TRUE(call(&Service::create_db_instance, wish("two")));
    for (int pass = 0; pass < 3; ++pass) ASSERT_TRUE(reconciler.reconcile());
    EXPECT_EQ(status_of("two"), "creating");
    interfaces.plugged = true;
    EXPECT_TRUE(settles("two", "available"));
}

TEST_F(Databases, AreShownInStatusAsObserved) {
    ASSERT_TRUE(reconciler.reconcile());
    const auto tx = store.read();
    const auto status = *reconciler.status(*tx);
    ASSERT_EQ(status.size(), 1);
    EXPECT_EQ(status[0]["servers"].size(), 2);
    EXPECT_EQ(status[0]["servers"][0]["state"], "running");
    EXPECT_TRUE(status[0]["servers"][0]["synchronous"]);
}

}  // namespace
}  // namespace stormglass::rds
