// Tags of keys.
#include "services/common/ids.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr std::size_t tags_max = 50;
constexpr std::int64_t list_default = 50;

}  // namespace

Result<void> add_tags(Key& key, const std::vector<api::Tag>& tags) {
    std::map<std::string, std::string> added;
    for (const auto& tag : tags) {
        const std::string name = tag.tag_key.value_or("");
        if (name.starts_with("aws:")) return api::tag("Tags beginning with aws: are reserved");
        if (!added.emplace(name, tag.tag_value.value_or("")).second) {
            return api::tag("Duplicate tag keys");
        }
    }
    for (auto& [name, value] : added) key.tags[name] = std::move(value);
    if (key.tags.size() > tags_max) return api::tag("Too many tags");
    return {};
}

Result<api::TagResourceOutput> Service::tag_resource(wire::Request& request,
                                                     const api::TagResourceInput& input) {
    auto key = TRY(manage(request, input.key_id, "TagResource"));
    TRY(must_not_be_pending(key));
    TRY(add_tags(key, input.tags));
    put_key(request.tx(), key);
    return api::TagResourceOutput{};
}

Result<api::UntagResourceOutput> Service::untag_resource(wire::Request& request,
                                                         const api::UntagResourceInput& input) {
    auto key = TRY(manage(request, input.key_id, "UntagResource"));
    TRY(must_not_be_pending(key));
    for (const auto& name : input.tag_keys) key.tags.erase(name);
    put_key(request.tx(), key);
    return api::UntagResourceOutput{};
}

Result<api::ListResourceTagsOutput> Service::list_resource_tags(
    wire::Request& request, const api::ListResourceTagsInput& input) {
    const auto key = TRY(manage(request, input.key_id, "ListResourceTags"));
    std::vector<api::Tag> all;
    for (const auto& [name, value] : key.tags) {
        auto& tag = all.emplace_back();
        tag.tag_key = name;
        tag.tag_value = value;
    }
    auto page = services::page_of(std::move(all), input.marker.value_or(""),
                                  static_cast<std::size_t>(input.limit.value_or(list_default)));
    if (!page) return api::invalid_marker("Invalid marker");
    api::ListResourceTagsOutput output;
    output.tags = std::move(page->items);
    output.truncated = !page->next.empty();
    if (*output.truncated) output.next_marker = page->next;
    return output;
}

}  // namespace stormglass::kms
