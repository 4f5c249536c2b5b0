// Deliveries: what is accepted arrives, in AWS's form, is tried again as the policy says, and
// survives a restart.
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/strings.h"
#include "services/common/testing.h"
#include "services/sns/deliveries.h"
#include "services/sns/mailbox.h"
#include "services/sns/public_links.h"
#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

using base::Millis;
using base::Seconds;

/// Answers at once with the next of `answers` (200 when there is none), and remembers what was
/// sent.
class TransportDouble final : public Transport {
public:
    struct Log {
        std::vector<Outgoing> sent;
        std::vector<int> answers;
    };
    explicit TransportDouble(Log& log) : log_(log) {}
    void start(Outgoing outgoing) override {
        const int status = log_.answers.empty() ? 200 : log_.answers.front();
        if (!log_.answers.empty()) log_.answers.erase(log_.answers.begin());
        ended_.push_back({outgoing.id, status, status == 0 ? "connection refused" : ""});
        log_.sent.push_back(std::move(outgoing));
    }
    std::vector<Sent> collect(Millis) override { return std::exchange(ended_, {}); }

private:
    Log& log_;
    std::vector<Sent> ended_;
};

class NoBody final : public net::BodyReader {
public:
    Result<std::size_t> read(char*, std::size_t) override { return 0; }
    std::optional<std::uint64_t> content_length() const override { return 0; }
};

bool verifies(const std::string& certificate_pem, const std::string& text,
              const std::string& signature, const EVP_MD* digest) {
    BIO* bio = BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size()));
    X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    EVP_PKEY* key = X509_get_pubkey(certificate);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const std::string raw = base::base64_decode(signature).value();
    EVP_DigestVerifyInit(context, nullptr, digest, nullptr, key);
    const int good =
        EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(raw.data()), raw.size(),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    X509_free(certificate);
    return good == 1;
}

