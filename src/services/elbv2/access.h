// Looking records up by ARN or name, with AWS's words when they are not there; saving and erasing.
// Free functions over a Request, whose account and region choose the keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/elbv2.h"
#include "services/elbv2/records.h"

namespace stormglass::elbv2 {

Unexpected validation_error(std::string message);
/// What exists on AWS and not here: InvalidConfigurationRequest, "Stormglass does not support ...".
Unexpected unsupported(std::string what);

/// The part of an ARN's path counted from the end: 0 is the last.
std::string arn_part(const std::string& arn, std::size_t from_end);

Result<std::optional<LoadBalancer>> find_balancer(wire::Request& request, const std::string& arn);
Result<LoadBalancer> need_balancer(wire::Request& request, const std::string& arn);
Result<std::optional<TargetGroup>> find_group(wire::Request& request, const std::string& arn);
Result<TargetGroup> need_group(wire::Request& request, const std::string& arn);
Result<std::optional<Listener>> find_listener(wire::Request& request, const std::string& arn);
Result<Listener> need_listener(wire::Request& request, const std::string& arn);
Result<std::optional<Rule>> find_rule(wire::Request& request, const std::string& arn);
Result<Rule> need_rule(wire::Request& request, const std::string& arn);

void save(wire::Request& request, const LoadBalancer& record);
void save(wire::Request& request, const TargetGroup& record);
void save(wire::Request& request, const TargetGroup& group, const Target& record);
void save(wire::Request& request, const Listener& record);
void save(wire::Request& request, const Rule& record);
void erase(wire::Request& request, const TargetGroup& group, const Target& record);

Result<std::vector<LoadBalancer>> all_balancers(wire::Request& request);
Result<std::vector<TargetGroup>> all_groups(wire::Request& request);
Result<std::vector<Listener>> listeners_of(wire::Request& request, const std::string& balancer_arn);
/// The default rule among them.
Result<std::vector<Rule>> rules_of(wire::Request& request, const std::string& listener_arn);
Result<std::vector<Rule>> all_rules_of_balancer(wire::Request& request,
                                                const std::string& balancer_arn);
Result<std::vector<Target>> targets_of(wire::Request& request, const TargetGroup& group);
/// ARNs of the balancers whose rules forward to the group.
Result<std::vector<std::string>> balancers_of(wire::Request& request, const std::string& group_arn);
bool forwards_to(const Rule& rule, const std::string& group_arn);

Result<Names> tags_from(const wire::List<api::Tag>& tags);
/// Cuts one page out of `items`; PageSize and Marker as AWS words their errors.
template <class T, class Input>
Result<std::optional<std::string>> paginate(wire::List<T>& items, const Input& input);

inline constexpr std::int64_t page_size_max = 400;

}  // namespace stormglass::elbv2

#include "services/common/ids.h"

namespace stormglass::elbv2 {

template <class T, class Input>
Result<std::optional<std::string>> paginate(wire::List<T>& items, const Input& input) {
    const auto size = input.page_size.value_or(page_size_max);
    if (size < 1 || size > page_size_max) {
        return validation_error("Page size must be between 1 and 400");
    }
    auto page = services::page_of(std::vector<T>(std::move(items)), input.marker.value_or(""),
                                  static_cast<std::size_t>(size));
    if (!page) return validation_error("The specified marker is not valid");
    items = wire::List<T>(std::move(page->items));
    if (page->next.empty()) return std::nullopt;
    return page->next;
}

}  // namespace stormglass::elbv2
