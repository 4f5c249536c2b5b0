// Real servers, in a network namespace of the test's own, under a realm of the test's own.
#include "substrate/mysql/databases_linux.h"

#include <gmock/gmock.h>

#include "base/strings.h"
#include "substrate/mysql/program.h"
#include "substrate/mysql/testing.h"

namespace stormglass::substrate {
namespace {

using namespace mysql;

class DatabasesTest : public ::testing::Test, public TestServers {
protected:
    void start_first() {
        OK(databases().create_data(first));
        OK(databases().start(first, ServerRole::primary));
        OK(databases().set_credentials(first, credentials()));
    }
    DatabaseServerState observed(const DatabaseServerSpec& spec) {
        return databases().observe(spec).value_or(DatabaseServerState{});
    }
    /// Files under a folder that contain the text.
    std::string files_with(const std::string& text, const std::string& folder) {
        auto found = run_program({.argv = {"grep", "-rla", text, folder}});
        return found ? *found : "";
    }
};

TEST_F(DatabasesTest, AServerStartsOnAnEmptyDirectoryAndAnswers) {
    OK(databases().create_data(first));
    OK(databases().start(first, ServerRole::primary));
    const auto state = observed(first);
    EXPECT_TRUE(state.running);
    EXPECT_TRUE(state.answers);
    EXPECT_EQ(state.role, ServerRole::primary);
    EXPECT_NE(state.version.find("MariaDB"), std::string::npos);
}

TEST_F(DatabasesTest, TheMasterUserConnectsOverTheNetworkAndAChangedPasswordCounts) {
    start_first();
    EXPECT_TRUE(client(first)->connected());
    auto changed = credentials();
    changed.master_password = "Another1";
    OK(databases().set_credentials(first, changed));
    EXPECT_FALSE(client(first)->connected());
    EXPECT_TRUE(Client(first.address, first.port, master, "Another1").connected());
    OK(databases().set_credentials(first, credentials()));
    EXPECT_EQ(client(first)->column("SHOW DATABASES LIKE 'app'").size(), 1u);
}

TEST_F(DatabasesTest, TheMasterUserGrantsButIsNoSuperuserAndLeavesTheSystemSchemaAlone) {
    start_first();
    auto admin = client(first);
    EXPECT_TRUE(admin->execute("CREATE DATABASE shop")) << admin->error();
    EXPECT_TRUE(admin->execute("CREATE TABLE shop.t(id INT PRIMARY KEY)")) << admin->error();
    EXPECT_TRUE(admin->execute("CREATE USER web@'%' IDENTIFIED BY 'pw'")) << admin->error();
    EXPECT_TRUE(admin->execute("GRANT SELECT, INSERT ON shop.* TO web@'%'")) << admin->error();
    EXPECT_TRUE(Client(first.address, first.port, "web", "pw").connected());
    EXPECT_FALSE(admin->column("SELECT user FROM mysql.user").empty());
    for (const char* refused :
         {"SET GLOBAL read_only=1", "SET GLOBAL innodb_encrypt_tables=OFF",
          "UPDATE mysql.global_priv SET Priv='{}'", "DROP TABLE mysql.proc",
          "SELECT 1 INTO OUTFILE '/database/server/data/x'", "SET SESSION sql_log_bin=0",
          "CREATE TABLE shop.m(x INT) ENGINE=MyISAM", "INSTALL SONAME 'ha_archive'"}) {
        EXPECT_FALSE(admin->execute(refused)) << refused;
    }
}

TEST_F(DatabasesTest, NobodyElseIsThereAndTheDaemonsAccountIsNotReachableOverTheNetwork) {
    start_first();
    EXPECT_FALSE(Client(first.address, first.port, "", "").connected());
    EXPECT_FALSE(Client(first.address, first.port, "root", "").connected());
    EXPECT_FALSE(Client(first.address, first.port, "rdsrepladmin", "").connected());
    EXPECT_THAT(client(first)->column("SELECT user FROM mysql.global_priv ORDER BY user"),
                ::testing::ElementsAre("admin", "mariadb.sys", "rdsrepladmin", "root"));
    EXPECT_TRUE(client(first)->column("SHOW DATABASES LIKE 'test'").empty());
}

TEST_F(DatabasesTest, TheServerRunsUnprivilegedAndItsKeyIsNowhereToBeFound) {
    start_first();
    const auto pid = std::to_string(observed(first).pid);
    const auto status = base::read_file("/proc/" + pid + "/status").value_or("");
    EXPECT_EQ(status.find("\nUid:\t0"), std::string::npos);
    EXPECT_NE(status.find("CapBnd:\t0000000000000000"), std::string::npos);
    const auto key = base::hex_encode(first.encryption_key);
    EXPECT_EQ(base::read_file("/proc/" + pid + "/cmdline").value_or("").find(key),
              std::string::npos);
    EXPECT_FALSE(base::file_exists("/proc/" + pid + "/root/database/key"));
    EXPECT_EQ(files_with(key, realm().data_dir) + files_with(key, realm().run_dir), "");
}

TEST_F(DatabasesTest, NothingThatUsersWriteIsReadableOnDisk) {
    first.parameters = {{"general_log", "1"}, {"slow_query_log", "1"}, {"long_query_time", "0"}};
    start_first();
    auto admin = client(first);
    ASSERT_TRUE(admin->execute("CREATE TABLE app.t(id INT PRIMARY KEY, v VARCHAR(200), KEY(v))"));
    ASSERT_TRUE(admin->execute("INSERT INTO app.t VALUES (1, 'PlainMarkerRow')"));
    ASSERT_TRUE(admin->execute("CREATE PROCEDURE app.p() SELECT 'PlainMarkerRoutine'"));
    ASSERT_TRUE(admin->execute("CREATE USER u@'%' IDENTIFIED BY 'PlainMarkerUser'"));
    ASSERT_TRUE(
        admin->execute("CREATE EVENT app.e ON SCHEDULE EVERY 1 DAY DO SELECT 'PlainMarkerEvent'"));
    ASSERT_TRUE(admin->execute("ALTER EVENT app.e DISABLE"));
    ASSERT_TRUE(admin->execute("ANALYZE TABLE app.t PERSISTENT FOR ALL"));
    ASSERT_TRUE(admin->execute("SELECT * FROM app.t WHERE v = 'PlainMarkerQuery'"));
    for (const auto log : {DatabaseLog::general, DatabaseLog::slowquery}) {
        EXPECT_TRUE(eventually([&] {
            return databases().read_log(first.id, log)->find("PlainMarkerQuery") !=
                   std::string::npos;
        }));
    }
    EXPECT_EQ(files_with("PlainMarker", realm().data_dir), "");
    OK(databases().stop(first.id));
    EXPECT_EQ(files_with("PlainMarker", realm().data_dir), "");
    EXPECT_EQ(files_with(password, realm().run_dir), "");
    OK(databases().start(first, ServerRole::primary));
    EXPECT_EQ(client(first)->value("SELECT v FROM app.t"), "PlainMarkerRow");
    EXPECT_EQ(client(first)->column("SHOW EVENTS FROM app").size(), 1u);
}

TEST_F(DatabasesTest, ParametersHoldFromTheStartAndAreAppliedToARunningServer) {
    first.parameters = {{"character_set_server", "utf8mb4"},
                        {"slow_query_log", "1"},
                        {"max_connections", "77"},
                        {"innodb_buffer_pool_size", "{DBInstanceClassMemory/4}"},
                        {"transaction_isolation", "READ-COMMITTED"},
                        {"time_zone", "US/Pacific"}};
    start_first();
    auto admin = client(first);
    EXPECT_EQ(admin->value("SELECT @@max_connections"), "77");
    EXPECT_EQ(admin->value("SELECT @@character_set_server"), "utf8mb4");
    EXPECT_EQ(admin->value("SELECT @@GLOBAL.innodb_buffer_pool_size"), std::to_string(64 << 20));
    EXPECT_EQ(admin->value("SELECT @@GLOBAL.tx_isolation"), "READ-COMMITTED");
    EXPECT_EQ(admin->value("SELECT @@GLOBAL.time_zone"), "US/Pacific");
    first.parameters = {{"max_connections", "88"},
                        {"back_log", "55"},
                        {"long_query_time", "0.5"},
                        {"max_allowed_packet", "32M"}};
    const auto pending = databases().apply_parameters(first);
    ASSERT_TRUE(pending) << pending.error().message;
    EXPECT_THAT(*pending, ::testing::ElementsAre("back_log"));
    EXPECT_EQ(admin->value("SELECT @@max_connections"), "88");
    EXPECT_EQ(admin->value("SELECT @@GLOBAL.long_query_time"), "0.500000");
    EXPECT_EQ(admin->value("SELECT @@GLOBAL.max_allowed_packet"), std::to_string(32 << 20));
    EXPECT_EQ(admin->value("SELECT @@GLOBAL.tx_isolation"), "REPEATABLE-READ")
        << "what left the group has its default again";
    EXPECT_EQ(admin->value("SELECT @@GLOBAL.slow_query_log"), "0");
}

TEST_F(DatabasesTest, ParametersThatCannotBeHonouredAreRefusedByName) {
    const auto problems = databases().check_parameters({{"max_connections", "10"},
                                                        {"default_authentication_plugin", "x"},
                                                        {"log_output", "TABLE"},
                                                        {"port", "1"}});
    ASSERT_TRUE(problems) << problems.error().message;
    std::vector<std::string> names;
    for (const auto& problem : *problems) names.push_back(problem.name);
    EXPECT_THAT(names,
                ::testing::ElementsAre("default_authentication_plugin", "log_output", "port"));
    OK(databases().create_data(first));
    first.parameters = {{"admin_port", "1"}};
    const auto started = databases().start(first, ServerRole::primary);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, "InvalidParameter");
    first.parameters = {{"character_set_server", "klingon"}};
    const auto wrong = databases().start(first, ServerRole::primary);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, "StartFailed");
    EXPECT_NE(wrong.error().message.find("klingon"), std::string::npos) << wrong.error().message;
}

