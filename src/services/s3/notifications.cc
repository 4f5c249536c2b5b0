#include "services/s3/notifications.h"

#include <set>

#include "base/log.h"
#include "base/strings.h"
#include "services/s3/access.h"
#include "services/s3/service.h"
#include "services/s3/settings.h"

namespace stormglass::s3 {
namespace {

using base::Json;

constexpr const char* put_notification = "PutBucketNotificationConfiguration";
constexpr const char* subject = "Amazon S3 Notification";
constexpr std::size_t sequencer_digits = 16;

/// All that AWS knows; those of features that we lack never happen.
const std::set<std::string>& known_events() {
    static const std::set<std::string> known{
        "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy",
        "s3:ObjectCreated:CompleteMultipartUpload", "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete",
        "s3:ObjectRemoved:DeleteMarkerCreated", "s3:ObjectTagging:*", "s3:ObjectTagging:Put",
        "s3:ObjectTagging:Delete", "s3:LifecycleExpiration:*", "s3:LifecycleExpiration:Delete",
        "s3:LifecycleExpiration:DeleteMarkerCreated", "s3:ReducedRedundancyLostObject",
        "s3:ObjectRestore:*", "s3:ObjectRestore:Post", "s3:ObjectRestore:Completed",
        "s3:ObjectRestore:Delete", "s3:Replication:*", "s3:Replication:OperationFailedReplication",
        "s3:Replication:OperationMissedThreshold", "s3:Replication:OperationNotTracked",
        "s3:Replication:OperationReplicatedAfterThreshold", "s3:ObjectAcl:Put", "s3:LifecycleTransition",
        "s3:IntelligentTiering"};
    return known;
}

Unexpected invalid(const std::string& message, const std::string& name, const std::string& value) {
    return s3_error("InvalidArgument", message, 400, {{"ArgumentName", name}, {"ArgumentValue", value}});
}

Unexpected malformed() {
    return s3_error("MalformedXML",
                    "The XML you provided was not well-formed or did not validate against our published schema",
                    400);
}

struct KeyFilter {
    std::string prefix, suffix;
};
KeyFilter filter_of(const api::TopicConfiguration& configuration) {
    KeyFilter filter;
    if (!configuration.filter || !configuration.filter->key) return filter;
    for (const auto& rule : configuration.filter->key->filter_rules) {
        const bool is_prefix = base::to_lower(rule.name.value_or("")) == "prefix";
        (is_prefix ? filter.prefix : filter.suffix) = rule.value.value_or("");
    }
    return filter;
}

Result<void> check_filter(api::TopicConfiguration& configuration) {
    if (!configuration.filter || !configuration.filter->key) return {};
    std::set<std::string> seen;
    for (auto& rule : configuration.filter->key->filter_rules) {
        if (!rule.name || !rule.value) return malformed();
        const std::string name = base::to_lower(*rule.name);
        if (name != "prefix" && name != "suffix") {
            return invalid("filter rule name must be either prefix or suffix", "FilterRule.Name", *rule.name);
        }
        if (!seen.insert(name).second) {
            return invalid("Cannot specify more than one " + name + " rule in a filter.", "FilterRule.Name", name);
        }
        rule.name = name == "prefix" ? "Prefix" : "Suffix";  // As S3 gives it back.
    }
    return {};
}

/// "s3:ObjectCreated:*" covers "s3:ObjectCreated:Put".
bool covers(const std::string& wanted, const std::string& name) {
    if (!wanted.ends_with(":*")) return wanted == name;
    return name.starts_with(wanted.substr(0, wanted.size() - 1));
}

bool share_an_event(const api::TopicConfiguration& a, const api::TopicConfiguration& b) {
    return std::ranges::any_of(a.events, [&](const std::string& one) {
        return std::ranges::any_of(b.events, [&](const std::string& other) {
            return covers(one, other) || covers(other, one);
        });
    });
}

bool overlap(const api::TopicConfiguration& a, const api::TopicConfiguration& b) {
    if (!share_an_event(a, b)) return false;
    const KeyFilter one = filter_of(a), other = filter_of(b);
    const bool prefixes = one.prefix.starts_with(other.prefix) || other.prefix.starts_with(one.prefix);
    const bool suffixes = one.suffix.ends_with(other.suffix) || other.suffix.ends_with(one.suffix);
    return prefixes && suffixes;
}

Result<void> check_events(const api::TopicConfiguration& configuration) {
    if (configuration.events.empty()) return malformed();
    for (const auto& event : configuration.events) {
        if (!known_events().contains(event)) {
            return invalid("A specified event is not supported for notifications.", "Event", event);
        }
    }
    return {};
}

/// As form data encodes it, slashes apart.
std::string encoded_key(const std::string& key) {
    std::string text = base::uri_encode(key, base::Slash::keep);
    for (auto at = text.find("%20"); at != std::string::npos; at = text.find("%20", at)) {
        text.replace(at, 3, "+");
    }
    return text;
}

std::string principal_id(const wire::Request& request) {
    const std::string& id = request.principal.user_id;
    return id.empty() ? "AmazonCustomer" : "AWS:" + id;
}

}  // namespace

Result<void> check_notifications(api::NotificationConfiguration& configuration, base::Random& random) {
    if (!configuration.queue_configurations.empty()) return unsupported("notifications to SQS queues");
    if (!configuration.lambda_function_configurations.empty()) {
        return unsupported("notifications to Lambda functions");
    }
    if (configuration.event_bridge_configuration) return unsupported("notifications to EventBridge");
    std::set<std::string> ids;
    auto& all = configuration.topic_configurations;
    for (auto& one : all) {
        if (!one.id || one.id->empty()) one.id = random.uuid();
        if (!ids.insert(*one.id).second) {
            return invalid("Same ID used for multiple configurations. IDs must be unique", "Id", *one.id);
        }
        TRY(check_events(one));
        TRY(check_filter(one));
        const std::string topic = one.topic_arn.value_or("");
        if (!topic.starts_with("arn:aws:sns:")) return invalid("The ARN could not be parsed", "Topic", topic);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = i + 1; j < all.size(); ++j) {
            if (!overlap(all[i], all[j])) continue;
            return s3_error("InvalidArgument",
                            "Configurations overlap. Configurations on the same bucket cannot share a common "
                            "event type.", 400);
        }
    }
    return {};
}

