// Events in chunks: whatever the batches were, they come back in order, in both directions, within
// any bounds.
#include "services/logs/events.h"

#include <gtest/gtest.h>

#include <random>

#include "base/random.h"
#include "store/memory_store.h"

namespace stormglass::logs {
namespace {

class EventsTest : public ::testing::Test {
protected:
    void put(std::vector<std::pair<std::int64_t, std::string>> events) {
        auto tx = store.write().value();
        std::vector<NewEvent> views;
        for (const auto& [time, text] : events) views.push_back({time, text});
        put_events(*tx, group, "s", next, 7, views);
        next += views.size();
        ASSERT_TRUE(store.commit(std::move(tx)));
    }
    std::vector<std::string> read(const Range& range) {
        std::vector<std::string> found;
        EXPECT_TRUE(scan_events(*store.read(), group, "s", range, [&](const EventView& event) {
            EXPECT_EQ(event.ingested_ms, 7);
            found.emplace_back(event.message);
            return store::Step::next;
        }));
        return found;
    }
    store::MemoryStore store;
    Group group{.account = "1", .region = "r", .name = "g"};
    std::uint64_t next = 1;
};

TEST_F(EventsTest, random_batches_come_back_as_a_sorted_list_would) {
    std::mt19937 random(42);
    std::vector<std::pair<Position, std::string>> all;
    for (int batch = 0; batch < 60; ++batch) {
        std::vector<std::pair<std::int64_t, std::string>> events;
        const std::int64_t base = 1'000'000 + static_cast<std::int64_t>(random() % 60'000);
        const auto count = 1 + random() % 30;
        std::vector<std::int64_t> times;
        for (std::size_t i = 0; i < count; ++i)
            times.push_back(base + static_cast<std::int64_t>(random() % 40'000));
        std::ranges::sort(times);
        for (std::size_t i = 0; i < count; ++i) {
            const std::string text =
                std::to_string(batch) + "/" + std::to_string(i) + std::string(random() % 5000, 'x');
            all.push_back({{times[i], next + i}, text});
            events.emplace_back(times[i], text);
        }
        put(events);
    }
    std::ranges::sort(all);
    for (int i = 0; i < 40; ++i) {
        const Position from{990'000 + static_cast<std::int64_t>(random() % 120'000), 0};
        const Position to{from.time_ms + static_cast<std::int64_t>(random() % 60'000),
                          random() % 2000};
        std::vector<std::string> wanted;
        for (const auto& [position, text] : all) {
            if (from <= position && position < to) wanted.push_back(text);
        }
        EXPECT_EQ(read({from, to}), wanted);
        std::ranges::reverse(wanted);
        EXPECT_EQ(read({from, to, store::Direction::backward}), wanted);
    }
}

TEST_F(EventsTest, whole_chunks_that_cannot_match_are_passed_over) {
    put({{1000, "apple"}, {1001, "pear"}});
    put({{2000, "plum"}});
    Range range{{}, position_end};
    range.chunk_may_match = [](std::string_view packed) {
        return packed.find("plum") != packed.npos;
    };
    EXPECT_EQ(read(range), std::vector<std::string>{"plum"});
}

TEST_F(EventsTest, a_chunk_expires_with_its_last_event) {
    put({{1000, "a"}, {5000, "b"}});
    put({{2000, "c"}});
    EXPECT_EQ(expired_chunks(*store.read(), group, "s", 3000, 10)->keys.size(), 1u);
    EXPECT_EQ(expired_chunks(*store.read(), group, "s", 5001, 10)->keys.size(), 2u);
}

}  // namespace
}  // namespace stormglass::logs
