#include "services/autoscaling/tags.h"

#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::size_t tags_max = 50;
constexpr std::string_view resource_type = "auto-scaling-group";

Result<Group> tagged_group(wire::Request& request, const api::Tag& tag) {
    if (tag.resource_type.value_or(std::string(resource_type)) != resource_type) {
        return validation_error("Resource type '" + *tag.resource_type + "' is not supported.");
    }
    return need_group(request, tag.resource_id.value_or(""));
}

bool matches(const Group& group, const GroupTag& tag, const api::Filter& filter) {
    const std::string name = filter.name.value_or("");
    std::string value = group.name;
    if (name == "key") value = tag.key;
    if (name == "value") value = tag.value;
    if (name == "propagate-at-launch") value = tag.propagate ? "true" : "false";
    return std::find(filter.values.begin(), filter.values.end(), value) != filter.values.end();
}

}  // namespace

Result<void> set_tag(Group& group, const api::Tag& tag) {
    if (tag.key.starts_with("aws:")) {
        return validation_error("aws: prefixed tag key names are not allowed for external use.");
    }
    GroupTag wanted{.key = tag.key,
                    .value = tag.value.value_or(""),
                    .propagate = tag.propagate_at_launch.value_or(false)};
    const auto known = std::find_if(group.tags.begin(), group.tags.end(),
                                    [&](const GroupTag& one) { return one.key == tag.key; });
    if (known != group.tags.end()) {
        *known = std::move(wanted);
        return {};
    }
    if (group.tags.size() >= tags_max) {
        return api::limit_exceeded(fmt::format("A group may have at most {} tags.", tags_max));
    }
    group.tags.push_back(std::move(wanted));
    return {};
}

api::TagDescription describe(const Group& group, const GroupTag& tag) {
    api::TagDescription item;
    item.resource_id = group.name;
    item.resource_type = std::string(resource_type);
    item.key = tag.key;
    item.value = tag.value;
    item.propagate_at_launch = tag.propagate;
    return item;
}

Result<api::CreateOrUpdateTagsOutput> Service::create_or_update_tags(
    wire::Request& request, const api::CreateOrUpdateTagsInput& input) {
    for (const auto& tag : input.tags) {
        Group group = TRY(tagged_group(request, tag));
        TRY(set_tag(group, tag));
        save(request, group);
    }
    return api::CreateOrUpdateTagsOutput{};
}

Result<api::DeleteTagsOutput> Service::delete_tags(wire::Request& request,
                                                   const api::DeleteTagsInput& input) {
    for (const auto& tag : input.tags) {
        Group group = TRY(tagged_group(request, tag));
        std::erase_if(group.tags, [&](const GroupTag& one) {
            return one.key == tag.key && (!tag.value || *tag.value == one.value);
        });
        save(request, group);
    }
    return api::DeleteTagsOutput{};
}

Result<api::DescribeTagsOutput> Service::describe_tags(wire::Request& request,
                                                       const api::DescribeTagsInput& input) {
    for (const auto& filter : input.filters) {
        const std::string name = filter.name.value_or("");
        if (name != "auto-scaling-group" && name != "key" && name != "value" &&
            name != "propagate-at-launch") {
            return validation_error(fmt::format("Filter type {} is not correct. Allowed Filter "
                                                "types are: auto-scaling-group key value "
                                                "propagate-at-launch", name));
        }
    }
    std::vector<api::TagDescription> found;
    for (const auto& group : TRY(groups.all(request.tx(), {request.account, request.region}))) {
        for (const auto& tag : group.tags) {
            const bool wanted =
                std::all_of(input.filters.begin(), input.filters.end(),
                            [&](const api::Filter& one) { return matches(group, tag, one); });
            if (wanted) found.push_back(describe(group, tag));
        }
    }
    auto one = TRY(page(std::move(found), input.next_token, input.max_records));
    api::DescribeTagsOutput output;
    output.tags = std::move(one.items);
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