Result<api::NotificationConfiguration> notifications_of(const Bucket& bucket) {
    const auto found = bucket.settings.find(notification_setting);
    if (found == bucket.settings.end()) return api::NotificationConfiguration{};
    return from_setting<api::NotificationConfiguration>(put_notification, found->second);
}

bool is_wanted(const api::TopicConfiguration& configuration, const ObjectEvent& event) {
    const KeyFilter filter = filter_of(configuration);
    return event.key.starts_with(filter.prefix) && event.key.ends_with(filter.suffix) &&
           std::ranges::any_of(configuration.events, [&](const std::string& wanted) {
               return covers(wanted, "s3:" + event.name);
           });
}

std::string event_message(const wire::Request& request, const Bucket& bucket, const std::string& id,
                          const ObjectEvent& event, const std::string& sequencer) {
    Json object = {{"key", encoded_key(event.key)}, {"sequencer", sequencer}};
    if (event.size) object["size"] = *event.size;
    if (!event.etag.empty()) object["eTag"] = event.etag;
    if (!event.version_id.empty()) object["versionId"] = event.version_id;
    const Json of_bucket = {{"name", bucket.name},
                            {"ownerIdentity", {{"principalId", canonical_id(bucket.account)}}},
                            {"arn", bucket_arn(bucket.name)}};
    const Json record = {
        {"eventVersion", "2.1"},
        {"eventSource", "aws:s3"},
        {"awsRegion", bucket.region},
        {"eventTime", base::iso8601_millis(request.now)},
        {"eventName", event.name},
        {"userIdentity", {{"principalId", principal_id(request)}}},
        {"requestParameters", {{"sourceIPAddress", request.source_ip}}},
        {"responseElements", {{"x-amz-request-id", request.request_id}, {"x-amz-id-2", request.request_id}}},
        {"s3",
         {{"s3SchemaVersion", "1.0"}, {"configurationId", id}, {"bucket", of_bucket}, {"object", object}}}};
    return base::dump_json({{"Records", Json::array({record})}});
}

