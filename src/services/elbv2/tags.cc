// Tags of balancers, target groups, listeners and rules; account limits.
#include <functional>

#include "services/elbv2/access.h"
#include "services/elbv2/service.h"
#include "services/elbv2/views.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t tags_max = 50;

/// Gives the tags of whatever the ARN names to `change`, and saves the record afterwards if it says
/// so.
using Change = std::function<Result<bool>(Names&)>;

template <class Record>
Result<void> change_in(wire::Request& request, Record record, const Change& change) {
    if (TRY(change(record.tags))) save(request, record);
    return {};
}

Result<void> change_tags(wire::Request& request, const std::string& arn, const Change& change) {
    if (arn.find(":loadbalancer/") != arn.npos) {
        return change_in(request, TRY(need_balancer(request, arn)), change);
    }
    if (arn.find(":targetgroup/") != arn.npos) {
        return change_in(request, TRY(need_group(request, arn)), change);
    }
    if (arn.find(":listener-rule/") != arn.npos) {
        return change_in(request, TRY(need_rule(request, arn)), change);
    }
    return change_in(request, TRY(need_listener(request, arn)), change);
}

}  // namespace

Result<api::AddTagsOutput> Service::add_tags(wire::Request& request,
                                             const api::AddTagsInput& input) {
    const Names more = TRY(tags_from(input.tags));
    for (const auto& arn : input.resource_arns) {
        TRY(change_tags(request, arn, [&](Names& tags) -> Result<bool> {
            for (const auto& [key, value] : more) tags[key] = value;
            if (tags.size() > tags_max) {
                return api::too_many_tags("The quota for the number of tags that can be assigned "
                                          "to a resource has been reached");
            }
            return true;
        }));
    }
    return api::AddTagsOutput{};
}

Result<api::RemoveTagsOutput> Service::remove_tags(wire::Request& request,
                                                   const api::RemoveTagsInput& input) {
    for (const auto& arn : input.resource_arns) {
        TRY(change_tags(request, arn, [&](Names& tags) -> Result<bool> {
            for (const auto& key : input.tag_keys) tags.erase(key);
            return true;
        }));
    }
    return api::RemoveTagsOutput{};
}

Result<api::DescribeTagsOutput> Service::describe_tags(wire::Request& request,
                                                       const api::DescribeTagsInput& input) {
    api::DescribeTagsOutput output;
    for (const auto& arn : input.resource_arns) {
        TRY(change_tags(request, arn, [&](Names& tags) -> Result<bool> {
            output.tag_descriptions.push_back({.resource_arn = arn, .tags = tag_list(tags)});
            return false;
        }));
    }
    return output;
}

Result<api::DescribeAccountLimitsOutput> Service::describe_account_limits(
    wire::Request&, const api::DescribeAccountLimitsInput& input) {
    constexpr std::pair<const char*, const char*> limits[] = {
        {"application-load-balancers", "50"},
        {"target-groups", "3000"},
        {"targets-per-application-load-balancer", "1000"},
        {"targets-per-availability-zone-per-application-load-balancer", "1000"},
        {"listeners-per-application-load-balancer", "50"},
        {"rules-per-application-load-balancer", "100"},
        {"certificates-per-application-load-balancer", "25"},
        {"target-groups-per-application-load-balancer", "100"},
        {"target-groups-per-action-on-application-load-balancer", "5"},
        {"condition-values-per-alb-rule", "5"},
        {"targets-per-target-group", "1000"},
    };
    api::DescribeAccountLimitsOutput output;
    for (const auto& [name, max] : limits) output.limits.push_back({.name = name, .max = max});
    output.next_marker = TRY(paginate(output.limits, input));
    return output;
}

}  // namespace stormglass::elbv2
