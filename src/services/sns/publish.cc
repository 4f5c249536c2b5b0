// Publish: checks a message as AWS does and says on the timeline what became of it. There is nobody
// to deliver to: every subscription is pending, and AWS delivers nothing to those either.
#include <set>

#include "services/sns/access.h"
#include "services/sns/published.h"
#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t message_bytes_max = 256 * 1024;
constexpr std::size_t subject_max = 100;
constexpr std::size_t batch_max = 10;

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid parameter: " + what);
}

/// What Publish and an entry of PublishBatch have in common.
struct Message {
    const std::string& text;
    const std::optional<std::string>& subject;
    const std::optional<std::string>& structure;
    const wire::Map<api::MessageAttributeValue>& attributes;
    const std::optional<std::string>& deduplication_id;
};
template <class Input>
Message message_of(const Input& input) {
    return {input.message, input.subject, input.message_structure, input.message_attributes,
            input.message_deduplication_id};
}

Result<std::size_t> check_attributes(const wire::Map<api::MessageAttributeValue>& attributes) {
    std::size_t bytes = 0;
    for (const auto& [name, attribute] : attributes) {
        const bool binary = attribute.data_type.starts_with("Binary");
        const auto& value = binary ? attribute.binary_value : attribute.string_value;
        if (!binary && !attribute.data_type.starts_with("String") &&
            !attribute.data_type.starts_with("Number")) {
            return api::invalid_parameter_value(fmt::format(
                "The message attribute '{}' has an invalid message attribute type, the set of "
                "supported type prefixes is Binary, Number, and String.",
                name));
        }
        if (!value || value->empty()) {
            return api::invalid_parameter_value(fmt::format(
                "The message attribute '{}' must contain non-empty message attribute value for "
                "message attribute type '{}'.",
                name, attribute.data_type));
        }
        bytes += name.size() + attribute.data_type.size() + value->size();
    }
    return bytes;
}

Result<void> check_structure(const Message& message) {
    if (!message.structure || message.structure->empty()) return {};
    if (*message.structure != "json") return invalid("Message Structure");
    const auto json = base::parse_json(message.text);
    if (!json) return invalid("Message Structure - JSON message body failed to parse");
    if (!json->is_object() || !json->contains("default") || !(*json)["default"].is_string()) {
        return invalid("Message Structure - No default entry in JSON message body");
    }
    return {};
}

Result<void> check_message(const Message& message) {
    if (message.text.empty()) return invalid("Empty message");
    const std::size_t attribute_bytes = TRY(check_attributes(message.attributes));
    if (message.text.size() + attribute_bytes > message_bytes_max) {
        return invalid("Message too long");
    }
    if (message.subject) {
        const auto& subject = *message.subject;
        const bool printable =
            std::ranges::none_of(subject, [](unsigned char c) { return c < ' ' || c == 0x7f; });
        if (subject.empty() || subject.size() > subject_max || !printable) {
            return invalid("Subject");
        }
    }
    if (message.deduplication_id) {
        return invalid(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
            "parameter that is not valid for this topic type");
    }
    return check_structure(message);
}

Result<void> check_batch(const api::PublishBatchInput& input) {
    const auto& entries = input.publish_batch_request_entries;
    if (entries.empty()) {
        return api::empty_batch_request("The batch request doesn't contain any entries.");
    }
    if (entries.size() > batch_max) {
        return api::too_many_entries_in_batch_request(
            "The batch request contains more entries than permissible.");
    }
    std::set<std::string> ids;
    std::size_t bytes = 0;
    for (const auto& entry : entries) {
        bytes += entry.message.size();
        if (!ids.insert(entry.id).second) {
            return api::batch_entry_ids_not_distinct(
                "Two or more batch entries in the request have the same Id.");
        }
    }
    if (bytes > message_bytes_max) {
        return api::batch_request_too_long(
            "The length of all the messages put together is more "
            "than the limit.");
    }
    return {};
}

}  // namespace

services::TimelineEvent published_event(const Topic& topic, std::size_t pending,
                                        std::string_view subject, base::Time now) {
    return {now, "notification", topic.arn,
            fmt::format("published{}{}; delivered to nobody: no confirmed subscriber, {} pending",
                        subject.empty() ? "" : ": ", subject, pending),
            topic.region};
}

Result<api::PublishOutput> Service::publish(wire::Request& request,
                                            const api::PublishInput& input) {
    if (input.phone_number) {
        request.mark_authorized();
        return invalid("PhoneNumber Reason: Stormglass does not support SMS");
    }
    const bool by_target = !input.topic_arn && input.target_arn;
    const std::string arn = by_target ? *input.target_arn : input.topic_arn.value_or("");
    if (arn.find(":endpoint/") != std::string::npos) {
        request.mark_authorized();
        return invalid("TargetArn Reason: No endpoint found for the target arn specified");
    }
    const Topic topic =
        TRY(open_topic(request, by_target ? "TargetArn" : "TopicArn", arn, "Publish"));
    TRY(check_message(message_of(input)));
    const auto pending = TRY(subscriptions_of(request.tx(), topic, request.now));
    timeline_.add(published_event(topic, pending.size(), input.subject.value_or(""), request.now));
    api::PublishOutput output;
    output.message_id = random_.uuid();
    return output;
}

Result<api::PublishBatchOutput> Service::publish_batch(wire::Request& request,
                                                       const api::PublishBatchInput& input) {
    const Topic topic = TRY(open_topic(request, "TopicArn", input.topic_arn, "Publish"));
    TRY(check_batch(input));
    const auto pending = TRY(subscriptions_of(request.tx(), topic, request.now));
    api::PublishBatchOutput output;
    output.successful.present = output.failed.present = true;
    for (const auto& entry : input.publish_batch_request_entries) {
        if (const auto checked = check_message(message_of(entry)); !checked) {
            output.failed.push_back(
                {entry.id, checked.error().code, checked.error().message, true});
            continue;
        }
        timeline_.add(
            published_event(topic, pending.size(), entry.subject.value_or(""), request.now));
        output.successful.push_back({entry.id, random_.uuid(), {}});
    }
    return output;
}

}  // namespace stormglass::sns