TEST_F(DatabasesTest, ALaterDaemonManagesWhatAnEarlierOneStarted) {
    start_first();
    const auto later = make_linux_databases(realm(), processes());
    const auto state = later->observe(first);
    ASSERT_TRUE(state);
    EXPECT_TRUE(state->answers);
    OK(later->start(first, ServerRole::primary));
    EXPECT_EQ(later->observe(first)->pid, state->pid);
    EXPECT_THAT(*later->list(), ::testing::ElementsAre(first.id));
    OK(later->stop(first.id));
    EXPECT_FALSE(later->observe(first)->running);
}

TEST_F(DatabasesTest, AFrozenServerIsSaidToRunWithoutAnswering) {
    start_first();
    ::kill(observed(first).pid, SIGSTOP);
    const auto before = std::chrono::steady_clock::now();
    const auto state = observed(first);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 2500ms);
    EXPECT_TRUE(state.running);
    EXPECT_FALSE(state.answers);
    OK(databases().kill(first.id));
    EXPECT_FALSE(observed(first).running);
}

TEST_F(DatabasesTest, RemovingLeavesNothing) {
    start_first();
    const auto pid = observed(first).pid;
    OK(databases().remove(first.id));
    EXPECT_TRUE(eventually([&] { return ::kill(pid, 0) != 0; }));
    EXPECT_TRUE(databases().list()->empty());
    EXPECT_FALSE(base::file_exists(realm().run_dir + "/databases/" + first.id));
    OK(databases().remove(first.id));
}

}  // namespace
}  // namespace stormglass::substrate
