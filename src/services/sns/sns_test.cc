// Topics, their policies, pending subscriptions, and who may publish.
#include <gmock/gmock.h>

#include "services/common/testing.h"
#include "services/sns/records.h"
#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

class SnsTest : public services::ServiceTest {
protected:
    std::string make_topic(const std::string& name = "alerts") {
        auto r = request();
        api::CreateTopicInput input;
        input.name = name;
        const auto made = service.create_topic(*r, input);
        EXPECT_TRUE(made);
        EXPECT_TRUE(r->commit());
        return made->topic_arn.value();
    }
    Result<void> set(const std::string& arn, const std::string& name, const std::string& value) {
        auto r = request();
        const auto done = service.set_topic_attributes(*r, {arn, name, value});
        if (!done) return Unexpected(done.error());
        return r->commit();
    }
    std::map<std::string, std::string> attributes(const std::string& arn) {
        auto r = request();
        return service.get_topic_attributes(*r, {arn})->attributes;
    }
    Result<api::SubscribeOutput> subscribe(const std::string& arn, const std::string& protocol,
                                           const std::string& endpoint) {
        auto r = request();
        api::SubscribeInput input;
        input.topic_arn = arn;
        input.protocol = protocol;
        input.endpoint = endpoint;
        input.return_subscription_arn = true;
        auto done = service.subscribe(*r, input);
        if (done) {
            EXPECT_TRUE(r->commit());
        }
        return done;
    }
    Result<void> publish_as(const std::string& source, const std::string& arn) {
        auto r = wire::make_internal_request(store, wire::TxMode::write, source, "123456789012",
                                             "us-east-1", clock.now());
        services::Notifications& notifications = service;
        return notifications.publish(*r, arn, "subject", "message");
    }
    Service service{random, timeline};
};

TEST_F(SnsTest, a_new_topic_has_the_defaults_of_aws) {
    const auto arn = make_topic();
    EXPECT_EQ(arn, "arn:aws:sns:us-east-1:123456789012:alerts");
    const auto shown = attributes(arn);
    EXPECT_EQ(shown.size(), 8u);
    EXPECT_EQ(shown.at("DisplayName"), "");
    EXPECT_EQ(shown.at("SubscriptionsPending"), "0");
    EXPECT_THAT(shown.at("Policy"), testing::HasSubstr("__default_statement_ID"));
    EXPECT_TRUE(base::parse_json(shown.at("EffectiveDeliveryPolicy")));
}

TEST_F(SnsTest, creating_a_topic_again_returns_it_unless_it_would_differ) {
    const auto arn = make_topic();
    EXPECT_EQ(make_topic(), arn);
    auto r = request();
    api::CreateTopicInput input;
    input.name = "alerts";
    input.tags.push_back({"k", "v"});
    EXPECT_EQ(service.create_topic(*r, input).error().message,
              "Invalid parameter: Tags Reason: Topic already exists with different tags");
}

TEST_F(SnsTest, fifo_topics_are_refused_by_name) {
    auto r = request();
    api::CreateTopicInput input;
    input.name = "alerts.fifo";
    EXPECT_THAT(service.create_topic(*r, input).error().message,
                testing::HasSubstr("does not support FIFO"));
}

TEST_F(SnsTest, attributes_are_checked_one_by_one) {
    const auto arn = make_topic();
    EXPECT_TRUE(set(arn, "HTTPSuccessFeedbackSampleRate", "0"));
    EXPECT_TRUE(set(arn, "DisplayName", "Alerts"));
    EXPECT_EQ(attributes(arn).at("HTTPSuccessFeedbackSampleRate"), "0");
    EXPECT_FALSE(set(arn, "HTTPSuccessFeedbackSampleRate", "101"));
    EXPECT_EQ(set(arn, "FifoTopic", "false").error().message, "Invalid parameter: AttributeName");
    EXPECT_FALSE(set(arn, "Policy", "{}"));
    EXPECT_FALSE(set(arn, "TracingConfig", "Active"));
}

TEST_F(SnsTest, a_delivery_policy_shows_in_the_effective_one) {
    const auto arn = make_topic();
    ASSERT_TRUE(
        set(arn, "DeliveryPolicy",
            R"({"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}})"));
    const auto shown = base::parse_json(attributes(arn).at("EffectiveDeliveryPolicy"));
    EXPECT_EQ((*shown)["http"]["defaultRequestPolicy"]["headerContentType"], "application/json");
    EXPECT_EQ((*shown)["http"]["defaultHealthyRetryPolicy"]["numRetries"], 3);
    ASSERT_TRUE(set(arn, "DeliveryPolicy", ""));
    EXPECT_FALSE(attributes(arn).contains("DeliveryPolicy"));
}

