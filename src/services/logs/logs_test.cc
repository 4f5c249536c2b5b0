// Groups, streams, events, and what a batch must be like.
#include "services/common/testing.h"
#include "services/logs/records.h"
#include "services/logs/retention.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

class LogsTest : public services::ServiceTest {
protected:
    void SetUp() override {
        done(&Service::create_log_group,
             api::CreateLogGroupInput{.log_group_name = "/app",
                                      .kms_key_id = {},
                                      .tags = {{"k", "v"}},
                                      .log_group_class = {},
                                      .deletion_protection_enabled = {}});
        done(&Service::create_log_stream, api::CreateLogStreamInput{"/app", "one"});
        done(&Service::create_log_stream, api::CreateLogStreamInput{"/app", "two"});
    }
    template <class Output, class Input>
    Result<Output> call(Result<Output> (Service::*operation)(wire::Request&, const Input&),
                        const Input& input) {
        auto r = request();
        auto outcome = (service.*operation)(*r, input);
        if (outcome) {
            EXPECT_TRUE(r->commit());
        }
        return outcome;
    }
    template <class Output, class Input>
    Output done(Result<Output> (Service::*operation)(wire::Request&, const Input&),
                const Input& input) {
        auto outcome = call(operation, input);
        EXPECT_TRUE(outcome) << outcome.error().message;
        return std::move(outcome).value_or(Output{});
    }
    std::int64_t now() const { return millis(clock.now()); }
    Result<api::PutLogEventsOutput> put(const std::string& stream,
                                        std::vector<api::InputLogEvent> events) {
        api::PutLogEventsInput input;
        input.log_group_name = "/app";
        input.log_stream_name = stream;
        input.log_events = std::move(events);
        return call(&Service::put_log_events, input);
    }
    api::GetLogEventsOutput get(const std::string& token = {}, std::int64_t limit = 2) {
        api::GetLogEventsInput input;
        input.log_group_name = "/app";
        input.log_stream_name = "one";
        input.limit = limit;
        input.start_from_head = true;
        if (!token.empty()) input.next_token = token;
        return done(&Service::get_log_events, input);
    }
    Service service{random};
};

TEST_F(LogsTest, a_group_reads_back_with_both_arns) {
    const auto found = done(&Service::describe_log_groups, api::DescribeLogGroupsInput{});
    ASSERT_EQ(found.log_groups.size(), 1u);
    EXPECT_EQ(found.log_groups[0].arn, "arn:aws:logs:us-east-1:123456789012:log-group:/app:*");
    EXPECT_EQ(found.log_groups[0].log_group_arn,
              "arn:aws:logs:us-east-1:123456789012:log-group:/app");
    EXPECT_FALSE(found.log_groups[0].retention_in_days);
    const auto tags = done(&Service::list_tags_for_resource,
                           api::ListTagsForResourceInput{*found.log_groups[0].log_group_arn});
    EXPECT_EQ(tags.tags.at("k"), "v");
}

TEST_F(LogsTest, events_are_read_forward_and_back_by_tokens) {
    ASSERT_TRUE(put("one", {{now(), "a"}, {now(), "b"}, {now() + 1, "c"}}));
    const auto first = get();
    ASSERT_EQ(first.events.size(), 2u);
    EXPECT_EQ(first.events[1].message, "b");
    const auto second = get(*first.next_forward_token);
    ASSERT_EQ(second.events.size(), 1u);
    EXPECT_EQ(second.events[0].message, "c");
    const auto end = get(*second.next_forward_token);
    EXPECT_TRUE(end.events.empty());
    EXPECT_EQ(end.next_forward_token, second.next_forward_token) << "the end says so";
    const auto back = get(*second.next_backward_token);
    ASSERT_EQ(back.events.size(), 2u);
    EXPECT_EQ(back.events[0].message, "a");
}

TEST_F(LogsTest, a_batch_out_of_order_or_too_large_is_refused) {
    EXPECT_EQ(put("one", {{now(), "a"}, {now() - 1, "b"}}).error().code,
              "InvalidParameterException");
    EXPECT_EQ(put("one", {{now(), std::string(1'048'576, 'x')}}).error().code,
              "InvalidParameterException");
    EXPECT_EQ(put("one", {{now() - 2 * day_ms, "a"}, {now(), "b"}}).error().code,
              "InvalidParameterException");
    EXPECT_EQ(put("none", {{now(), "a"}}).error().message,
              "The specified log stream does not exist.");
}

TEST_F(LogsTest, events_too_old_or_too_new_are_rejected_one_by_one) {
    const auto old = put("one", {{now() - 15 * day_ms, "a"}, {now() - 14 * day_ms, "b"}});
    EXPECT_EQ(old->rejected_log_events_info->too_old_log_event_end_index, 1);
    const auto young = put("one", {{now(), "c"}, {now() + day_ms / 2, "d"}});
    EXPECT_EQ(young->rejected_log_events_info->too_new_log_event_start_index, 1);
    EXPECT_EQ(get({}, 10).events.size(), 2u);
}

TEST_F(LogsTest, filtering_merges_streams_in_time_order_over_pages) {
    ASSERT_TRUE(put("one", {{now(), "ERROR 1"}, {now() + 20, "ERROR 3"}}));
    ASSERT_TRUE(put("two", {{now() + 10, "ERROR 2"}, {now() + 15, "fine"}}));
    api::FilterLogEventsInput input;
    input.log_group_name = "/app";
    input.filter_pattern = "ERROR";
    input.limit = 2;
    const auto first = done(&Service::filter_log_events, input);
    ASSERT_EQ(first.events.size(), 2u);
    EXPECT_EQ(first.events[1].message, "ERROR 2");
    input.next_token = first.next_token;
    const auto second = done(&Service::filter_log_events, input);
    ASSERT_EQ(second.events.size(), 1u);
    EXPECT_EQ(second.events[0].message, "ERROR 3");
    EXPECT_FALSE(second.next_token);
}

