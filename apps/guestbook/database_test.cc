// Which failures are worth another attempt. (With a real server: guestbook_e2e_test.py.)
#include "database.h"

#include <gtest/gtest.h>

namespace guestbook {
namespace {

TEST(DatabaseTest, AServerThatBecameAStandbyIsLeft) {
    for (const unsigned code : {1290U, 1836U, 1874U})
        EXPECT_EQ(remedy_for(code), Remedy::reconnect);
}

TEST(DatabaseTest, ALostConnectionIsMadeAnew) {
    for (const unsigned code : {2002U, 2003U, 2005U, 2006U, 2013U, 1053U, 1040U}) {
        EXPECT_EQ(remedy_for(code), Remedy::reconnect) << code;
    }
}

TEST(DatabaseTest, ADeadlockIsRepeatedOnTheSameConnection) {
    EXPECT_EQ(remedy_for(1213), Remedy::repeat);
    EXPECT_EQ(remedy_for(1205), Remedy::repeat);
}

TEST(DatabaseTest, WhatWouldFailAgainIsGivenUp) {
    for (const unsigned code : {0U, 1045U, 1062U, 1064U, 1146U, 1406U}) {
        EXPECT_EQ(remedy_for(code), Remedy::give_up) << code;
    }
}

TEST(DatabaseTest, AnUnreachableDatabaseFailsWithinItsDeadline) {
    Resolver resolver({.resolv_conf = "/nonexistent", .hosts = "/nonexistent"});
    Database database({.host = "nowhere.example", .deadline = std::chrono::milliseconds{120}},
                      resolver);
    int tried = 0;
    const auto result = database.run([&](Connection&) -> Result<Rows> {
        ++tried;
        return Rows{};
    });
    ASSERT_FALSE(result);
    EXPECT_EQ(tried, 0);
    EXPECT_NE(result.error().message.find("nowhere.example"), std::string::npos);
}

}  // namespace
}  // namespace guestbook
