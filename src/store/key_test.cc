#include "store/key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "store/memory_store.h"
#include "store/table.h"

namespace stormglass::store {

struct Cloud {
    std::string name;
    int height = 0;
    std::optional<std::string> colour;
};
STORMGLASS_JSON(Cloud, name, height, colour)

namespace {

constexpr Table<Cloud> clouds{"sky/cloud"};

TEST(Key, OrderOfKeysIsTheOrderOfTheirParts) {
    std::mt19937 random(7);
    std::vector<std::vector<std::string>> all;
    const std::string bytes{
        "\x00\x01\x02\xfe\xff"
        "a",
        6};
    for (int round = 0; round < 400; ++round) {
        std::vector<std::string> parts(1 + random() % 3);
        for (auto& part : parts) {
            for (unsigned size = random() % 4; size > 0; --size) part += bytes[random() % 6];
        }
        all.push_back(parts);
    }
    for (const auto& a : all) {
        EXPECT_EQ(parts_of(Parts(a).encoded()).value(), a);
        for (const auto& b : all) {
            EXPECT_EQ(a < b, Parts(a).encoded() < Parts(b).encoded());
        }
    }
}

TEST(Key, APrefixEndsAtAPartsBoundary) {
    EXPECT_TRUE(key({"t", "a", "b"}).starts_with(key({"t", "a"})));
    EXPECT_FALSE(key({"t", "ab"}).starts_with(key({"t", "a"})));
}

TEST(Key, BytesThatAreNoKeyAreRefused) {
    for (const std::string& bad :
         {std::string("a"), std::string("a\0", 2), std::string("a\0b", 3)}) {
        EXPECT_FALSE(parts_of(bad));
    }
}

TEST(Key, OrderedNumbersSortAsNumbers) {
    EXPECT_LT(ordered(9), ordered(10));
    EXPECT_LT(ordered(255), ordered(256));
    EXPECT_LT(ordered(1), ordered(~std::uint64_t{0}));
}

TEST(Key, APrefixOfHighBytesHasNoEnd) {
    EXPECT_EQ(prefix_end("\xff\xff"), "");
    EXPECT_EQ(prefix_end("a\xff"), "b");
}

class TableTest : public testing::Test {
protected:
    TableTest() : tx(store.write().value()) {
        clouds.put(*tx, {"1", "us", "b"}, {.name = "stratus", .height = 2});
        clouds.put(*tx, {"1", "us", "a"}, {.name = "cirrus", .height = 9, .colour = "white"});
        clouds.put(*tx, {"1", "usa", "c"}, {.name = "nimbus", .height = 1});
        tx->put(key({"sky/cloudy", "1"}), "no record of this table");
    }
    MemoryStore store;
    std::unique_ptr<Tx> tx;
};

TEST_F(TableTest, RecordsComeBackAsTheyWerePut) {
    const auto cirrus = clouds.get(*tx, {"1", "us", "a"}).value();
    ASSERT_TRUE(cirrus);
    EXPECT_EQ(cirrus->name, "cirrus");
    EXPECT_EQ(cirrus->colour, "white");
    EXPECT_FALSE(clouds.get(*tx, {"1", "us", "x"}).value());
    EXPECT_TRUE(clouds.contains(*tx, {"1", "us", "b"}).value());
}

TEST_F(TableTest, ListsByWholePartsInKeyOrder) {
    const auto found = clouds.all(*tx, {"1", "us"}).value();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].name, "cirrus");
    EXPECT_EQ(found[1].name, "stratus");
    EXPECT_EQ(clouds.all(*tx)->size(), 3u);
}

TEST_F(TableTest, AScanMayAskForThePartsOfTheKeyAndMayStop) {
    std::vector<std::string> last;
    ASSERT_TRUE(clouds.scan(
        *tx, {"1"},
        [&](const std::vector<std::string>& parts, Cloud&) {
            last = parts;
            return Step::stop;
        },
        Direction::backward));
    EXPECT_EQ(last, (std::vector<std::string>{"1", "usa", "c"}));
}

TEST_F(TableTest, ErasingByPrefixKeepsOtherTables) {
    EXPECT_EQ(clouds.erase_all(*tx, {"1", "us"}).value(), 2u);
    EXPECT_EQ(clouds.erase_all(*tx).value(), 1u);
    EXPECT_TRUE(tx->get(key({"sky/cloudy", "1"})).value());
}

TEST_F(TableTest, ARecordThatDoesNotReadNamesItsKey) {
    tx->put(key({"sky/cloud", "1", "bad"}), R"({"height":"tall"})");
    const auto read = clouds.get(*tx, {"1", "bad"});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "BadRecord");
    EXPECT_NE(read.error().message.find("sky/cloud/1/bad"), std::string::npos);
    EXPECT_FALSE(clouds.all(*tx));
}

TEST_F(TableTest, ARecordOfAnOlderVersionReadsWithDefaults) {
    tx->put(key({"sky/cloud", "1", "old"}), R"({"name":"old"})");
    EXPECT_EQ(clouds.get(*tx, {"1", "old"}).value()->height, 0);
}

}  // namespace
}  // namespace stormglass::store
