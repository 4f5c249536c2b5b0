#include "services/dynamodb/ttl.h"

#include <gtest/gtest.h>

#include "services/common/testing.h"
#include "services/dynamodb/service.h"

namespace stormglass::dynamodb {
namespace {

class TtlTest : public services::ServiceTest {
protected:
    void SetUp() override {
        auto begun = request();
        api::CreateTableInput input;
        input.table_name = "sessions";
        input.billing_mode = "PAY_PER_REQUEST";
        input.attribute_definitions.push_back({"id", "S"});
        input.attribute_definitions.push_back({"kind", "S"});
        input.key_schema.push_back({"id", "HASH"});
        auto& index = input.global_secondary_indexes.emplace_back();
        index.index_name = "by-kind";
        index.key_schema.push_back({"kind", "HASH"});
        index.projection.projection_type = "ALL";
        const auto made = service.create_table(*begun, input);
        ASSERT_TRUE(made) << made.error().message;
        ASSERT_TRUE(begun->commit());
    }
    void turn_on() {
        auto begun = request();
        api::UpdateTimeToLiveInput input;
        input.table_name = "sessions";
        input.time_to_live_specification.enabled = true;
        input.time_to_live_specification.attribute_name = "until";
        ASSERT_TRUE(service.update_time_to_live(*begun, input));
        ASSERT_TRUE(begun->commit());
    }
    void put(const std::string& id, const std::optional<Value>& until) {
        auto begun = request();
        api::PutItemInput input;
        input.table_name = "sessions";
        input.item["id"] = string_value(id);
        input.item["kind"] = string_value("web");
        if (until) input.item["until"] = *until;
        const auto done = service.put_item(*begun, input);
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_TRUE(begun->commit());
    }
    Value in_seconds(std::int64_t seconds) {
        const auto now = std::chrono::floor<base::Seconds>(clock.now()).time_since_epoch().count();
        return number_value(std::to_string(now + seconds));
    }
    std::string left(const std::optional<std::string>& index = std::nullopt) {
        auto begun = request();
        api::ScanInput input;
        input.table_name = "sessions";
        input.index_name = index;
        std::string all;
        const auto scanned = service.scan(*begun, input);
        EXPECT_TRUE(scanned);
        for (const auto& item : scanned->items) {
            all += (all.empty() ? "" : " ") + item.at("id").s.value_or("");
        }
        return all;
    }
    void pass() {
        clock.advance(std::chrono::minutes{1});
        const auto outcome = ttl.reconcile();
        ASSERT_TRUE(outcome) << outcome.error().message;
    }
    Service service{random};
    TimeToLive ttl{store, clock};
};

TEST_F(TtlTest, WhatHasExpiredGoesFromTableAndIndex) {
    put("a", in_seconds(30));
    put("b", in_seconds(300));
    put("c", std::nullopt);
    pass();
    EXPECT_EQ(left(), "a b c") << "not switched on yet";
    turn_on();
    pass();
    EXPECT_EQ(left(), "b c");
    EXPECT_EQ(left("by-kind"), "b c");
    clock.advance(std::chrono::minutes{5});
    pass();
    EXPECT_EQ(left(), "c");
    const auto sizes = table_sizes.all(*store.read()).value();
    EXPECT_EQ(sizes.front().items, 1);
}

TEST_F(TtlTest, WordsAndTimesLongPastDoNotCount) {
    turn_on();
    put("word", string_value("1"));
    put("long-past", number_value("1000"));
    put("millis", in_seconds(60 * 86'400));
    pass();
    EXPECT_EQ(left(), "long-past millis word");
}

TEST_F(TtlTest, ManyExpireInOnePass) {
    turn_on();
    for (int i = 0; i < 350; ++i) put(fmt::format("{:03}", i), in_seconds(i < 349 ? 1 : 3600));
    pass();
    EXPECT_EQ(left(), "349");
}

}  // namespace
}  // namespace stormglass::dynamodb
