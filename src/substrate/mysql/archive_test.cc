// The continuous backup of a real server: a copy and the log behind it give any second back.
#include "substrate/mysql/program.h"
#include "substrate/mysql/testing.h"

namespace stormglass::substrate::mysql {
namespace {

class ArchiveTest : public ::testing::Test, public TestServers {
protected:
    void SetUp() override {
        OK(databases().create_data(first));
        OK(databases().start(first, ServerRole::primary));
        OK(databases().set_credentials(first, credentials()));
        ASSERT_TRUE(
            client(first)->execute("CREATE TABLE app.t (id INT PRIMARY KEY, v VARCHAR(40))"));
    }
    void write(int id) {
        ASSERT_TRUE(client(first)->execute(
            fmt::format("INSERT INTO app.t VALUES ({}, 'PlainMarkerRow{}')", id, id)));
    }
    /// The server's clock says the next second; returns it.
    std::int64_t next_second() {
        const auto before = std::time(nullptr);
        EXPECT_TRUE(eventually([&] { return std::time(nullptr) > before; }));
        return before + 1;
    }
    std::string ids_restored(std::int64_t until, const std::string& begin) {
        EXPECT_TRUE(databases().remove(second.id));
        auto done = databases().restore_snapshot("snap", second);
        if (done) done = databases().start(second, ServerRole::primary);
        if (done) done = databases().replay_log(second, "one", {.begin = begin, .until = until});
        if (done) done = databases().set_credentials(second, credentials());
        if (!done) return done.error().message;
        return client(second)->value("SELECT GROUP_CONCAT(id ORDER BY id) FROM app.t");
    }
};

TEST_F(ArchiveTest, AnySecondComesBackFromACopyAndTheLogBehindIt) {
    write(1);
    const auto begin = databases().take_snapshot(first, "snap");
    ASSERT_TRUE(begin) << begin.error().message;
    write(2);
    OK(databases().archive_log(first, "one"));
    const auto after_two = next_second();
    write(3);
    const auto after_three = next_second();
    OK(databases().archive_log(first, "one"));
    ASSERT_TRUE(client(first)->execute("DELETE FROM app.t"));
    const auto after_all = next_second();
    const auto complete = databases().archive_log(first, "one");
    ASSERT_TRUE(complete);
    EXPECT_EQ(*complete, databases().observe(first)->log_position);
    EXPECT_EQ(ids_restored(after_two, *begin), "1,2");
    EXPECT_EQ(ids_restored(after_three, *begin), "1,2,3");
    EXPECT_EQ(ids_restored(after_all, *begin), "NULL");
    const auto plain =
        run_program({.argv = {"grep", "-rla", "PlainMarker", realm().data_dir + "/log-archives"}});
    EXPECT_FALSE(plain) << *plain;
}

TEST_F(ArchiveTest, WhatAnotherServerGoesOnWithIsOneHistory) {
    const auto begin = databases().take_snapshot(first, "snap");
    ASSERT_TRUE(begin) << begin.error().message;
    OK(databases().clone_data(first, second));
    OK(databases().start(second, ServerRole::standby));
    OK(databases().replicate_from(second, first, credentials().replication_password));
    write(1);
    OK(databases().archive_log(first, "one"));
    write(2);
    ASSERT_TRUE(eventually([&] {
        return databases().observe(second)->gtid_position ==
               databases().observe(first)->log_position;
    }));
    OK(databases().kill(first.id));
    OK(databases().promote(second));
    ASSERT_TRUE(client(second)->execute("INSERT INTO app.t VALUES (3, 'x')"));
    OK(databases().archive_log(second, "one"));
    const auto until = next_second();
    EXPECT_EQ(ids_restored(until, *begin), "1,2,3");
}

}  // namespace
}  // namespace stormglass::substrate::mysql
