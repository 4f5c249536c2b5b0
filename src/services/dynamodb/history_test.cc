// Point-in-time recovery: what is restored is what once was.
#include "services/dynamodb/history.h"

#include <gtest/gtest.h>

#include "services/common/testing.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/ttl.h"

namespace stormglass::dynamodb {
namespace {

class HistoryTest : public services::ServiceTest {
protected:
    void SetUp() override {
        auto begun = request();
        api::CreateTableInput input;
        input.table_name = "t";
        input.billing_mode = "PAY_PER_REQUEST";
        input.attribute_definitions.push_back({"id", "S"});
        input.key_schema.push_back({"id", "HASH"});
        ASSERT_TRUE(service.create_table(*begun, input));
        ASSERT_TRUE(begun->commit());
        turn(true);
    }
    void turn(bool enabled) {
        auto begun = request();
        api::UpdateContinuousBackupsInput input;
        input.table_name = "t";
        input.point_in_time_recovery_specification.point_in_time_recovery_enabled = enabled;
        ASSERT_TRUE(service.update_continuous_backups(*begun, input));
        ASSERT_TRUE(begun->commit());
    }
    void put(const std::string& id, const std::string& text) {
        auto begun = request();
        api::PutItemInput input;
        input.table_name = "t";
        input.item["id"] = string_value(id);
        input.item["text"] = string_value(text);
        ASSERT_TRUE(service.put_item(*begun, input));
        ASSERT_TRUE(begun->commit());
        clock.advance(base::Seconds(1));
    }
    void erase(const std::string& id) {
        auto begun = request();
        api::DeleteItemInput input;
        input.table_name = "t";
        input.key["id"] = string_value(id);
        ASSERT_TRUE(service.delete_item(*begun, input));
        ASSERT_TRUE(begun->commit());
        clock.advance(base::Seconds(1));
    }
    /// "id=text ..." of the table as it was at `time`.
    Result<std::string> restored(std::optional<base::Time> time) {
        const std::string name = "r" + std::to_string(++count_);
        auto begun = request();
        api::RestoreTableToPointInTimeInput input;
        input.source_table_name = "t";
        input.target_table_name = name;
        input.restore_date_time = time;
        if (!time) input.use_latest_restorable_time = true;
        TRY(service.restore_table_to_point_in_time(*begun, input));
        api::ScanInput scan;
        scan.table_name = name;
        std::map<std::string, std::string> found;
        for (const auto& item : TRY(service.scan(*begun, scan)).items) {
            found[*item.at("id").s] = *item.at("text").s;
        }
        std::string text;
        for (const auto& [id, value] : found) text += (text.empty() ? "" : " ") + id + "=" + value;
        return text;
    }
    Service service{random};

private:
    int count_ = 0;
};

TEST_F(HistoryTest, every_moment_comes_back_as_it_was) {
    std::vector<std::pair<base::Time, std::string>> moments;
    const auto note = [&](const char* text) { moments.emplace_back(clock.now() - base::Seconds(1), text); };
    put("a", "1");
    note("a=1");
    put("b", "1");
    note("a=1 b=1");
    put("a", "2");
    note("a=2 b=1");
    erase("b");
    note("a=2");
    put("b", "3");
    note("a=2 b=3");
    for (const auto& [time, text] : moments) EXPECT_EQ(restored(time).value_or("failed"), text);
    EXPECT_EQ(restored(std::nullopt).value_or("failed"), "a=2 b=3");
}

TEST_F(HistoryTest, only_what_is_in_the_window_can_be_restored) {
    put("a", "1");
    EXPECT_EQ(restored(clock.now() + base::Seconds(5)).error().code, "InvalidRestoreTimeException");
    EXPECT_EQ(restored(clock.now() - base::Seconds(3600)).error().code, "InvalidRestoreTimeException");
    turn(false);
    EXPECT_EQ(restored(std::nullopt).error().code, "PointInTimeRecoveryUnavailableException");
    turn(true);  // Begins anew: what was before is not restorable any more.
    EXPECT_EQ(restored(clock.now() - base::Seconds(1)).error().code, "InvalidRestoreTimeException");
}

TEST_F(HistoryTest, the_history_is_bounded_by_the_recovery_period) {
    put("a", "1");
    put("a", "2");
    clock.advance(base::Seconds(36 * 86'400));
    put("a", "3");
    TimeToLive upkeep(store, clock);
    ASSERT_TRUE(upkeep.reconcile());
    const auto tx = store.read();
    std::size_t left = 0;
    const std::string from = store::key({"dynamodb/history"});
    ASSERT_TRUE(tx->scan(from, store::prefix_end(from), store::Direction::forward,
                         [&](std::string_view, std::string_view) {
                             ++left;
                             return store::Step::next;
                         }));
    EXPECT_EQ(left, 1u);
    EXPECT_EQ(restored(clock.now() - base::Seconds(86'400)).value_or("failed"), "a=2");
}

}  // namespace
}  // namespace stormglass::dynamodb
