#include "services/cloudwatch/tags.h"

#include "base/strings.h"
#include "services/cloudwatch/records.h"
#include "services/cloudwatch/service.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t tags_max = 50;
using Tags = std::map<std::string, std::string>;

Unexpected unknown(const std::string& arn) {
    return api::resource_not_found_exception("The resource does not exist: " + arn);
}

/// Lets `change` see the tags of the resource; what it leaves is kept if the call writes.
template <class Change>
Result<void> with_tags(wire::Request& request, const std::string& arn, Change change) {
    auto& tx = request.tx();
    const std::string alarm_prefix = request.arn("cloudwatch", "alarm:");
    if (arn.starts_with(alarm_prefix)) {
        auto alarm = TRY(find_alarm(request, arn.substr(alarm_prefix.size())));
        if (!alarm) return unknown(arn);
        TRY(change(alarm->tags));
        if (tx.is_writable()) put_alarm(tx, *alarm);
        return {};
    }
    const auto slash = arn.find(":dashboard/");
    if (slash == std::string::npos) return unknown(arn);
    const std::string name = arn.substr(arn.find('/', slash) + 1);
    auto dashboard = TRY(dashboards.get(tx, {request.account, name}));
    if (!dashboard || dashboard->arn != arn) return unknown(arn);
    TRY(change(dashboard->tags));
    if (tx.is_writable()) dashboards.put(tx, {request.account, name}, *dashboard);
    return {};
}

}  // namespace

Result<void> add_tags(Tags& tags, const wire::List<api::Tag>& added) {
    for (const auto& tag : added) {
        if (tag.key->starts_with("aws:")) {
            return api::invalid_parameter_value("aws: prefixed tag key names are not allowed");
        }
        tags[*tag.key] = tag.value.value_or("");
    }
    if (tags.size() > tags_max) {
        return api::invalid_parameter_value("A resource has at most 50 tags");
    }
    return {};
}

Result<api::ListTagsForResourceOutput> Service::list_tags_for_resource(
    wire::Request& request, const api::ListTagsForResourceInput& input) {
    api::ListTagsForResourceOutput output;
    output.tags.present = true;
    TRY(with_tags(request, input.resource_arn, [&](Tags& tags) -> Result<void> {
        for (const auto& [key, value] : tags) output.tags.push_back({key, value});
        return {};
    }));
    return output;
}

Result<api::TagResourceOutput> Service::tag_resource(wire::Request& request,
                                                     const api::TagResourceInput& input) {
    TRY(with_tags(request, input.resource_arn,
                  [&](Tags& tags) { return add_tags(tags, input.tags); }));
    return api::TagResourceOutput{};
}

Result<api::UntagResourceOutput> Service::untag_resource(wire::Request& request,
                                                         const api::UntagResourceInput& input) {
    TRY(with_tags(request, input.resource_arn, [&](Tags& tags) -> Result<void> {
        for (const auto& key : input.tag_keys) tags.erase(key);
        return {};
    }));
    return api::UntagResourceOutput{};
}

}  // namespace stormglass::cloudwatch
