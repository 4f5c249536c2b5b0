// Publish: checks a message as AWS does, queues it for its subscribers in the call's own
// transaction, and says so on the timeline.
#include <set>

#include "base/strings.h"
#include "services/sns/access.h"
#include "services/sns/published.h"
#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t batch_max = 10;

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid parameter: " + what);
}

/// What Publish and an entry of PublishBatch have in common.
struct Given {
    const std::string& text;
    const std::optional<std::string>& subject;
    const std::optional<std::string>& structure;
    const wire::Map<api::MessageAttributeValue>& attributes;
    const std::optional<std::string>& deduplication_id;
};
template <class Input>
Given given_by(const Input& input) {
    return {input.message, input.subject, input.message_structure, input.message_attributes,
            input.message_deduplication_id};
}

Message message_of(const Given& given) {
    Message message;
    message.text = given.text;
    message.subject = given.subject.value_or("");
    message.per_protocol = given.structure.value_or("") == "json";
    for (const auto& [name, attribute] : given.attributes) {
        const bool binary = attribute.data_type.starts_with("Binary");
        message.attributes[name] = {
            attribute.data_type, binary ? base::base64_encode(attribute.binary_value.value_or(""))
                                        : attribute.string_value.value_or("")};
    }
    return message;
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

Result<void> check_structure(const Given& message) {
    if (!message.structure || message.structure->empty()) return {};
    if (*message.structure != "json") return invalid("Message Structure");
    const auto json = base::parse_json(message.text);
    if (!json) return invalid("Message Structure - JSON message body failed to parse");
    if (!json->is_object() || !json->contains("default") || !(*json)["default"].is_string()) {
        return invalid("Message Structure - No default entry in JSON message body");
    }
    return {};
}

Result<void> check_message(const Given& message) {
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

services::TimelineEvent published_event(const Topic& topic, const Accepted& accepted,
                                        std::string_view subject, base::Time now) {
    const std::string filtered =
        accepted.filtered_out == 0 ? "" : fmt::format(", {} filter it out", accepted.filtered_out);
    const std::string pending =
        accepted.pending == 0 ? "" : fmt::format(", {} pending", accepted.pending);
    const std::string to = accepted.queued == 0
                               ? "delivered to nobody: no confirmed subscriber wants it"
                               : fmt::format("to {} subscribers", accepted.queued);
    return {now, "notification", topic.arn,
            fmt::format("published{}{}; {}{}{}", subject.empty() ? "" : ": ", subject, to, filtered,
                        pending),
            topic.region};
}

Result<std::string> Service::accept(wire::Request& request, const Topic& topic, Message message) {
    message.id = random_.uuid();
    message.type = type_notification;
    message.topic_arn = topic.arn;
    message.time = request.now;
    const std::string subject =
        message.subject.empty() ? message.text.substr(0, subject_max) : message.subject;
    std::string id = message.id;
    const auto accepted = TRY(enqueue(request.tx(), random_, topic, std::move(message)));
    timeline_.add(published_event(topic, accepted, subject, request.now));
    return id;
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
    TRY(check_message(given_by(input)));
    api::PublishOutput output;
    output.message_id = TRY(accept(request, topic, message_of(given_by(input))));
    return output;
}

Result<api::PublishBatchOutput> Service::publish_batch(wire::Request& request,
                                                       const api::PublishBatchInput& input) {
    const Topic topic = TRY(open_topic(request, "TopicArn", input.topic_arn, "Publish"));
    TRY(check_batch(input));
    api::PublishBatchOutput output;
    output.successful.present = output.failed.present = true;
    for (const auto& entry : input.publish_batch_request_entries) {
        if (const auto checked = check_message(given_by(entry)); !checked) {
            output.failed.push_back(
                {entry.id, checked.error().code, checked.error().message, true});
            continue;
        }
        const auto id = TRY(accept(request, topic, message_of(given_by(entry))));
        output.successful.push_back({entry.id, id, {}});
    }
    return output;
}

}  // namespace stormglass::sns
