// The faults that only the memory store can have.
#include "store/memory_store.h"

#include <gtest/gtest.h>

#include <thread>

#include "store/testing.h"

namespace stormglass::store {
namespace {

const Error broken{Domain::store, "Broken", "on purpose", 0, {}};

std::unique_ptr<Tx> writing(MemoryStore& store, std::string_view key, std::string_view value) {
    auto tx = store.write().value();
    tx->put(key, value);
    return tx;
}

TEST(MemoryStore, ACommitThatFailsLeavesNothing) {
    MemoryStore store;
    store.fail_next_commit(broken);
    EXPECT_EQ(store.commit(writing(store, "a", "1")).error().code, "Broken");
    EXPECT_EQ(store.dump(), "");
    EXPECT_TRUE(store.commit_durable(writing(store, "a", "2")));
}

TEST(MemoryStore, ACrashLosesExactlyWhatNobodyWaitedFor) {
    MemoryStore store;
    ASSERT_TRUE(store.commit_durable(writing(store, "a", "kept")));
    ASSERT_TRUE(store.commit_durable(writing(store, "b", "kept")));
    ASSERT_TRUE(store.commit(writing(store, "a", "lost")));
    auto tx = writing(store, "c", "lost");
    tx->erase("b");
    ASSERT_TRUE(store.commit(std::move(tx)));
    store.crash();
    EXPECT_EQ(listing(*store.read()), "a=kept b=kept ");
}

TEST(MemoryStore, AFailedSyncEndsAllWritingUntilTheCrash) {
    MemoryStore store;
    store.fail_next_sync(broken);
    EXPECT_FALSE(store.commit_durable(writing(store, "a", "1")));
    EXPECT_FALSE(store.write());
    store.crash();
    EXPECT_EQ(listing(*store.read()), "");
    EXPECT_TRUE(store.commit_durable(writing(store, "a", "2")));
}

TEST(MemoryStore, WritersTakeTurns) {
    MemoryStore store;
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number) {
        threads.emplace_back([&store] {
            for (int round = 0; round < 100; ++round) {
                auto tx = store.write().value();
                const auto before = tx->get("n").value().value_or("0");
                tx->put("n", std::to_string(std::stoi(before) + 1));
                ASSERT_TRUE(store.commit(std::move(tx)));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(listing(*store.read()), "n=800 ");
}

TEST(MemoryStoreDeathTest, WritingThroughAReaderOrTwiceInOneThreadIsAProgrammingError) {
    MemoryStore store;
    EXPECT_DEATH(store.read()->put("a", "1"), "is_writable");
    EXPECT_DEATH(
        {
            auto first = store.write();
            auto second = store.write();
        },
        "holder_");
}

}  // namespace
}  // namespace stormglass::store
