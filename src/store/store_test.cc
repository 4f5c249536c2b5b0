// What every store promises, tried on both: the memory store and RocksDB.
#include "store/store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "store/key.h"
#include "store/memory_store.h"
#include "store/testing.h"

namespace stormglass::store {
namespace {

enum class Kind { memory, rocks };

class StoreTest : public testing::TestWithParam<Kind> {
protected:
    StoreTest() {
        if (GetParam() == Kind::memory) {
            store = std::make_unique<MemoryStore>();
        } else {
            rocks.emplace();
            store = rocks->open();
        }
    }

    std::unique_ptr<Tx> write() { return store->write().value(); }

    void put(std::string_view key, std::string_view value) {
        auto tx = write();
        tx->put(key, value);
        ASSERT_TRUE(store->commit_durable(std::move(tx)));
    }

    std::optional<RocksFolder> rocks;
    std::unique_ptr<Store> store;
};

INSTANTIATE_TEST_SUITE_P(Both, StoreTest, testing::Values(Kind::memory, Kind::rocks),
                         [](const auto& kind) {
                             return kind.param == Kind::memory ? "memory" : "rocks";
                         });

TEST_P(StoreTest, AReaderSeesTheSnapshotItBeganWith) {
    put("a", "old");
    auto reader = store->read();
    put("a", "new");
    put("b", "new");
    EXPECT_EQ(reader->get("a").value(), "old");
    EXPECT_EQ(reader->get("b").value(), std::nullopt);
    EXPECT_EQ(listing(*reader), "a=old ");
    EXPECT_EQ(store->read()->get("a").value(), "new");
}

TEST_P(StoreTest, AWriterSeesItsOwnWritesAndNobodyElseDoesBeforeCommit) {
    put("a", "1");
    auto tx = write();
    tx->put("b", "2");
    tx->erase("a");
    EXPECT_EQ(tx->get("a").value(), std::nullopt);
    EXPECT_EQ(tx->get("b").value(), "2");
    EXPECT_EQ(listing(*store->read()), "a=1 ");
    ASSERT_TRUE(store->commit(std::move(tx)));
    EXPECT_EQ(listing(*store->read()), "b=2 ");
}

TEST_P(StoreTest, ADroppedTransactionLeavesNothingAndFreesTheLock) {
    write()->put("a", "1");
    EXPECT_EQ(listing(*store->read()), "");
    put("b", "2");
    EXPECT_EQ(listing(*store->read()), "b=2 ");
}

TEST_P(StoreTest, AScanMergesOwnWritesInBothDirectionsAndHonoursItsBounds) {
    for (const auto* key : {"a", "c", "e", "g"}) put(key, "old");
    auto tx = write();
    tx->put("b", "own");
    tx->put("c", "own");
    tx->erase("e");
    tx->put("h", "own");
    EXPECT_EQ(listing(*tx), "a=old b=own c=own g=old h=own ");
    EXPECT_EQ(listing(*tx, "b", "g"), "b=own c=own ");
    EXPECT_EQ(listing(*tx, "b", "", Direction::backward), "h=own g=old c=own b=own ");
    EXPECT_EQ(listing(*tx, "", "c", Direction::backward), "b=own a=old ");
    EXPECT_EQ(listing(*tx, "x", "y"), "");
    EXPECT_EQ(listing(*tx, "g", "b"), "");
}

TEST_P(StoreTest, AScanStopsWhenToldAndMayWriteWhileItRuns) {
    for (const auto* key : {"a", "b", "c"}) put(key, "1");
    auto tx = write();
    int seen = 0;
    ASSERT_TRUE(tx->scan("", "", Direction::forward, [&](auto key, auto) {
        tx->erase(key);
        tx->put("z" + std::string(key), "2");
        return ++seen == 2 ? Step::stop : Step::next;
    }));
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(listing(*tx), "c=1 za=2 zb=2 ");
}

TEST_P(StoreTest, ErasingAPrefixLeavesItsNeighbours) {
    for (const auto& part : {"a", "ab", "b"}) put(key({"t", part, "x"}), "1");
    auto tx = write();
    EXPECT_EQ(erase_prefix(*tx, key({"t", "a"})).value(), 1u);
    EXPECT_EQ(tx->get(key({"t", "ab", "x"})).value(), "1");
    EXPECT_EQ(erase_prefix(*tx, "").value(), 2u);
    EXPECT_EQ(listing(*tx), "");
}

TEST_P(StoreTest, TicketsGrowAndAnEmptyCommitNeedsNoNewOne) {
    put("a", "1");
    const auto before = store->latest().number;
    EXPECT_EQ(store->commit(write())->number, before);
    put("a", "2");
    EXPECT_GT(store->latest().number, before);
}

TEST_P(StoreTest, ValuesOfAnyBytesAndSizesComeBackAsTheyWere) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
    const std::string large(3'000'000, 'x');
    put("bytes", all);
    put("empty", "");
    put("large", large);
    auto reader = store->read();
    EXPECT_EQ(reader->get("bytes").value(), all);
    EXPECT_EQ(reader->get("empty").value(), "");
    EXPECT_TRUE(reader->get("large").value() == large);
}

TEST_P(StoreTest, BehavesLikeAMapOverRandomTransactions) {
    std::mt19937 random(20261124);
    const auto below = [&](unsigned bound) { return random() % bound; };
    std::map<std::string, std::string> committed;
    for (int round = 0; round < 300; ++round) {
        auto model = committed;
        auto tx = write();
        for (unsigned change = below(6); change > 0; --change) {
            const std::string key = "k" + std::to_string(below(20));
            if (below(3) == 0) {
                tx->erase(key);
                model.erase(key);
            } else {
                model[key] = std::to_string(below(1000));
                tx->put(key, model[key]);
            }
        }
        const std::string from = "k" + std::to_string(below(20));
        const std::string to = "k" + std::to_string(below(20));
        const auto direction = below(2) == 0 ? Direction::forward : Direction::backward;
        ASSERT_EQ(listing(*tx, from, to, direction), listing(model, from, to, direction)) << round;
        ASSERT_EQ(listing(*store->read()), listing(committed)) << round;
        if (below(4) == 0) continue;  // Undone.
        ASSERT_TRUE(store->commit(std::move(tx)));
        committed = model;
        if (below(8) == 0) {
            ASSERT_TRUE(store->wait_durable(store->latest()));
        }
    }
    EXPECT_EQ(listing(*store->read()), listing(committed));
}

}  // namespace
}  // namespace stormglass::store
