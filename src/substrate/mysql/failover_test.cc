// Pairs of real servers: what is acknowledged survives, and the old primary comes back.
#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <set>

#include "substrate/mysql/program.h"
#include "substrate/mysql/testing.h"

namespace stormglass::substrate {
namespace {

using namespace mysql;

/// Clients that insert numbers as fast as they are acknowledged, until stopped.
class Writers {
public:
    Writers(const TestServers& servers, const DatabaseServerSpec& to, int count) {
        for (int i = 0; i < count; i++) {
            threads_.emplace_back([this, &servers, &to] {
                const auto client = servers.client(to);
                while (!stopped_) {
                    const auto id = next_++;
                    if (!client->execute("INSERT INTO app.t VALUES (" + std::to_string(id) + ")")) {
                        return;
                    }
                    const std::lock_guard lock(mutex_);
                    acknowledged_.insert(std::to_string(id));
                }
            });
        }
    }
    ~Writers() { stop(); }
    std::set<std::string> stop() {
        stopped_ = true;
        for (auto& thread : threads_) thread.join();
        threads_.clear();
        return acknowledged_;
    }
    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return acknowledged_.size();
    }

private:
    std::vector<std::thread> threads_;
    std::atomic<bool> stopped_ = false;
    std::atomic<long> next_ = 1;
    std::mutex mutex_;
    std::set<std::string> acknowledged_;
};

class FailoverTest : public ::testing::Test, public TestServers {
protected:
    void start_pair() {
        for (const auto* spec : {&first, &second}) OK(databases().create_data(*spec));
        OK(databases().start(first, ServerRole::primary));
        OK(databases().set_credentials(first, credentials()));
        OK(databases().start(second, ServerRole::standby));
        attach(second, first);
        ASSERT_TRUE(client(first)->execute("CREATE TABLE app.t(id BIGINT PRIMARY KEY)"));
    }
    void attach(const DatabaseServerSpec& standby, const DatabaseServerSpec& primary) {
        OK(databases().replicate_from(standby, primary, credentials().replication_password));
        ASSERT_TRUE(eventually([&] { return observed(primary).synchronous; }));
        OK(databases().set_synchronous(primary, Synchronous::on));
    }
    DatabaseServerState observed(const DatabaseServerSpec& spec) {
        return databases().observe(spec).value_or(DatabaseServerState{});
    }
    std::set<std::string> rows(const DatabaseServerSpec& spec) {
        const auto cells = client(spec)->column("SELECT id FROM app.t");
        return {cells.begin(), cells.end()};
    }
};

TEST_F(FailoverTest, AWriteOnThePrimaryAppearsOnTheReadOnlyStandby) {
    start_pair();
    ASSERT_TRUE(client(first)->execute("INSERT INTO app.t VALUES (7)"));
    EXPECT_TRUE(eventually([&] { return rows(second).contains("7"); }));
    EXPECT_FALSE(client(second)->execute("INSERT INTO app.t VALUES (8)"));
    const auto standby = observed(second), primary = observed(first);
    EXPECT_EQ(standby.role, ServerRole::standby);
    EXPECT_TRUE(standby.replicating);
    EXPECT_EQ(standby.lag_seconds.value_or(-1), 0);
    EXPECT_TRUE(primary.synchronous && primary.waits_for_standby);
    EXPECT_EQ(standby.gtid_position, primary.gtid_position);
}

TEST_F(FailoverTest, EveryAcknowledgedRowSurvivesTheDeathOfThePrimaryTimeAndAgain) {
    start_pair();
    const DatabaseServerSpec* primary = &first;
    const DatabaseServerSpec* standby = &second;
    for (int round = 0; round < 10; round++) {
        ASSERT_TRUE(client(*primary)->execute("DELETE FROM app.t"));
        Writers writers(*this, *primary, 4);
        ASSERT_TRUE(eventually([&] { return writers.count() > 100; })) << round;
        OK(databases().kill(primary->id));
        OK(databases().promote(*standby));
        const auto acknowledged = writers.stop();
        const auto kept = rows(*standby);
        EXPECT_THAT(kept, ::testing::IsSupersetOf(acknowledged)) << "round " << round;
        EXPECT_TRUE(client(*standby)->execute("INSERT INTO app.t VALUES (0)"));
        std::swap(primary, standby);
        OK(databases().start(*standby, ServerRole::standby));
        attach(*standby, *primary);
        ASSERT_TRUE(eventually([&] { return rows(*standby) == rows(*primary); })) << round;
    }
}

TEST_F(FailoverTest, AScheduledEventRunsOnWhicheverServerIsPrimary) {
    for (auto* spec : {&first, &second}) spec->parameters["event_scheduler"] = "ON";
    start_pair();
    ASSERT_TRUE(
        client(first)->execute("CREATE EVENT app.e ON SCHEDULE EVERY 1 SECOND DO INSERT INTO app.t "
                               "VALUES (FLOOR(RAND()*1e9))"));
    EXPECT_TRUE(eventually([&] { return !rows(first).empty(); }));
    OK(databases().kill(first.id));
    OK(databases().promote(second));
    const auto before = rows(second).size();
    EXPECT_TRUE(eventually([&] { return rows(second).size() > before; }));
}

TEST_F(FailoverTest, AReadReplicaFollowsButNoWriteWaitsForIt) {
    second.follower = DatabaseServerSpec::Follower::read_replica;
    for (const auto* spec : {&first, &second}) OK(databases().create_data(*spec));
    OK(databases().start(first, ServerRole::primary));
    OK(databases().set_credentials(first, credentials()));
    OK(databases().start(second, ServerRole::standby));
    OK(databases().replicate_from(second, first, credentials().replication_password));
    EXPECT_FALSE(observed(first).synchronous);
    ASSERT_TRUE(client(first)->execute("CREATE TABLE app.t(id BIGINT PRIMARY KEY)"));
    ASSERT_TRUE(client(first)->execute("INSERT INTO app.t VALUES (7)"));
    EXPECT_TRUE(eventually([&] { return rows(second).contains("7"); }));
}

TEST_F(FailoverTest, WritesWaitForALostStandbyUntilWaitingIsTurnedOff) {
    start_pair();
    OK(databases().kill(second.id));
    std::atomic<bool> acknowledged = false;
    std::thread writer(
        [&] { acknowledged = client(first)->execute("INSERT INTO app.t VALUES (1)"); });
    EXPECT_FALSE(eventually([&] { return acknowledged.load(); }, 500ms));
    OK(databases().set_synchronous(first, Synchronous::off));
    EXPECT_TRUE(eventually([&] { return acknowledged.load(); }));
    writer.join();
    OK(databases().start(second, ServerRole::standby));
    attach(second, first);
    EXPECT_TRUE(eventually([&] { return rows(second).contains("1"); }));
}

TEST_F(FailoverTest, ARestartedPrimaryStillWaitsForItsStandby) {
    start_pair();
    OK(databases().kill(first.id));
    OK(databases().start(first, ServerRole::primary));
    EXPECT_TRUE(observed(first).waits_for_standby);
    EXPECT_TRUE(eventually([&] { return observed(first).synchronous; }));
    EXPECT_TRUE(client(first)->execute("INSERT INTO app.t VALUES (1)"));
}

TEST_F(FailoverTest, APromotedServerDoesNotWaitForAStandbyThatItNeverHad) {
    start_pair();
    OK(databases().kill(first.id));
    OK(databases().promote(second));
    OK(databases().start(first, ServerRole::standby));
    attach(first, second);
    OK(databases().kill(second.id));
    OK(databases().promote(first));
    OK(databases().kill(first.id));
    OK(databases().start(first, ServerRole::primary));
    EXPECT_FALSE(observed(first).waits_for_standby);
    EXPECT_TRUE(client(first)->execute("INSERT INTO app.t VALUES (1)"));
}

TEST_F(FailoverTest, AnUnacknowledgedWriteOfADeadPrimaryDoesNotKeepItFromComingBack) {
    start_pair();
    OK(databases().kill(second.id));
    std::thread writer([&] { client(first)->execute("INSERT INTO app.t VALUES (1)"); });
    ASSERT_TRUE(eventually([&] {  // It is in the binary log, and waits for the standby.
        return client(first)->value("SHOW STATUS LIKE 'Rpl_semi_sync_master_wait_sessions'") !=
                   "" &&
               client(first)->value(
                   "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS "
                   "WHERE VARIABLE_NAME='RPL_SEMI_SYNC_MASTER_WAIT_SESSIONS'") == "1";
    }));
    OK(databases().kill(first.id));
    writer.join();
    OK(databases().start(second, ServerRole::standby));
    OK(databases().promote(second));
    ASSERT_TRUE(client(second)->execute("INSERT INTO app.t VALUES (2)"));
    OK(databases().start(first, ServerRole::standby));
    attach(first, second);
    EXPECT_TRUE(eventually([&] { return rows(first) == std::set<std::string>{"2"}; }));
}

TEST_F(FailoverTest, AStandbyRestartedAfterThePrimaryDiedStillHasWhatItReceived) {
    start_pair();
    auto direct = Connection::open(layout_of(realm(), second.id).socket(), 5s);
    ASSERT_TRUE(direct);
    OK(direct->execute("STOP SLAVE SQL_THREAD"));
    ASSERT_TRUE(client(first)->execute("INSERT INTO app.t VALUES (1)"));
    OK(databases().kill(first.id));
    OK(databases().kill(second.id));
    OK(databases().start(second, ServerRole::standby));
    OK(databases().promote(second));
    EXPECT_THAT(rows(second), ::testing::ElementsAre("1"));
}

TEST_F(FailoverTest, ACopyThatWasPromotedAndNeverWrittenToTakesTheOldPrimaryBackAsItsStandby) {
    start_pair();
    OK(databases().stop(second.id));
    OK(databases().set_synchronous(first, Synchronous::off));
    OK(databases().remove(second.id));
    OK(databases().clone_data(first, second));
    OK(databases().start(second, ServerRole::standby));
    attach(second, first);
    OK(databases().kill(first.id));
    OK(databases().promote(second));
    OK(databases().start(first, ServerRole::standby));
    attach(first, second);
    ASSERT_TRUE(client(second)->execute("INSERT INTO app.t VALUES (1)"));
    EXPECT_TRUE(eventually([&] { return rows(first).contains("1"); }));
}

TEST_F(FailoverTest, AServerWithAHistoryOfItsOwnIsSaidToHaveDivergedAndIsRebuiltByACopy) {
    start_pair();
    OK(databases().set_synchronous(first, Synchronous::off));
    OK(databases().promote(second));
    ASSERT_TRUE(client(second)->execute("INSERT INTO app.t VALUES (1)"));
    ASSERT_TRUE(client(first)->execute("INSERT INTO app.t VALUES (2)"));
    ASSERT_TRUE(client(first)->execute("INSERT INTO app.t VALUES (3)"));
    for (const auto* primary : {&first, &second}) {
        const auto& standby = primary == &first ? second : first;
        OK(databases().stop(standby.id));
        OK(databases().start(standby, ServerRole::standby));
        const auto attached =
            databases().replicate_from(standby, *primary, credentials().replication_password);
        ASSERT_FALSE(attached);
        EXPECT_EQ(attached.error().code, "Diverged") << attached.error().message;
        OK(databases().kill(standby.id));
        OK(databases().start(standby, ServerRole::primary));
    }
    OK(databases().remove(second.id));
    OK(databases().clone_data(first, second));
    OK(databases().start(second, ServerRole::standby));
    attach(second, first);
    ASSERT_TRUE(client(first)->execute("INSERT INTO app.t VALUES (4)"));
    EXPECT_TRUE(eventually([&] { return rows(second) == std::set<std::string>{"2", "3", "4"}; }));
}

TEST_F(FailoverTest, ACopyOfABusyPrimaryIsCompleteAndEncrypted) {
    start_pair();
    OK(databases().set_synchronous(first, Synchronous::off));
    OK(databases().remove(second.id));
    ASSERT_TRUE(client(first)->execute("CREATE TABLE app.m(v TEXT) SELECT 'PlainMarkerCopy' AS v"));
    {
        Writers writers(*this, first, 2);
        ASSERT_TRUE(eventually([&] { return writers.count() > 50; }));
        OK(databases().clone_data(first, second));
        OK(databases().start(second, ServerRole::standby));
        attach(second, first);
    }
    EXPECT_TRUE(eventually([&] { return rows(second) == rows(first); }));
    const auto found = run_program({.argv = {"grep", "-rla", "PlainMarker", realm().data_dir}});
    EXPECT_FALSE(found) << *found;
    EXPECT_EQ(client(second)->value("SELECT v FROM app.m"), "PlainMarkerCopy");
}

}  // namespace
}  // namespace stormglass::substrate
