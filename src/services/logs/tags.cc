// Tags of log groups, by both generations of operations.
#include "services/logs/records.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t tags_max = 50;

Result<void> add(wire::Request& request, const std::string& name,
                 const std::map<std::string, std::string>& tags) {
    Group group = TRY(find_group(request, name));
    for (const auto& [key, value] : tags) group.tags[key] = value;
    if (group.tags.size() > tags_max) {
        return api::too_many_tags("The maximum number of tags allowed for a resource is 50.");
    }
    put_group(request.tx(), group);
    return {};
}

Result<void> remove(wire::Request& request, const std::string& name,
                    const std::vector<std::string>& keys) {
    Group group = TRY(find_group(request, name));
    for (const auto& key : keys) group.tags.erase(key);
    put_group(request.tx(), group);
    return {};
}

/// Only groups have tags here.
Result<std::string> name_from_arn(const std::string& arn) {
    if (!arn.starts_with("arn:") || arn.find(":log-group:") == std::string::npos) {
        return api::invalid_parameter("Invalid resource ARN: " + arn);
    }
    return group_name_of(arn);
}

}  // namespace

Result<api::ListTagsForResourceOutput> Service::list_tags_for_resource(
    wire::Request& request, const api::ListTagsForResourceInput& input) {
    const Group group = TRY(find_group(request, TRY(name_from_arn(input.resource_arn))));
    api::ListTagsForResourceOutput output;
    output.tags = wire::Map<std::string>(group.tags);
    return output;
}

Result<api::TagResourceOutput> Service::tag_resource(wire::Request& request,
                                                     const api::TagResourceInput& input) {
    TRY(add(request, TRY(name_from_arn(input.resource_arn)), input.tags));
    return api::TagResourceOutput{};
}

Result<api::UntagResourceOutput> Service::untag_resource(wire::Request& request,
                                                         const api::UntagResourceInput& input) {
    TRY(remove(request, TRY(name_from_arn(input.resource_arn)), input.tag_keys));
    return api::UntagResourceOutput{};
}

Result<api::ListTagsLogGroupOutput> Service::list_tags_log_group(
    wire::Request& request, const api::ListTagsLogGroupInput& input) {
    const Group group = TRY(find_group(request, input.log_group_name));
    api::ListTagsLogGroupOutput output;
    output.tags = wire::Map<std::string>(group.tags);
    return output;
}

Result<api::TagLogGroupOutput> Service::tag_log_group(wire::Request& request,
                                                      const api::TagLogGroupInput& input) {
    TRY(add(request, input.log_group_name, input.tags));
    return api::TagLogGroupOutput{};
}

Result<api::UntagLogGroupOutput> Service::untag_log_group(wire::Request& request,
                                                          const api::UntagLogGroupInput& input) {
    TRY(remove(request, input.log_group_name, input.tags));
    return api::UntagLogGroupOutput{};
}

}  // namespace stormglass::logs
