// Access logs: the bucket is tried first, finished files arrive under AWS's names, nothing is lost by
// a refusal or a crash.
#include <unistd.h>
#include <zlib.h>

#include <filesystem>

#include "base/file.h"
#include "services/elbv2/access_logs.h"
#include "services/elbv2/testing.h"

namespace stormglass::elbv2 {
namespace {

class FakeDelivery final : public services::ObjectDelivery {
public:
    Result<void> deliver(const services::DeliverySender& sender,
                         services::DeliveredObject object) override {
        senders.push_back(sender);
        if (!refusal.empty()) return aws_error(refusal, "Access Denied", 403);
        objects[object.bucket + "/" + object.key] = object.body;
        return {};
    }
    std::string refusal;
    std::map<std::string, std::string> objects;
    std::vector<services::DeliverySender> senders;
};

std::string gunzipped(const std::string& packed) {
    z_stream stream{};
    EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
    std::string text(1 << 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
    text.resize(stream.total_out);
    ::inflateEnd(&stream);
    return text;
}

class AccessLogsTest : public Elbv2Test {
protected:
    void TearDown() override { std::filesystem::remove_all(home_); }

    Result<api::ModifyLoadBalancerAttributesOutput> turn_on(const std::string& arn,
                                                            const std::string& bucket) {
        api::ModifyLoadBalancerAttributesInput input;
        input.load_balancer_arn = arn;
        input.attributes = {{.key = "access_logs.s3.enabled", .value = "true"},
                            {.key = "access_logs.s3.bucket", .value = bucket},
                            {.key = "access_logs.s3.prefix", .value = "alb"}};
        return with_s3_.modify_load_balancer_attributes(*request(), input);
    }
    /// A file of node "lb-1a2b-us-east-1a" whose interval ends `from_now` seconds from now.
    std::string leave(const std::string& ending, int from_now, const std::string& text = "line\n") {
        must(keep_log_destination(folder_, {"123456789012", "us-east-1", "arn", "web", "1a2b",
                                            "203.0.113.1", "logs", "alb"}));
        const auto end = std::chrono::floor<base::Seconds>(clock.now()) + base::Seconds{from_now};
        const auto path = fmt::format("{}/{}-rnd{}", folder_, end.time_since_epoch().count(), ending);
        must(base::write_file(path, text));
        return path;
    }
    static void must(const Result<void>& outcome) {
        EXPECT_TRUE(outcome) << outcome.error().message;
    }
    void node_lives() {
        auto begun = request();
        Node node;
        node.load_balancer_id = "1a2b";
        node.zone = "us-east-1a";
        nodes.put(begun->tx(), {"123456789012", "us-east-1", "1a2b", node.zone}, node);
        ASSERT_TRUE(begun->commit());
    }
    void pass() {
        clock.advance(base::Seconds{60});
        const auto outcome = logs_.reconcile();
        ASSERT_TRUE(outcome) << outcome.error().message;
    }

    const std::string home_ = std::filesystem::temp_directory_path() /
                              fmt::format("elbv2-logs-{}-{}", ::getpid(), random.hex(6));
    const substrate::Realm realm_{"abc123", home_, home_ + "/run", "/bin/stormglass"};
    const std::string folder_ = access_log_folder(realm_, "lb-1a2b-us-east-1a");
    FakeDelivery s3_;
    Service with_s3_{{random, ec2, nullptr, observed, &s3_}};
    AccessLogs logs_{{store, clock, clock, timeline, realm_, s3_}};
};

TEST_F(AccessLogsTest, TheBucketIsTriedBeforeTheAttributesAreTaken) {
    const auto arn = balancer_arn();
    ASSERT_TRUE(turn_on(arn, "logs"));
    EXPECT_TRUE(s3_.objects.contains("logs/alb/AWSLogs/123456789012/ELBAccessLogTestFile"));
    EXPECT_EQ(s3_.senders.back().service, "logdelivery.elasticloadbalancing.amazonaws.com");
    EXPECT_EQ(s3_.senders.back().service_account, "127311923021");
    s3_.refusal = "AccessDenied";
    const auto refused = turn_on(arn, "others").error();
    EXPECT_EQ(refused.code, "InvalidConfigurationRequest");
    EXPECT_EQ(refused.message, "Access Denied for bucket: others. Please check S3bucket permission");
    EXPECT_EQ(turn_on(arn, "").error().code, "ValidationError");
}

TEST_F(AccessLogsTest, AnIntervalArrivesUnderAwsNameAndLeavesTheDisk) {
    node_lives();
    const auto path = leave(".log", 0, "one\ntwo\n");
    pass();
    ASSERT_EQ(s3_.objects.size(), 1u);
    const auto& [key, body] = *s3_.objects.begin();
    EXPECT_EQ(key, "logs/alb/AWSLogs/123456789012/elasticloadbalancing/us-east-1/2025/10/09/"
                   "123456789012_elasticloadbalancing_us-east-1_app.web.1a2b_20251009T0853Z_"
                   "203.0.113.1_rnd.log.gz");
    EXPECT_EQ(gunzipped(body), "one\ntwo\n");
    EXPECT_FALSE(base::file_exists(path));
}

TEST_F(AccessLogsTest, ALivingNodesOpenFileWaitsForTheEndOfItsInterval) {
    node_lives();
    leave(".open", 100);
    pass();
    EXPECT_TRUE(s3_.objects.empty());
    pass();
    EXPECT_EQ(s3_.objects.size(), 1u);
}

TEST_F(AccessLogsTest, WhatANodeLeftStillArrivesWhenItsBalancerIsGone) {
    leave(".open", 200);
    pass();
    EXPECT_EQ(s3_.objects.size(), 1u);
    pass();
    EXPECT_FALSE(base::file_exists(folder_));
}

TEST_F(AccessLogsTest, ARefusalIsToldOnceAndTheFileKeptForADay) {
    node_lives();
    const auto path = leave(".log", 0);
    s3_.refusal = "AccessDenied";
    pass();
    pass();
    EXPECT_EQ(timeline.events.size(), 1u);
    EXPECT_TRUE(base::file_exists(path));
    clock.advance(std::chrono::hours{24});
    pass();
    EXPECT_FALSE(base::file_exists(path));
    EXPECT_EQ(timeline.events.size(), 2u) << "the loss is told";
}

}  // namespace
}  // namespace stormglass::elbv2
