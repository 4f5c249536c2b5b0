// Topics: create, delete, list.
#include "base/strings.h"
#include "services/common/ids.h"
#include "services/sns/access.h"
#include "services/sns/service.h"
#include "services/sns/tags.h"
#include "services/sns/topic_attributes.h"
#include "services/sns/topic_policy.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t name_max = 256;

Unexpected invalid(const std::string& what) {
    return api::invalid_parameter("Invalid parameter: " + what);
}

Result<void> check_name(const std::string& name) {
    std::string_view rest(name);
    if (rest.ends_with(".fifo")) rest.remove_suffix(std::string_view(".fifo").size());
    const bool plain = std::ranges::all_of(rest, [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
    if (rest.empty() || name.size() > name_max || !plain) return invalid("Topic Name");
    return {};
}

Result<void> refuse_fifo(const api::CreateTopicInput& input) {
    const auto fifo = input.attributes.find("FifoTopic");
    const bool wanted = fifo != input.attributes.end() && base::to_lower(fifo->second) == "true";
    if (wanted || input.name.ends_with(".fifo")) {
        return invalid("Topic Name Reason: Stormglass does not support FIFO topics");
    }
    if (input.data_protection_policy) {
        return invalid("DataProtectionPolicy Reason: Stormglass does not support data protection");
    }
    return {};
}

/// Creating what exists returns it, unless the caller wants it to be different.
Result<void> check_same(const Topic& existing, const Topic& wanted) {
    for (const auto& [name, value] : wanted.attributes) {
        const auto found = existing.attributes.find(name);
        if (found == existing.attributes.end() || found->second != value) {
            return invalid("Attributes Reason: Topic already exists with different attributes");
        }
    }
    for (const auto& [key, value] : wanted.tags) {
        const auto found = existing.tags.find(key);
        if (found == existing.tags.end() || found->second != value) {
            return invalid("Tags Reason: Topic already exists with different tags");
        }
    }
    return {};
}

}  // namespace

Result<api::CreateTopicOutput> Service::create_topic(wire::Request& request,
                                                     const api::CreateTopicInput& input) {
    TRY(check_name(input.name));
    TRY(refuse_fifo(input));
    Topic topic;
    topic.account = request.account;
    topic.region = request.region;
    topic.name = input.name;
    topic.arn = request.arn("sns", input.name);
    for (const auto& [name, value] : input.attributes) {
        if (name == "FifoTopic") continue;  // "false": refuse_fifo has seen it.
        const auto set = set_attribute(topic, name, value);
        if (!set && set.error().message == "Invalid parameter: AttributeName") {
            return invalid("Attributes Reason: Unknown Attribute " + name);
        }
        TRY(set);
    }
    TRY(add_tags(topic.tags, input.tags));
    const auto existing = TRY(topics.get(request.tx(), {topic.account, topic.region, topic.name}));
    if (existing) {
        TRY(check_same(*existing, topic));
    } else {
        if (topic.policy.empty()) topic.policy = default_policy(topic);
        put_topic(request.tx(), topic);
    }
    return api::CreateTopicOutput{topic.arn};
}

Result<api::DeleteTopicOutput> Service::delete_topic(wire::Request& request,
                                                     const api::DeleteTopicInput& input) {
    const auto topic = open_topic(request, "TopicArn", input.topic_arn, "DeleteTopic");
    if (!topic) {
        if (topic.error().code == "NotFound") return api::DeleteTopicOutput{};
        return Unexpected(topic.error());
    }
    // What is still queued for them is dropped by whoever delivers.
    TRY(subscriptions.erase_all(request.tx(), {topic->account, topic->region, topic->name}));
    TRY(unsubscribed.erase_all(request.tx(), {topic->account, topic->region, topic->name}));
    topics.erase(request.tx(), {topic->account, topic->region, topic->name});
    return api::DeleteTopicOutput{};
}

Result<api::ListTopicsOutput> Service::list_topics(wire::Request& request,
                                                   const api::ListTopicsInput& input) {
    auto all = TRY(topics.all(request.tx(), {request.account, request.region}));
    auto page = services::page_of(std::move(all), input.next_token.value_or(""), page_size);
    if (!page) return invalid("NextToken");
    api::ListTopicsOutput output;
    for (const auto& topic : page->items) output.topics.push_back({topic.arn});
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::sns
