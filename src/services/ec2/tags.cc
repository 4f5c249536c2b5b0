// Tags of every resource: CreateTags, DeleteTags, DescribeTags.
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName tag_filters[] = {{"key", "Key"},
                                      {"value", "Value"},
                                      {"resource-id", "ResourceId"},
                                      {"resource-type", "ResourceType"}};

Result<Tagged> need_tagged(wire::Request& request, const std::string& id) {
    auto found = TRY(tagged.get(request.tx(), {request.account, request.region, id}));
    if (found) return std::move(*found);
    return aws_error("InvalidID", fmt::format("The ID '{}' is not valid", id));
}

}  // namespace

Result<api::CreateTagsOutput> Service::create_tags(wire::Request& request,
                                                   const api::CreateTagsInput& input) {
    TRY(check_input("CreateTags", &input, {"Resources", "Tags"}));
    for (const auto& id : input.resources) {
        Tagged record = TRY(need_tagged(request, id));
        Tags given;
        for (const auto& tag : input.tags) given[tag.key.value_or("")] = tag.value.value_or("");
        TRY(check_tags(request, given));
        for (const auto& [key, value] : given) record.tags[key] = value;
        if (record.tags.size() > tags_max) {
            return aws_error("TagLimitExceeded",
                             "The maximum number of Tags for a resource is 50");
        }
        save_tags(request, id, record.type, record.tags);
    }
    return {};
}

Result<api::DeleteTagsOutput> Service::delete_tags(wire::Request& request,
                                                   const api::DeleteTagsInput& input) {
    TRY(check_input("DeleteTags", &input, {"Resources", "Tags"}));
    for (const auto& id : input.resources) {
        Tagged record = TRY(need_tagged(request, id));
        if (!input.tags.given()) {
            std::erase_if(record.tags, [](auto& tag) { return !tag.first.starts_with("aws:"); });
        }
        for (const auto& tag : input.tags) {
            const auto known = record.tags.find(tag.key.value_or(""));
            if (known == record.tags.end()) continue;
            if (!tag.value || *tag.value == known->second) record.tags.erase(known);
        }
        save_tags(request, id, record.type, record.tags);
    }
    return {};
}

Result<api::DescribeTagsOutput> Service::describe_tags(wire::Request& request,
                                                       const api::DescribeTagsInput& input) {
    TRY(check_input("DescribeTags", &input, {"Filters", "MaxResults", "NextToken"}));
    api::DescribeTagsOutput output;
    TRY(tagged.scan(request.tx(), {request.account, request.region},
                    [&](const std::vector<std::string>& parts, Tagged& record) {
                        for (const auto& [key, value] : record.tags) {
                            output.tags.push_back({.key = key,
                                                   .resource_id = parts.back(),
                                                   .resource_type = record.type,
                                                   .value = value});
                        }
                    }));
    output.next_token = TRY(narrow(output.tags, "DescribeTags", "Tags", tag_filters, input));
    return output;
}

}  // namespace stormglass::ec2