class DeliveryTest : public services::ServiceTest {
protected:
    void SetUp() override {
        auto r = request();
        api::CreateTopicInput input;
        input.name = "alerts";
        topic = service.create_topic(*r, input)->topic_arn.value();
        ASSERT_TRUE(r->commit());
        start();
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    /// As a daemon that begins anew on the same store.
    void start() {
        deliveries_ = std::make_unique<Deliveries>(DeliveriesParts{
            store, clock, timeline, keys, folder, {}, std::make_unique<TransportDouble>(log)});
        deliveries_->set_endpoint("http://127.0.0.1:4566");
    }
    void pass() {
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(deliveries_->reconcile());
    }
    std::string subscribe(const std::string& protocol, const std::string& endpoint,
                          std::map<std::string, std::string> attributes = {}) {
        auto r = request();
        api::SubscribeInput input;
        input.topic_arn = topic;
        input.protocol = protocol;
        input.endpoint = endpoint;
        input.return_subscription_arn = true;
        for (const auto& [name, value] : attributes) input.attributes[name] = value;
        const auto done = service.subscribe(*r, input);
        EXPECT_TRUE(done) << done.error().message;
        EXPECT_TRUE(r->commit());
        return done->subscription_arn.value();
    }
    /// Follows the link of the newest message.
    int follow(const std::string& url) {
        NoBody body;
        net::Request http{.method = "GET",
                          .target = url.substr(url.find("/?")),
                          .headers = {},
                          .peer_address = "",
                          .is_tls = false,
                          .tls_version = "",
                          .tls_server_name = "",
                          .body = body};
        const auto answer = links.answer(http);
        return answer ? answer->status : 0;
    }
    base::Json newest() { return base::parse_json(log.sent.back().body).value(); }
    std::string confirmed(const std::string& protocol, const std::string& endpoint,
                          std::map<std::string, std::string> attributes = {}) {
        const auto arn = subscribe(protocol, endpoint, std::move(attributes));
        pass();
        EXPECT_EQ(follow(newest()["SubscribeURL"]), 200);
        log.sent.clear();
        return arn;
    }
    void publish(const std::string& text, const std::string& subject = "") {
        auto r = request();
        api::PublishInput input;
        input.topic_arn = topic;
        input.message = text;
        if (!subject.empty()) input.subject = subject;
        ASSERT_TRUE(service.publish(*r, input));
        ASSERT_TRUE(r->commit());
    }
    std::size_t left() {
        return deliveries.all(*store.read())->size() + messages.all(*store.read())->size();
    }

    std::unique_ptr<net::CertificateAuthority> ca =
        std::move(*net::CertificateAuthority::create("Test", clock));
    SigningKeys keys{store, *ca, clock};
    Service service{random, timeline};
    TransportDouble::Log log;
    PublicLinks links{store, clock, random, timeline, keys, [] {}};
    std::unique_ptr<Deliveries> deliveries_;
    std::string topic;
    std::string folder = testing::TempDir() + "sns-mail-" + random.hex(8);
};

TEST_F(DeliveryTest, an_endpoint_confirms_by_the_link_in_the_message_it_is_sent) {
    const auto arn = subscribe("http", "http://a.example/");
    pass();
    ASSERT_EQ(log.sent.size(), 1u);
    const auto json = newest();
    EXPECT_EQ(json["Type"], "SubscriptionConfirmation");
    EXPECT_THAT(log.sent[0].headers,
                testing::Contains("x-amz-sns-message-type: SubscriptionConfirmation"));
    EXPECT_EQ(follow(json["SubscribeURL"].get<std::string>() + "0"), 400) << "a wrong token";
    publish("too early");
    pass();
    EXPECT_EQ(log.sent.size(), 1u);
    EXPECT_EQ(follow(json["SubscribeURL"]), 200);
    publish("hello", "s");
    pass();
    ASSERT_EQ(log.sent.size(), 2u);
    EXPECT_EQ(newest()["Message"], "hello");
    EXPECT_EQ(newest()["Subject"], "s");
    EXPECT_THAT(log.sent[1].headers, testing::Contains("x-amz-sns-subscription-arn: " + arn));
    EXPECT_EQ(left(), 0u);
}

TEST_F(DeliveryTest, signatures_verify_by_the_published_recipe) {
    confirmed("http", "http://a.example/");
    for (const char* version : {"1", "2"}) {
        auto r = request();
        ASSERT_TRUE(service.set_topic_attributes(*r, {topic, "SignatureVersion", version}));
        ASSERT_TRUE(r->commit());
        publish("hello", "a subject");
        pass();
        const auto json = newest();
        std::string text;
        for (const char* name :
             {"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}) {
            text += std::string(name) + "\n" + json[name].get<std::string>() + "\n";
        }
        EXPECT_EQ(json["SignatureVersion"], version);
        EXPECT_TRUE(verifies(keys.current()->certificate, text, json["Signature"],
                             std::string_view(version) == "2" ? EVP_sha256() : EVP_sha1()));
    }
}

TEST_F(DeliveryTest, what_was_accepted_is_delivered_by_the_next_daemon) {
    confirmed("http", "http://a.example/");
    for (int i = 0; i < 50; ++i) publish("m" + std::to_string(i));
    start();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(deliveries_->reconcile());
    std::set<std::string> seen;
    for (const auto& one : log.sent) seen.insert(base::parse_json(one.body).value()["Message"]);
    EXPECT_EQ(seen.size(), 50u);
    EXPECT_EQ(left(), 0u);
}

TEST_F(DeliveryTest, a_failed_delivery_is_tried_again_and_then_given_up) {
    confirmed("http", "http://a.example/");
    log.answers = {500, 0, 429, 503};
    publish("hello");
    for (int i = 0; i < 10; ++i) {
        pass();
        clock.advance(Seconds{20});
    }
    EXPECT_EQ(log.sent.size(), 4u) << "three retries, twenty seconds apart";
    EXPECT_THAT(timeline.events.back().text,
                testing::HasSubstr("given up after 4 attempts: status 503"));
    EXPECT_EQ(left(), 0u);
    log.answers = {404};
    publish("hello");
    pass();
    clock.advance(Seconds{60});
    pass();
    EXPECT_EQ(log.sent.size(), 5u) << "the client's fault is not tried again";
}

TEST_F(DeliveryTest, a_retry_waits_its_time) {
    confirmed("http", "http://a.example/");
    log.answers = {500};
    publish("hello");
    pass();
    clock.advance(Millis{19'900});
    pass();
    EXPECT_EQ(log.sent.size(), 1u);
    clock.advance(Millis{100});
    pass();
    EXPECT_EQ(log.sent.size(), 2u);
}

TEST_F(DeliveryTest, raw_delivery_filters_and_content_types) {
    confirmed(
        "http", "http://a.example/",
        {{"RawMessageDelivery", "true"},
         {"FilterPolicy", R"({"kind":["x"]})"},
         {"FilterPolicyScope", "MessageBody"},
         {"DeliveryPolicy", R"({"requestPolicy":{"headerContentType":"application/json"}})"}});
    publish(R"({"kind":"y"})");
    publish(R"({"kind":"x"})");
    pass();
    ASSERT_EQ(log.sent.size(), 1u);
    EXPECT_EQ(log.sent[0].body, R"({"kind":"x"})");
    EXPECT_THAT(log.sent[0].headers, testing::Contains("x-amz-sns-rawdelivery: true"));
    EXPECT_THAT(log.sent[0].headers, testing::Contains("Content-Type: application/json"));
}

TEST_F(DeliveryTest, who_unsubscribes_by_link_may_come_back) {
    confirmed("http", "http://a.example/");
    publish("hello");
    pass();
    EXPECT_EQ(follow(newest()["UnsubscribeURL"]), 200);
    pass();
    const auto json = newest();
    EXPECT_EQ(json["Type"], "UnsubscribeConfirmation");
    log.sent.clear();
    publish("unheard");
    pass();
    EXPECT_TRUE(log.sent.empty());
    EXPECT_EQ(follow(json["SubscribeURL"]), 200);
    publish("heard");
    pass();
    EXPECT_EQ(log.sent.size(), 1u);
}

TEST_F(DeliveryTest, mail_lies_in_the_mailbox_with_a_link_that_confirms) {
    subscribe("email", "ops@example.test");
    pass();
    auto mails = list_mail(folder).value();
    ASSERT_EQ(mails.size(), 1u);
    EXPECT_EQ(mails[0].subject, "AWS Notification - Subscription Confirmation");
    EXPECT_EQ(mails[0].to, "ops@example.test");
    const auto text = base::read_file(mails[0].path).value();
    const auto at = text.find("http://127.0.0.1:4566/?Action=ConfirmSubscription");
    ASSERT_NE(at, std::string::npos);
    EXPECT_EQ(follow(text.substr(at, text.find("\r\n", at) - at)), 200);
    clock.advance(Seconds{1});
    publish("disk full", "gr\xC3\xBC\xC3\x9F");
    pass();
    mails = list_mail(folder).value();
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_EQ(mails[1].subject, "gr\xC3\xBC\xC3\x9F");
    EXPECT_THAT(base::read_file(mails[1].path).value(), testing::HasSubstr("disk full"));
}

TEST_F(DeliveryTest, a_topic_that_is_gone_delivers_nothing_more) {
    confirmed("http", "http://a.example/");
    publish("hello");
    auto r = request();
    ASSERT_TRUE(service.delete_topic(*r, {topic}));
    ASSERT_TRUE(r->commit());
    pass();
    EXPECT_TRUE(log.sent.empty());
    EXPECT_EQ(left(), 0u);
}

TEST(DeliveryPolicyTest, the_four_phases_of_a_retry_policy) {
    const RetryPolicy policy{10, 100, 8, 2, 2, 1, "linear"};
    std::vector<std::int64_t> seconds;
    for (std::int64_t i = 1; policy.delay_before(i); ++i) {
        seconds.push_back(std::chrono::floor<Seconds>(*policy.delay_before(i)).count());
    }
    EXPECT_EQ(seconds, (std::vector<std::int64_t>{0, 0, 10, 10, 40, 70, 100, 100}));
}

TEST(DeliveryPolicyTest, what_exceeds_an_hour_is_refused) {
    EXPECT_FALSE(check_subscription_policy(
        R"({"healthyRetryPolicy":{"minDelayTarget":100,"maxDelayTarget":100,"numRetries":37}})"));
    EXPECT_TRUE(check_subscription_policy(
        R"({"healthyRetryPolicy":{"minDelayTarget":100,"maxDelayTarget":100,"numRetries":36}})"));
    EXPECT_FALSE(check_subscription_policy(R"({"healthyRetryPolicy":{"backoffFunction":"odd"}})"));
    EXPECT_FALSE(check_topic_policy(R"({"https":{}})"));
}

}  // namespace
}  // namespace stormglass::sns
