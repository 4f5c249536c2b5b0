#include "services/sns/tags.h"

#include <set>

#include "services/sns/records.h"
#include "services/sns/service.h"

namespace stormglass::sns {
namespace {

constexpr std::size_t tags_max = 50;

Result<Topic> tagged_topic(store::Tx& tx, const std::string& arn) {
    auto topic = find_topic(tx, TRY(parse_arn("ResourceArn", arn)));
    if (!topic && topic.error().code == "NotFound") {
        return api::resource_not_found("Resource does not exist");
    }
    return topic;
}

}  // namespace

Result<void> add_tags(std::map<std::string, std::string>& tags, const wire::List<api::Tag>& added) {
    std::set<std::string> keys;
    for (const auto& tag : added) {
        const std::string key = tag.key.value_or("");
        if (key.starts_with("aws:")) {
            return api::invalid_parameter(
                "Invalid parameter: Tags Reason: aws: prefixed tag key names are not allowed");
        }
        if (!keys.insert(key).second) {
            return api::invalid_parameter("Invalid parameter: Duplicated keys are not allowed.");
        }
        tags[key] = tag.value.value_or("");
    }
    if (tags.size() > tags_max) {
        return api::tag_limit_exceeded(
            "Could not complete request: tag quota of per resource "
            "exceeded");
    }
    return {};
}

Result<api::ListTagsForResourceOutput> Service::list_tags_for_resource(
    wire::Request& request, const api::ListTagsForResourceInput& input) {
    const Topic topic = TRY(tagged_topic(request.tx(), input.resource_arn));
    api::ListTagsForResourceOutput output;
    for (const auto& [key, value] : topic.tags) output.tags.push_back({key, value});
    return output;
}

Result<api::TagResourceOutput> Service::tag_resource(wire::Request& request,
                                                     const api::TagResourceInput& input) {
    Topic topic = TRY(tagged_topic(request.tx(), input.resource_arn));
    TRY(add_tags(topic.tags, input.tags));
    put_topic(request.tx(), topic);
    return api::TagResourceOutput{};
}

Result<api::UntagResourceOutput> Service::untag_resource(wire::Request& request,
                                                         const api::UntagResourceInput& input) {
    Topic topic = TRY(tagged_topic(request.tx(), input.resource_arn));
    for (const auto& key : input.tag_keys) topic.tags.erase(key);
    put_topic(request.tx(), topic);
    return api::UntagResourceOutput{};
}

}  // namespace stormglass::sns
