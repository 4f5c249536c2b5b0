// Logs Insights queries over events in a store.
#include <gtest/gtest.h>

#include "services/logs/events.h"
#include "services/logs/query_run.h"
#include "store/memory_store.h"

namespace stormglass::logs {
namespace {

using Rows = std::vector<std::map<std::string, std::string>>;

class QueryTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto tx = store.write().value();
        const std::vector<std::string> texts{
            R"({"level":"info","ms":10,"user":{"name":"ann"},"path":"/a"})",
            R"({"level":"error","ms":30,"user":{"name":"bob"},"path":"/b"})",
            R"({"level":"info","ms":20,"user":{"name":"ann"},"path":"/a"})",
            "plain ERROR user=eve, took 7ms", R"({"level":"error","ms":100,"list":[{"id":5}]})"};
        std::vector<NewEvent> events;
        std::int64_t time = 1'700'000'000'000;
        for (const auto& text : texts) {
            events.push_back({time, text});
            time += 60'000;
        }
        put_events(*tx, group, "one", 1, 5, events);
        streams.put(*tx, {group.account, group.region, group.name, "one"}, Stream{.name = "one"});
        EXPECT_TRUE(store.commit(std::move(tx)));
    }
    Rows run(const std::string& text) {
        const auto query = parse_query(text);
        EXPECT_TRUE(query) << text << ": " << query.error().message;
        const std::atomic<bool> stop = false;
        auto tx = store.read();
        const auto result =
            run_query(*tx, *query, {{group}, 0, 2'000'000'000'000, result_rows_max}, stop);
        EXPECT_TRUE(result);
        Rows rows;
        for (const auto& line : result->rows) {
            auto& row = rows.emplace_back();
            for (const auto& [name, value] : line) {
                if (name != "@ptr") row[name] = value;
            }
        }
        return rows;
    }
    std::string problem(const std::string& text) {
        const auto query = parse_query(text);
        return query ? "" : query.error().message;
    }
    store::MemoryStore store;
    Group group{.account = "1", .region = "r", .name = "g"};
};

TEST_F(QueryTest, newest_first_with_the_fields_asked_for) {
    const auto rows = run("fields @timestamp, level, user.name as who | limit 2");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0], (std::map<std::string, std::string>{
                           {"@timestamp", "2023-11-14 22:17:20.000"}, {"level", "error"}}));
    EXPECT_EQ(run("filter level = 'info' | fields user.name as who | limit 1")[0].at("who"), "ann");
}

TEST_F(QueryTest, filters) {
    EXPECT_EQ(run("filter level = 'error'").size(), 2u);
    EXPECT_EQ(run("filter @message like /ERROR|error/").size(), 3u);
    EXPECT_EQ(run("filter @message like 'ERROR'").size(), 1u);
    EXPECT_EQ(run("filter @message not like 'level'").size(), 1u);
    EXPECT_EQ(run("filter ms > 15 and (level = 'info' or ms >= 100)").size(), 2u);
    EXPECT_EQ(run("filter ms in [10, 20]").size(), 2u);
    EXPECT_EQ(run("filter not ispresent(level)").size(), 1u);
    EXPECT_EQ(run("filter list.0.id = 5").size(), 1u);
    EXPECT_EQ(run("filter ms / 10 = 3 # a comment\n| fields ms")[0].at("ms"), "30");
}

TEST_F(QueryTest, stats_by_fields_and_time) {
    auto rows =
        run("stats count(*) as n, avg(ms) as mean, max(ms) by level | sort n desc, level asc");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].at("level"), "error");
    EXPECT_EQ(rows[0].at("mean"), "65");
    EXPECT_EQ(rows[1].at("max(ms)"), "20");
    EXPECT_EQ(run("stats count(*) by bin(5m)").size(), 2u);
    EXPECT_EQ(
        run("stats pct(ms, 50) as p, count_distinct(user.name) as d, sum(ms) / count(ms) as m")[0],
        (std::map<std::string, std::string>{{"p", "20"}, {"d", "2"}, {"m", "40"}}));
    EXPECT_EQ(run("stats latest(ms) as l, earliest(ms) as e")[0].at("l"), "100");
}

TEST_F(QueryTest, parsing_by_glob_and_by_expression) {
    EXPECT_EQ(run("parse @message 'user=*, took *ms' as who, took | filter ispresent(who) | "
                  "display who, took")[0],
              (std::map<std::string, std::string>{{"who", "eve"}, {"took", "7"}}));
    EXPECT_EQ(
        run("parse @message /took (?<took>\\d+)ms/ | filter took > 5 | display took")[0].at("took"),
        "7");
}

TEST_F(QueryTest, sort_limit_dedup_and_functions) {
    const auto rows = run("filter ispresent(ms) | sort ms asc | limit 2 | display ms");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[1].at("ms"), "20");
    EXPECT_EQ(run("filter ispresent(path) | dedup path").size(), 2u);
    EXPECT_EQ(
        run("filter ms = 10 | fields concat(toupper(level), '-', strlen(path)) as x")[0].at("x"),
        "INFO-2");
    EXPECT_EQ(
        run("filter ms = 10 | display coalesce(nothing, level) as x, 1 + 2 * 3 as y")[0].at("y"),
        "7");
}

TEST_F(QueryTest, what_is_malformed_is_refused) {
    EXPECT_NE(problem("fieldz a"), "");
    EXPECT_NE(problem("filter a ="), "");
    EXPECT_NE(problem("filter a like /x"), "");
    EXPECT_NE(problem("stats ms by level"), "");
    EXPECT_NE(problem("limit 0"), "");
    EXPECT_NE(problem("parse @message '*' as a, b"), "");
    EXPECT_NE(problem("fields nofunction(x)"), "");
    EXPECT_NE(problem("pattern @message"), "");
    EXPECT_NE(problem(std::string(5000, '(')), "");
}

}  // namespace
}  // namespace stormglass::logs
