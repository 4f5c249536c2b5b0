// Deliveries of AWS services: what the bucket's policy says holds for them.
#include "services/s3/delivery.h"

#include <gtest/gtest.h>

#include "services/common/testing.h"

namespace stormglass::s3 {
namespace {

constexpr const char* by_service =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"Service":"logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action":"s3:PutObject","Resource":"arn:aws:s3:::logs-bucket/alb/*",
        "Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}}]})";
constexpr const char* by_account =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",
        "Principal":{"AWS":"arn:aws:iam::127311923021:root"},
        "Action":"s3:PutObject","Resource":"arn:aws:s3:::logs-bucket/alb/*"}]})";
constexpr const char* allowed_and_denied =
    R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":{"AWS":"127311923021"},"Action":"s3:PutObject",
         "Resource":"arn:aws:s3:::logs-bucket/*"},
        {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::logs-bucket/alb/*"}]})";

class DeliveryTest : public services::ServiceTest {
protected:
    void SetUp() override {
        auto begun = request();
        api::CreateBucketInput input;
        input.bucket = "logs-bucket";
        ASSERT_TRUE(service.create_bucket(*begun, input));
        ASSERT_TRUE(begun->commit());
    }
    void set_policy(const char* document) {
        auto begun = request();
        api::PutBucketPolicyInput input;
        input.bucket = "logs-bucket";
        input.policy = document;
        ASSERT_TRUE(service.put_bucket_policy(*begun, input));
        ASSERT_TRUE(begun->commit());
    }
    /// The error's code, or "" when the object is there.
    std::string deliver(const std::string& bucket, const std::string& key,
                        const std::string& region = "us-east-1") {
        const services::DeliverySender sender{"logdelivery.elasticloadbalancing.amazonaws.com",
                                              "127311923021", region, "123456789012",
                                              "arn:aws:elasticloadbalancing:us-east-1:123456789012:"
                                              "loadbalancer/app/web/1"};
        const auto outcome = delivery.deliver(sender, {bucket, key, "text/plain", "some text"});
        if (!outcome) return outcome.error().code;
        const auto found = versions.all(*store.read(), {bucket, key}).value();
        EXPECT_EQ(found.size(), 1u);
        EXPECT_EQ(found.front().size, 9u);
        return "";
    }
    std::unique_ptr<store::KeyRing> ring = store::KeyRing::in_memory(random);
    Service service{random, *ring, "/nonexistent"};
    Delivery delivery{service, store, clock};
};

TEST_F(DeliveryTest, WithoutAPolicyNothingIsTaken) {
    EXPECT_EQ(deliver("logs-bucket", "alb/x"), "AccessDenied");
    EXPECT_EQ(deliver("no-such-bucket", "alb/x"), "NoSuchBucket");
}

TEST_F(DeliveryTest, ThePolicyMayNameTheServiceOrItsAccount) {
    for (const char* policy : {by_service, by_account}) {
        set_policy(policy);
        EXPECT_EQ(deliver("logs-bucket", "alb/x"), "");
        EXPECT_EQ(deliver("logs-bucket", "elsewhere/x"), "AccessDenied");
        EXPECT_EQ(deliver("logs-bucket", "alb/x", "eu-west-1"), "WrongRegion");
    }
}

TEST_F(DeliveryTest, ADenyHolds) {
    set_policy(allowed_and_denied);
    EXPECT_EQ(deliver("logs-bucket", "other/x"), "");
    EXPECT_EQ(deliver("logs-bucket", "alb/x"), "AccessDenied");
}

}  // namespace
}  // namespace stormglass::s3