std::string test_message(const wire::Request& request, const std::string& bucket) {
    return base::dump_json({{"Service", "Amazon S3"},
                            {"Event", "s3:TestEvent"},
                            {"Time", base::iso8601_millis(request.now)},
                            {"Bucket", bucket},
                            {"RequestId", request.request_id},
                            {"HostId", request.request_id}});
}

Result<void> Service::notify(wire::Request& request, const Bucket& bucket, const ObjectEvent& event) {
    if (door_ == nullptr || !bucket.settings.contains(notification_setting)) return {};
    const auto configuration = TRY(notifications_of(bucket));
    for (const auto& one : configuration.topic_configurations) {
        if (!is_wanted(one, event)) continue;
        // Later events of a key have a higher number: time first.
        const std::string sequencer = fmt::format("{:012X}", request.now.time_since_epoch().count()) +
                                      base::to_upper(random_.hex(sequencer_digits - 12));
        const auto sent = door_->publish_as_service(
            request, {.topic_arn = one.topic_arn.value_or(""),
                      .service = "s3.amazonaws.com",
                      .source_arn = bucket_arn(bucket.name),
                      .source_account = bucket.account,
                      .subject = subject,
                      .message = event_message(request, bucket, one.id.value_or(""), event, sequencer),
                      .attributes = {}});
        if (!sent && sent.error().domain != Domain::aws) return Unexpected(sent.error());
        // A topic that is gone or refuses now: the object is written all the same, as on AWS.
        if (!sent) spdlog::warn("s3: event of {}/{}: {}", bucket.name, event.key, sent.error().message);
    }
    return {};
}

Result<api::PutBucketNotificationConfigurationOutput> Service::put_bucket_notification_configuration(
    wire::Request& request, const api::PutBucketNotificationConfigurationInput& input) {
    Bucket bucket = TRY(open_bucket(
        request, request.tx(), {input.bucket, "s3:PutBucketNotification", "", input.expected_bucket_owner}));
    auto configuration = input.notification_configuration;
    TRY(check_notifications(configuration, random_));
    for (const auto& one : configuration.topic_configurations) {
        if (input.skip_destination_validation.value_or(false) || door_ == nullptr) break;
        const auto sent = door_->publish_as_service(
            request, {.topic_arn = one.topic_arn.value_or(""),
                      .service = "s3.amazonaws.com",
                      .source_arn = bucket_arn(bucket.name),
                      .source_account = bucket.account,
                      .subject = subject,
                      .message = test_message(request, bucket.name),
                      .attributes = {}});
        if (sent) continue;
        if (sent.error().domain != Domain::aws) return Unexpected(sent.error());
        return s3_error("InvalidArgument", "Unable to validate the following destination configurations", 400,
                        {{"ArgumentName1", *one.topic_arn}, {"ArgumentValue1", sent.error().message}});
    }
    if (configuration.topic_configurations.empty()) {
        bucket.settings.erase(notification_setting);
    } else {
        bucket.settings[notification_setting] = to_setting(put_notification, configuration);
    }
    buckets.put(request.tx(), {bucket.name}, bucket);
    return api::PutBucketNotificationConfigurationOutput{};
}

Result<api::GetBucketNotificationConfigurationOutput> Service::get_bucket_notification_configuration(
    wire::Request& request, const api::GetBucketNotificationConfigurationInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(), {input.bucket, "s3:GetBucketNotification", "", input.expected_bucket_owner}));
    api::GetBucketNotificationConfigurationOutput output;
    output.topic_configurations = TRY(notifications_of(bucket)).topic_configurations;
    return output;
}

}  // namespace stormglass::s3
