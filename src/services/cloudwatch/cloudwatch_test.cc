// Alarms and their states, dashboards, and custom metrics.
#include <gmock/gmock.h>

#include "services/cloudwatch/records.h"
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/status.h"
#include "services/cloudwatch/testing.h"
#include "services/common/testing.h"

namespace stormglass::cloudwatch {
namespace {

class CloudWatchTest : public services::ServiceTest {
protected:
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
    static api::PutMetricAlarmInput alarm_input() {
        api::PutMetricAlarmInput input;
        input.alarm_name = "cpu";
        input.metric_name = "CPUUtilization";
        input.namespace_ = "AWS/EC2";
        input.statistic = "Average";
        input.period = 60;
        input.evaluation_periods = 3;
        input.datapoints_to_alarm = 2;
        input.threshold = 80;
        input.comparison_operator = "GreaterThanThreshold";
        input.alarm_actions.push_back("arn:aws:sns:us-east-1:123456789012:alerts");
        input.tags.push_back({"k", "v"});
        return input;
    }
    api::MetricAlarm only_alarm() {
        const auto found = done(&Service::describe_alarms, api::DescribeAlarmsInput{});
        EXPECT_EQ(found.metric_alarms.size(), 1u);
        return found.metric_alarms.at(0);
    }
    api::PutMetricDataInput datum(double value, const char* unit = "Count") {
        api::PutMetricDataInput input;
        input.namespace_ = "app";
        auto& one = input.metric_data.emplace_back();
        one.metric_name = "errors";
        one.value = value;
        one.unit = unit;
        return input;
    }
    RecordedTopics topics;
    Service service{random, timeline, topics};
};

TEST_F(CloudWatchTest, a_new_alarm_has_insufficient_data) {
    done(&Service::put_metric_alarm, alarm_input());
    const auto alarm = only_alarm();
    EXPECT_EQ(alarm.state_value, "INSUFFICIENT_DATA");
    EXPECT_EQ(alarm.state_reason, "Unchecked: Initial alarm creation");
    EXPECT_EQ(alarm.actions_enabled, true);
    EXPECT_FALSE(alarm.treat_missing_data);
    EXPECT_EQ(alarm.alarm_arn, "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu");
    const auto tags =
        done(&Service::list_tags_for_resource, api::ListTagsForResourceInput{*alarm.alarm_arn});
    EXPECT_EQ(tags.tags.at(0).value, "v");
}

TEST_F(CloudWatchTest, alarms_that_make_no_sense_are_refused) {
    auto input = alarm_input();
    input.period = 45;
    EXPECT_EQ(call(&Service::put_metric_alarm, input).error().code, "ValidationError");
    input = alarm_input();
    input.datapoints_to_alarm = 4;
    EXPECT_FALSE(call(&Service::put_metric_alarm, input));
    input = alarm_input();
    input.extended_statistic = "p99";
    EXPECT_FALSE(call(&Service::put_metric_alarm, input));
    input = alarm_input();
    input.threshold_metric_id = "m1";
    EXPECT_THAT(call(&Service::put_metric_alarm, input).error().message,
                testing::HasSubstr("anomaly detection"));
}

TEST_F(CloudWatchTest, an_alarm_on_metric_math_reads_back) {
    api::PutMetricAlarmInput input;
    input.alarm_name = "rate";
    input.evaluation_periods = 1;
    input.threshold = 1;
    input.comparison_operator = "GreaterThanThreshold";
    auto& math = input.metrics.emplace_back();
    math.id = "e1";
    math.expression = "m1 / 2";
    auto& metric = input.metrics.emplace_back();
    metric.id = "m1";
    metric.return_data = false;
    metric.metric_stat.emplace();
    metric.metric_stat->metric.emplace().metric_name = "errors";
    metric.metric_stat->metric->namespace_ = "app";
    metric.metric_stat->period = 60;
    metric.metric_stat->stat = "Sum";
    done(&Service::put_metric_alarm, input);
    EXPECT_EQ(only_alarm().metrics.at(1).metric_stat->stat, "Sum");
    EXPECT_EQ(only_alarm().metrics.at(0).return_data, true);
    input.metrics[1].return_data = true;
    EXPECT_FALSE(call(&Service::put_metric_alarm, input));
}

TEST_F(CloudWatchTest, setting_the_state_runs_the_actions_once) {
    done(&Service::put_metric_alarm, alarm_input());
    for (int i = 0; i < 2; ++i) {
        done(&Service::set_alarm_state, api::SetAlarmStateInput{"cpu", "ALARM", "test", {}});
    }
    EXPECT_EQ(only_alarm().state_value, "ALARM");
    ASSERT_EQ(topics.sent.size(), 1u);
    EXPECT_THAT(topics.sent[0].subject, testing::HasSubstr("ALARM: \"cpu\""));
    auto history = done(&Service::describe_alarm_history, api::DescribeAlarmHistoryInput{});
    EXPECT_EQ(history.alarm_history_items.size(), 3u);
    done(&Service::disable_alarm_actions, api::DisableAlarmActionsInput{{"cpu"}});
    done(&Service::set_alarm_state, api::SetAlarmStateInput{"cpu", "OK", "test", {}});
    EXPECT_EQ(topics.sent.size(), 1u);
    AlarmsStatus status;
    EXPECT_EQ((*status.status(*store.read()))[0]["state"], "OK");
}

TEST_F(CloudWatchTest, deleting_an_unknown_alarm_deletes_nothing) {
    done(&Service::put_metric_alarm, alarm_input());
    EXPECT_EQ(call(&Service::delete_alarms, api::DeleteAlarmsInput{{"cpu", "none"}}).error().code,
              "ResourceNotFound");
    only_alarm();
    done(&Service::delete_alarms, api::DeleteAlarmsInput{{"cpu"}});
    EXPECT_TRUE(done(&Service::describe_alarms, api::DescribeAlarmsInput{}).metric_alarms.empty());
}

TEST_F(CloudWatchTest, a_dashboard_reads_back_as_it_was_put) {
    const std::string body = R"({"widgets":[{"type":"metric","properties":{"title":"x"}}]})";
    done(&Service::put_dashboard, api::PutDashboardInput{"web", body, {}});
    EXPECT_EQ(done(&Service::get_dashboard, api::GetDashboardInput{"web"}).dashboard_body, body);
    const auto bad = call(&Service::put_dashboard,
                          api::PutDashboardInput{"web", R"({"widgets":[{"type":"x"}]})", {}});
    EXPECT_THAT(bad.error().message, testing::HasSubstr("there are 2 validation errors"));
    EXPECT_FALSE(call(&Service::put_dashboard, api::PutDashboardInput{"a b", body, {}}));
    done(&Service::delete_dashboards, api::DeleteDashboardsInput{{"web"}});
    EXPECT_FALSE(call(&Service::get_dashboard, api::GetDashboardInput{"web"}));
}

TEST_F(CloudWatchTest, custom_metrics_add_up_by_period) {
    done(&Service::put_metric_data, datum(2));
    done(&Service::put_metric_data, datum(4));
    clock.advance(std::chrono::minutes{1});
    done(&Service::put_metric_data, datum(9));
    api::GetMetricStatisticsInput input;
    input.namespace_ = "app";
    input.metric_name = "errors";
    input.start_time = clock.now() - std::chrono::minutes{10};
    input.end_time = clock.now() + std::chrono::minutes{1};
    input.period = 3600;
    input.statistics = {"Sum", "Average", "Minimum", "Maximum", "SampleCount"};
    const auto found = done(&Service::get_metric_statistics, input).datapoints;
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].sum, 15.0);
    EXPECT_EQ(found[0].average, 5.0);
    EXPECT_EQ(found[0].minimum, 2.0);
    EXPECT_EQ(found[0].maximum, 9.0);
    input.period = 60;
    EXPECT_EQ(done(&Service::get_metric_statistics, input).datapoints.size(), 2u);
    const auto listed = done(&Service::list_metrics, api::ListMetricsInput{}).metrics;
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].metric_name, "errors");
}

TEST_F(CloudWatchTest, metric_data_is_checked_in_the_words_of_aws) {
    auto input = datum(1);
    input.metric_data[0].values.push_back(1);
    EXPECT_EQ(
        call(&Service::put_metric_data, input).error().message,
        "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually "
        "exclusive and you have specified both.");
    input = datum(1);
    input.namespace_ = "AWS/EC2";
    EXPECT_FALSE(call(&Service::put_metric_data, input));
    input = datum(1);
    input.metric_data[0].timestamp = clock.now() - base::Days{15};
    EXPECT_FALSE(call(&Service::put_metric_data, input));
}

}  // namespace
}  // namespace stormglass::cloudwatch
