// Log groups: create, delete, describe.
#include "services/common/ids.h"
#include "services/logs/events.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t describe_default = 50;
constexpr std::size_t tags_max = 50;

api::LogGroup shown(const Group& group, std::int64_t filters) {
    api::LogGroup out;
    out.log_group_name = group.name;
    out.creation_time = group.created_ms;
    if (group.retention_days > 0) out.retention_in_days = group.retention_days;
    out.metric_filter_count = filters;
    out.arn = group_arn(group) + ":*";
    out.log_group_arn = group_arn(group);
    out.stored_bytes = group.stored_bytes;
    if (!group.kms_key_id.empty()) out.kms_key_id = group.kms_key_id;
    out.log_group_class = group.log_class;
    out.deletion_protection_enabled = false;
    return out;
}

Result<std::vector<Group>> wanted_groups(wire::Request& request,
                                         const api::DescribeLogGroupsInput& input) {
    const std::string prefix = input.log_group_name_prefix.value_or("");
    const std::string part = input.log_group_name_pattern.value_or("");
    auto all = TRY(groups.all(request.tx(), {request.account, request.region}));
    std::erase_if(all, [&](const Group& group) {
        const bool named =
            input.log_group_identifiers.empty() ||
            std::ranges::any_of(input.log_group_identifiers, [&](const std::string& one) {
                return group_name_of(one) == group.name;
            });
        return !named || !group.name.starts_with(prefix) ||
               group.name.find(part) == std::string::npos ||
               (input.log_group_class && *input.log_group_class != group.log_class);
    });
    return all;
}

}  // namespace

Result<api::CreateLogGroupOutput> Service::create_log_group(wire::Request& request,
                                                            const api::CreateLogGroupInput& input) {
    const std::string log_class = input.log_group_class.value_or("STANDARD");
    if (log_class != "STANDARD") {
        return api::invalid_parameter("Stormglass does not support the log group class " +
                                      log_class);
    }
    if (input.deletion_protection_enabled.value_or(false)) {
        return api::invalid_parameter("Stormglass does not support deletion protection");
    }
    if (input.tags.size() > tags_max) return api::invalid_parameter("Too many tags: at most 50");
    if (TRY(groups.contains(request.tx(),
                            {request.account, request.region, input.log_group_name}))) {
        return api::resource_already_exists("The specified log group already exists");
    }
    Group group;
    group.account = request.account;
    group.region = request.region;
    group.name = input.log_group_name;
    group.created_ms = millis(request.now);
    group.kms_key_id = input.kms_key_id.value_or("");
    group.log_class = log_class;
    group.tags = input.tags;
    put_group(request.tx(), group);
    return api::CreateLogGroupOutput{};
}

Result<api::DeleteLogGroupOutput> Service::delete_log_group(wire::Request& request,
                                                            const api::DeleteLogGroupInput& input) {
    const Group group = TRY(find_group(request, input.log_group_name));
    auto& tx = request.tx();
    for (const auto& stream : TRY(streams.all(tx, {group.account, group.region, group.name}))) {
        TRY(erase_events(tx, group, stream.name));
    }
    TRY(streams.erase_all(tx, {group.account, group.region, group.name}));
    TRY(metric_filters.erase_all(tx, {group.account, group.region, group.name}));
    groups.erase(tx, {group.account, group.region, group.name});
    return api::DeleteLogGroupOutput{};
}

Result<api::DescribeLogGroupsOutput> Service::describe_log_groups(
    wire::Request& request, const api::DescribeLogGroupsInput& input) {
    if (input.log_group_name_prefix && input.log_group_name_pattern) {
        return api::invalid_parameter(
            "LogGroup name prefix and LogGroup name pattern are mutually "
            "exclusive parameters.");
    }
    if (input.include_linked_accounts.value_or(false)) {
        return api::invalid_parameter("Stormglass does not support linked accounts");
    }
    auto all = TRY(wanted_groups(request, input));
    const auto size = static_cast<std::size_t>(input.limit.value_or(describe_default));
    const auto page = services::page_of(std::move(all), input.next_token.value_or(""), size);
    if (!page) return api::invalid_parameter("The specified nextToken is invalid.");
    api::DescribeLogGroupsOutput output;
    output.log_groups.present = true;
    for (const auto& group : page->items) {
        const auto filters =
            TRY(metric_filters.all(request.tx(), {group.account, group.region, group.name}));
        output.log_groups.push_back(shown(group, static_cast<std::int64_t>(filters.size())));
    }
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::logs