TEST_F(SnsTest, an_email_subscription_stays_pending) {
    const auto topic = make_topic();
    const auto arn = subscribe(topic, "email", "ops@example.test")->subscription_arn.value();
    EXPECT_EQ(subscribe(topic, "email", "ops@example.test")->subscription_arn, arn);
    auto r = request();
    const auto shown = service.get_subscription_attributes(*r, {arn})->attributes;
    EXPECT_EQ(shown.at("PendingConfirmation"), "true");
    EXPECT_EQ(
        service.list_subscriptions_by_topic(*r, {topic, {}})->subscriptions.at(0).subscription_arn,
        "PendingConfirmation");
    EXPECT_THAT(
        service.unsubscribe(*r, {arn}).error().message,
        testing::HasSubstr("Cannot unsubscribe a subscription that is pending confirmation"));
}

TEST_F(SnsTest, a_pending_subscription_is_forgotten_after_two_days) {
    const auto topic = make_topic();
    const auto arn = subscribe(topic, "email", "ops@example.test")->subscription_arn.value();
    clock.advance(pending_max);
    auto r = request();
    EXPECT_EQ(service.get_subscription_attributes(*r, {arn}).error().code, "NotFound");
    EXPECT_TRUE(service.unsubscribe(*r, {arn}));
}

TEST_F(SnsTest, protocols_without_delivery_are_refused) {
    EXPECT_THAT(subscribe(make_topic(), "sqs", "arn:aws:sqs:us-east-1:1:q").error().message,
                testing::HasSubstr("Stormglass does not support protocol sqs"));
}

TEST_F(SnsTest, deleting_a_topic_deletes_its_subscriptions_and_may_be_repeated) {
    const auto topic = make_topic();
    subscribe(topic, "email", "ops@example.test");
    for (int i = 0; i < 2; ++i) {
        auto r = request();
        ASSERT_TRUE(service.delete_topic(*r, {topic}));
        ASSERT_TRUE(r->commit());
    }
    auto r = request();
    EXPECT_TRUE(service.list_subscriptions(*r, {})->subscriptions.empty());
    EXPECT_EQ(service.get_topic_attributes(*r, {topic}).error().code, "NotFound");
}

TEST_F(SnsTest, a_message_must_not_be_empty_and_json_needs_a_default) {
    const auto topic = make_topic();
    auto r = request();
    api::PublishInput input;
    input.topic_arn = topic;
    EXPECT_EQ(service.publish(*r, input).error().message, "Invalid parameter: Empty message");
    input.message = R"({"http":"x"})";
    input.message_structure = "json";
    EXPECT_THAT(service.publish(*r, input).error().message, testing::HasSubstr("No default entry"));
    input.message = R"({"default":"x"})";
    EXPECT_TRUE(service.publish(*r, input)->message_id);
    EXPECT_THAT(timeline.events.back().text,
                testing::HasSubstr("no confirmed subscriber wants it"));
}

TEST_F(SnsTest, services_publish_only_where_the_topic_lets_them) {
    const auto topic = make_topic();
    EXPECT_TRUE(publish_as("cloudwatch", topic)) << "the default policy knows the owner";
    ASSERT_TRUE(set(topic, "Policy",
                    R"({"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow",)"
                    R"("Principal":{"Service":"events.rds.amazonaws.com"},"Action":"sns:Publish",)"
                    R"("Resource":"*","Condition":{"StringEquals":)"
                    R"({"aws:SourceAccount":"123456789012"}}}]})"));
    EXPECT_EQ(publish_as("cloudwatch", topic).error().code, "AuthorizationError");
    EXPECT_TRUE(publish_as("rds", topic));
    EXPECT_TRUE(publish_as("autoscaling", topic))
        << "its linked role may, without the topic's word";
}

TEST_F(SnsTest, permissions_are_statements_of_the_policy) {
    const auto topic = make_topic();
    auto r = request();
    api::AddPermissionInput add;
    add.topic_arn = topic;
    add.label = "test";
    add.aws_account_id.push_back("111111111111");
    add.action_name.push_back("Publish");
    ASSERT_TRUE(service.add_permission(*r, add));
    EXPECT_THAT(service.get_topic_attributes(*r, {topic})->attributes.at("Policy"),
                testing::HasSubstr("arn:aws:iam::111111111111:root"));
    ASSERT_TRUE(service.remove_permission(*r, {topic, "test"}));
    EXPECT_THAT(service.get_topic_attributes(*r, {topic})->attributes.at("Policy"),
                testing::Not(testing::HasSubstr("111111111111")));
}

}  // namespace
}  // namespace stormglass::sns
