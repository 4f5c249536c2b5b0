// Tags of instances, subnet groups, parameter groups and event subscriptions, found by ARN.
#include "base/strings.h"
#include "services/rds/common.h"
#include "services/rds/service.h"

namespace stormglass::rds {
namespace {

constexpr std::size_t tags_max = 50;
// arn:aws:rds:REGION:ACCOUNT:TYPE:NAME
constexpr std::size_t arn_parts = 7;

Unexpected no_such_resource(const std::string& arn) {
    return invalid_value("Unable to process the request because the resource name is invalid: " +
                         arn);
}

/// Loads the resource, lets `change` have its tags, and writes it back when they changed.
template <class Change>
Result<Tags> with_tags(wire::Request& request, const std::string& arn, Change change) {
    const auto parts = base::split(arn, ':');
    if (parts.size() != arn_parts || parts[2] != "rds" || parts[4] != request.account ||
        parts[3] != request.region) {
        return no_such_resource(arn);
    }
    const auto& type = parts[5];
    const auto& name = parts[6];
    const auto apply = [&](const auto& table, auto record, const std::string& key) -> Result<Tags> {
        const auto before = record.tags;
        TRY(change(record.tags));
        if (record.tags != before) {
            table.put(request.tx(), {request.account, request.region, key}, record);
        }
        return record.tags;
    };
    const auto key = key_name(name);
    if (type == "db") return apply(instances, TRY(need_instance(request, name)), key);
    if (type == "subgrp") return apply(subnet_groups, TRY(need_subnet_group(request, name)), key);
    if (type == "pg") return apply(parameter_groups, TRY(need_parameter_group(request, name)), key);
    if (type == "es") {
        auto found =
            TRY(subscriptions.get(request.tx(), {request.account, request.region, key}));
        if (!found) return api::subscription_not_found("SNS Subscription " + name + " not found.");
        return apply(subscriptions, std::move(*found), key);
    }
    return no_such_resource(arn);
}

}  // namespace

Result<api::AddTagsToResourceOutput> Service::add_tags_to_resource(
    wire::Request& request, const api::AddTagsToResourceInput& input) {
    TRY(with_tags(request, input.resource_name, [&](Tags& tags) -> Result<void> {
        for (const auto& [key, value] : tags_from(input.tags)) tags[key] = value;
        if (tags.size() > tags_max) return invalid_value("A resource has at most 50 tags.");
        return {};
    }));
    return api::AddTagsToResourceOutput{};
}

Result<api::RemoveTagsFromResourceOutput> Service::remove_tags_from_resource(
    wire::Request& request, const api::RemoveTagsFromResourceInput& input) {
    TRY(with_tags(request, input.resource_name, [&](Tags& tags) -> Result<void> {
        for (const auto& key : input.tag_keys) tags.erase(key);
        return {};
    }));
    return api::RemoveTagsFromResourceOutput{};
}

Result<api::ListTagsForResourceOutput> Service::list_tags_for_resource(
    wire::Request& request, const api::ListTagsForResourceInput& input) {
    if (input.filters.given()) return invalid_value("This operation takes no filters.");
    const auto tags = TRY(with_tags(request, input.resource_name,
                                    [](Tags&) -> Result<void> { return {}; }));
    return api::ListTagsForResourceOutput{tags_to(tags)};
}

}  // namespace stormglass::rds
