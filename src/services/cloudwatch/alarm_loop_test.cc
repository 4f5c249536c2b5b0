// Alarms that evaluate themselves: metric, math and composite alarms, suppression, and actions.
#include "services/cloudwatch/alarm_loop.h"

#include <gmock/gmock.h>

#include "services/cloudwatch/history.h"
#include "services/cloudwatch/message.h"
#include "services/cloudwatch/metrics.h"
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/suppression.h"
#include "services/cloudwatch/testing.h"
#include "services/cloudwatch/tiers.h"
#include "services/common/testing.h"

namespace stormglass::cloudwatch {
namespace {

using testing::HasSubstr;

class RecordedScaling final : public services::ScalingPolicies {
public:
    Result<std::string> run(wire::Request&, const Trigger& trigger) override {
        runs.push_back(trigger);
        if (fails) return aws_error("ValidationError", "no such policy");
        return "set to 3";
    }
    std::vector<Trigger> runs;
    bool fails = false;
};

class AlarmLoopTest : public services::ServiceTest {
protected:
    AlarmLoopTest() {
        clock.advance(floor_to(clock.now(), base::Seconds{60}) + base::Seconds{60} - clock.now());
    }
    template <class Output, class Input>
    Output done(Result<Output> (Service::*operation)(wire::Request&, const Input&),
                const Input& input) {
        auto r = request();
        auto outcome = (service.*operation)(*r, input);
        EXPECT_TRUE(outcome) << outcome.error().message;
        EXPECT_TRUE(r->commit());
        return std::move(outcome).value_or(Output{});
    }
    api::PutMetricAlarmInput alarm_input(const std::string& name = "high") {
        api::PutMetricAlarmInput input;
        input.alarm_name = name;
        input.metric_name = "load";
        input.namespace_ = "app";
        input.statistic = "Average";
        input.period = 60;
        input.evaluation_periods = 1;
        input.threshold = 5;
        input.comparison_operator = "GreaterThanThreshold";
        input.alarm_actions.push_back(topic);
        return input;
    }
    void put(double value, const char* metric = "load") {
        ASSERT_TRUE(metrics.publish("123456789012", "us-east-1",
                                    {{.metric_namespace = "app",
                                      .name = metric,
                                      .dimensions = {},
                                      .unit = "None",
                                      .time = clock.now(),
                                      .values = {{value}},
                                      .statistics = {}}}));
    }
    void pass() {
        const auto rest = loop.reconcile();
        ASSERT_TRUE(rest) << rest.error().message;
    }
    /// To the next minute's evaluation.
    void minute() {
        clock.advance(base::Seconds{60});
        pass();
    }
    Alarm alarm(const std::string& name = "high") {
        return alarms.get(*store.read(), {"123456789012", "us-east-1", name}).value().value();
    }
    std::vector<std::string> summaries() {
        std::vector<std::string> all;
        const auto items = history.all(*store.read());
        for (const auto& item : *items) all.push_back(item.summary);
        return all;
    }
    const std::string topic = "arn:aws:sns:us-east-1:123456789012:alerts";
    RecordedTopics topics;
    RecordedScaling scaling;
    Metrics metrics{store};
    Service service{random, timeline, topics};
    AlarmLoop loop{{.store = store,
                    .clock = clock,
                    .random = random,
                    .timeline = timeline,
                    .topics = topics,
                    .scaling = &scaling}};
};

TEST_F(AlarmLoopTest, a_breach_alarms_once_and_its_end_is_ok) {
    done(&Service::put_metric_alarm, alarm_input());
    pass();
    EXPECT_EQ(alarm().state, "INSUFFICIENT_DATA");
    put(9);
    minute();
    EXPECT_EQ(alarm().state, "ALARM");
    EXPECT_THAT(alarm().state_reason, HasSubstr("Threshold Crossed: 1 datapoint [9.0 ("));
    put(9);
    minute();
    ASSERT_EQ(topics.sent.size(), 1u);
    EXPECT_EQ(topics.sent[0].subject, "ALARM: \"high\" in US East (N. Virginia)");
    EXPECT_EQ(topics.sent[0].service, "cloudwatch.amazonaws.com");
    EXPECT_EQ(topics.sent[0].source_arn, alarm().arn);
    put(1);
    minute();
    EXPECT_EQ(alarm().state, "OK");
}

TEST_F(AlarmLoopTest, the_message_has_the_form_of_aws) {
    auto input = alarm_input();
    input.dimensions.push_back({"InstanceId", "i-1"});
    input.treat_missing_data = "breaching";
    done(&Service::put_metric_alarm, input);
    minute();
    ASSERT_EQ(topics.sent.size(), 1u);
    const auto json = base::parse_json(topics.sent[0].message).value();
    EXPECT_EQ(json["NewStateReason"],
              "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint "
              "was treated as [Breaching].");
    EXPECT_EQ(json["OldStateValue"], "INSUFFICIENT_DATA");
    EXPECT_EQ(json["Region"], "US East (N. Virginia)");
    EXPECT_EQ(json["Trigger"], base::Json::parse(R"({"MetricName":"load","Namespace":"app",
        "StatisticType":"Statistic","Statistic":"AVERAGE","Unit":null,
        "Dimensions":[{"value":"i-1","name":"InstanceId"}],"Period":60,"EvaluationPeriods":1,
        "ComparisonOperator":"GreaterThanThreshold","Threshold":5.0,
        "TreatMissingData":"breaching","EvaluateLowSampleCountPercentile":""})"));
    EXPECT_TRUE(
        topics.sent[0].message.starts_with(R"({"AlarmName":"high","AlarmDescription":null)"));
}

TEST_F(AlarmLoopTest, math_alarms_are_computed) {
    api::PutMetricAlarmInput input;
    input.alarm_name = "high";
    input.evaluation_periods = 1;
    input.threshold = 0.5;
    input.comparison_operator = "GreaterThanThreshold";
    for (const char* name : {"errors", "requests"}) {
        auto& metric = input.metrics.emplace_back();
        metric.id = std::string("m_") + name;
        metric.return_data = false;
        metric.metric_stat.emplace();
        metric.metric_stat->metric.emplace().metric_name = name;
        metric.metric_stat->metric->namespace_ = "app";
        metric.metric_stat->period = 60;
        metric.metric_stat->stat = "Sum";
    }
    auto& math = input.metrics.emplace_back();
    math.id = "e1";
    math.expression = "m_errors / m_requests";
    done(&Service::put_metric_alarm, input);
    put(3, "errors");
    put(4, "requests");
    minute();
    EXPECT_EQ(alarm().state, "ALARM");
    EXPECT_THAT(alarm().state_reason, HasSubstr("[0.75 ("));
}

TEST_F(AlarmLoopTest, scaling_policies_run_each_minute_while_the_state_lasts) {
    auto input = alarm_input();
    const std::string policy = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x:y";
    input.alarm_actions = {policy};
    done(&Service::put_metric_alarm, input);
    for (int i = 0; i < 4; ++i) {
        put(9 + i);
        minute();
    }
    ASSERT_EQ(scaling.runs.size(), 4u);
    EXPECT_EQ(scaling.runs[0].metric_value, 9);
    EXPECT_EQ(scaling.runs[3].metric_value, 12);
    EXPECT_EQ(scaling.runs[3].threshold, 5);
    EXPECT_EQ(std::ranges::count(summaries(), "Successfully executed action " + policy), 1);
    put(1);
    minute();
    minute();
    EXPECT_EQ(scaling.runs.size(), 4u);
}

TEST_F(AlarmLoopTest, an_action_that_fails_is_recorded_and_not_tried_again) {
    auto input = alarm_input();
    input.alarm_actions = {"arn:aws:automate:us-east-1:ec2:stop", "arn:aws:lambda:x"};
    done(&Service::put_metric_alarm, input);
    put(9);
    minute();
    pass();
    EXPECT_THAT(summaries(),
                testing::Contains(HasSubstr("Failed to execute action arn:aws:automate")));
    EXPECT_THAT(summaries(),
                testing::Contains(HasSubstr("Failed to execute action arn:aws:lambda")));
    EXPECT_TRUE(pending_actions.all(*store.read()).value().empty());
    EXPECT_EQ(summaries().size(), 4u);
}

TEST_F(AlarmLoopTest, high_resolution_alarms_look_every_ten_seconds) {
    auto input = alarm_input();
    input.period = 10;
    done(&Service::put_metric_alarm, input);
    pass();
    ASSERT_TRUE(metrics.publish("123456789012", "us-east-1",
                                {{.metric_namespace = "app",
                                  .name = "load",
                                  .dimensions = {},
                                  .unit = "None",
                                  .time = clock.now(),
                                  .values = {{9}},
                                  .statistics = {},
                                  .resolution = Resolution::second}}));
    clock.advance(base::Seconds{14});
    pass();
    EXPECT_EQ(alarm().state, "ALARM");
}

TEST_F(AlarmLoopTest, composite_alarms_follow_their_children) {
    done(&Service::put_metric_alarm, alarm_input("a"));
    done(&Service::put_metric_alarm, alarm_input("b"));
    api::PutCompositeAlarmInput input;
    input.alarm_name = "both";
    input.alarm_rule = "ALARM(\"" + alarm("a").arn + "\") AND ALARM(b)";
    input.alarm_actions = {topic};
    done(&Service::put_composite_alarm, input);
    pass();
    EXPECT_EQ(alarm("both").state, "OK");
    done(&Service::set_alarm_state, api::SetAlarmStateInput{"a", "ALARM", "x", {}});
    pass();
    EXPECT_EQ(alarm("both").state, "OK");
    clock.advance(base::Seconds{1});
    done(&Service::set_alarm_state, api::SetAlarmStateInput{"b", "ALARM", "x", {}});
    pass();
    EXPECT_EQ(alarm("both").state, "ALARM");
    EXPECT_THAT(alarm("both").state_reason, HasSubstr(":alarm:b transitioned to ALARM at "));
    const auto json = base::parse_json(topics.sent.back().message).value();
    EXPECT_EQ(json["AlarmName"], "both");
    EXPECT_EQ(json["TriggeringChildren"][0]["Arn"], alarm("b").arn);
    api::DescribeAlarmsInput parents;
    parents.parents_of_alarm_name = "a";
    EXPECT_EQ(done(&Service::describe_alarms, parents).composite_alarms.size(), 1u);
}

TEST_F(AlarmLoopTest, composite_alarms_that_make_no_sense_are_refused) {
    done(&Service::put_metric_alarm, alarm_input("a"));
    const auto refused = [&](const char* name, const char* rule) {
        api::PutCompositeAlarmInput input;
        input.alarm_name = name;
        input.alarm_rule = rule;
        auto r = request();
        return service.put_composite_alarm(*r, input).error().message;
    };
    EXPECT_THAT(refused("c", "ALARM(none)"), HasSubstr("[none] in the alarm rule do not exist"));
    EXPECT_THAT(refused("c", "ALARM(a"), HasSubstr("AlarmRule is invalid"));
    EXPECT_THAT(refused("c", "ALARM(a) OR"), HasSubstr("AlarmRule is invalid"));
    EXPECT_THAT(refused("c", "ALARM(c)"), HasSubstr("cycle"));
    EXPECT_THAT(refused("a", "TRUE"), HasSubstr("exists"));
}

TEST(CompositeRuleTest, the_language) {
    const auto holds = [](const char* text) {
        return CompositeRule::parse(text).value().holds(
            [](const std::string& name) -> std::optional<std::string> {
                if (name == "a") return "ALARM";
                if (name == "o k") return "OK";
                return std::nullopt;
            });
    };
    EXPECT_TRUE(holds("TRUE"));
    EXPECT_FALSE(holds("FALSE"));
    EXPECT_TRUE(holds("ALARM(a) AND OK(\"o k\")"));
    EXPECT_TRUE(holds("NOT (OK(a) OR INSUFFICIENT_DATA(a))"));
    EXPECT_TRUE(holds("FALSE AND FALSE OR TRUE"));
    EXPECT_TRUE(holds("AT_LEAST(1, ALARM, (a, 'o k'))"));
    EXPECT_FALSE(holds("AT_LEAST(2, ALARM, (a, 'o k'))"));
}

TEST(SuppressionTest, waiting_suppressing_and_extending) {
    Alarm alarm;
    alarm.suppressor = "s";
    alarm.suppressor_wait = 60;
    alarm.suppressor_extension = 120;
    alarm.announced = "OK";
    alarm.state = "ALARM";
    base::Time now{base::Seconds{1000}};
    const auto decide = [&](bool suppressor) {
        const auto out = decide_suppression(alarm, suppressor, now);
        alarm.suppressed_by = out.by;
        alarm.suppressed_since = out.since;
        if (out.announce || out.settle) alarm.announced = alarm.state;
        return out;
    };
    EXPECT_EQ(decide(false).by, "WaitPeriod");
    now += base::Seconds{30};
    EXPECT_EQ(decide(true).by, "Alarm");
    now += base::Seconds{600};
    EXPECT_FALSE(decide(true).announce);
    EXPECT_EQ(decide(false).by, "ExtensionPeriod");
    now += base::Seconds{121};
    EXPECT_TRUE(decide(false).announce);
    alarm.state = "OK";
    EXPECT_TRUE(decide(false).announce);
    alarm.state = "ALARM";
    EXPECT_EQ(decide(false).by, "WaitPeriod");
    now += base::Seconds{61};
    EXPECT_TRUE(decide(false).announce);
}

}  // namespace
}  // namespace stormglass::cloudwatch