TEST_F(LogsTest, retention_erases_what_has_expired) {
    done(&Service::put_retention_policy, api::PutRetentionPolicyInput{"/app", 1});
    ASSERT_TRUE(put("one", {{now(), "old"}}));
    clock.advance(std::chrono::hours{23});
    ASSERT_TRUE(put("one", {{now(), "young"}}));
    clock.advance(std::chrono::hours{2});
    Retention retention{store, clock};
    ASSERT_TRUE(retention.reconcile());
    const auto left = get({}, 10);
    ASSERT_EQ(left.events.size(), 1u);
    EXPECT_EQ(left.events[0].message, "young");
    EXPECT_FALSE(call(&Service::put_retention_policy, api::PutRetentionPolicyInput{"/app", 2}));
}

TEST_F(LogsTest, a_metric_filter_reads_back_and_its_pattern_is_checked) {
    api::PutMetricFilterInput input;
    input.log_group_name = "/app";
    input.filter_name = "errors";
    input.filter_pattern = "?ERROR ?CRITICAL";
    auto& transformation = input.metric_transformations.emplace_back();
    transformation.metric_name = "AppErrors";
    transformation.metric_namespace = "webapp/app";
    transformation.metric_value = "1";
    transformation.default_value = 0;
    transformation.unit = "None";
    done(&Service::put_metric_filter, input);
    const auto found =
        done(&Service::describe_metric_filters, api::DescribeMetricFiltersInput{}).metric_filters;
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].metric_transformations.at(0).default_value, 0.0);
    input.filter_pattern = "\"open";
    EXPECT_FALSE(call(&Service::put_metric_filter, input));
}

class PublishedSamples final : public cloudwatch::Publisher {
public:
    Result<void> publish(const std::string&, const std::string&,
                         const std::vector<cloudwatch::Sample>&) override {
        return {};
    }
    Result<void> publish(wire::Request&, const std::vector<cloudwatch::Sample>& samples) override {
        all.insert(all.end(), samples.begin(), samples.end());
        return {};
    }
    std::vector<cloudwatch::Sample> of(const std::string& name) const {
        std::vector<cloudwatch::Sample> found;
        for (const auto& one : all) {
            if (one.name == name) found.push_back(one);
        }
        return found;
    }
    std::vector<cloudwatch::Sample> all;
};

TEST_F(LogsTest, metric_filters_and_embedded_metrics_are_published) {
    PublishedSamples published;
    service.publish_through(published);
    api::PutMetricFilterInput input;
    input.log_group_name = "/app";
    input.filter_name = "latency";
    input.filter_pattern = "{ $.ms > 5 }";
    auto& wanted = input.metric_transformations.emplace_back();
    wanted.metric_name = "Latency";
    wanted.metric_namespace = "App";
    wanted.metric_value = "$.ms";
    wanted.dimensions = {{"Path", "$.path"}};
    done(&Service::put_metric_filter, input);
    ASSERT_TRUE(
        put("one", {{now(), R"({"ms":7,"path":"/a"})"},
                    {now(), R"({"ms":9,"path":"/a"})"},
                    {now(), R"({"ms":9})"},
                    {now(), R"({"ms":1,"path":"/a"})"},
                    {now(), R"({"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"E",)"
                            R"("Dimensions":[["S"]],"Metrics":[{"Name":"T","Unit":"Count"}]}]},)"
                            R"("S":"x","T":[1,2]})"}}));
    const auto latency = published.of("Latency");
    ASSERT_EQ(latency.size(), 1u);
    EXPECT_EQ(latency[0].values, (std::vector<cloudwatch::ValueCount>{{7}, {9}}));
    EXPECT_EQ(latency[0].dimensions.at(0).second, "/a");
    const auto embedded = published.of("T");
    ASSERT_EQ(embedded.size(), 1u);
    EXPECT_EQ(embedded[0].unit, "Count");
    EXPECT_EQ(embedded[0].values.size(), 2u);
    EXPECT_EQ(published.of("IncomingLogEvents").at(0).values.at(0).value, 5);
}

TEST_F(LogsTest, a_filter_without_a_match_gives_its_default_value) {
    PublishedSamples published;
    service.publish_through(published);
    api::PutMetricFilterInput input;
    input.log_group_name = "/app";
    input.filter_name = "errors";
    input.filter_pattern = "?ERROR ?CRITICAL";
    auto& wanted = input.metric_transformations.emplace_back();
    wanted.metric_name = "Errors";
    wanted.metric_namespace = "App";
    wanted.metric_value = "1";
    wanted.default_value = 0;
    done(&Service::put_metric_filter, input);
    ASSERT_TRUE(put("one", {{now(), "fine"}}));
    ASSERT_TRUE(put("one", {{now(), "ERROR"}, {now(), "CRITICAL"}}));
    const auto errors = published.of("Errors");
    ASSERT_EQ(errors.size(), 2u);
    EXPECT_EQ(errors[0].values.at(0).value, 0);
    EXPECT_EQ(errors[1].values.at(0).count, 2);
}

TEST_F(LogsTest, deleting_a_group_leaves_nothing_in_the_store) {
    ASSERT_TRUE(put("one", {{now(), "a"}}));
    done(&Service::delete_log_group, api::DeleteLogGroupInput{"/app"});
    std::size_t left = 0;
    ASSERT_TRUE(store.read()->scan({}, {}, store::Direction::forward, [&](auto, auto) {
        ++left;
        return store::Step::next;
    }));
    EXPECT_EQ(left, 0u);
}

}  // namespace
}  // namespace stormglass::logs
