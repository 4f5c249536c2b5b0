#include "services/elbv2/access.h"

#include <set>

#include "base/strings.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t tags_max = 50;

/// The kinds differ only in the word after "arn:aws:elasticloadbalancing:REGION:ACCOUNT:".
Result<void> check_arn(const wire::Request& request, const std::string& arn, std::string_view kind,
                       std::string_view noun) {
    const auto start = request.arn("elasticloadbalancing", std::string(kind) + "/");
    const bool ours = arn.starts_with("arn:aws:elasticloadbalancing:") &&
                      arn.find(":" + std::string(kind) + "/") != std::string::npos;
    if (arn.starts_with(start) || ours) return {};
    return validation_error(fmt::format("'{}' is not a valid {} ARN", arn, noun));
}

template <class Record>
std::optional<Record> only_if_same(std::optional<Record> found, const std::string& arn) {
    if (found && found->arn != arn) found.reset();
    return found;
}

}  // namespace

Unexpected validation_error(std::string message) {
    return aws_error("ValidationError", std::move(message));
}

Unexpected unsupported(std::string what) {
    return api::invalid_configuration_request("Stormglass does not support " + std::move(what));
}

std::string arn_part(const std::string& arn, std::size_t from_end) {
    const auto parts = base::split(arn, '/');
    return from_end < parts.size() ? parts[parts.size() - 1 - from_end] : std::string();
}

Result<std::optional<LoadBalancer>> find_balancer(wire::Request& request, const std::string& arn) {
    TRY(check_arn(request, arn, "loadbalancer", "load balancer"));
    return only_if_same(TRY(load_balancers.get(request.tx(), {request.account, request.region,
                                                              arn_part(arn, 0)})),
                        arn);
}

Result<LoadBalancer> need_balancer(wire::Request& request, const std::string& arn) {
    auto found = TRY(find_balancer(request, arn));
    if (!found) return api::load_balancer_not_found("Load balancer '" + arn + "' not found");
    return std::move(*found);
}

Result<std::optional<TargetGroup>> find_group(wire::Request& request, const std::string& arn) {
    TRY(check_arn(request, arn, "targetgroup", "target group"));
    return only_if_same(TRY(target_groups.get(request.tx(), {request.account, request.region,
                                                             arn_part(arn, 0)})),
                        arn);
}

Result<TargetGroup> need_group(wire::Request& request, const std::string& arn) {
    auto found = TRY(find_group(request, arn));
    if (!found) return api::target_group_not_found("One or more target groups not found");
    return std::move(*found);
}

Result<std::optional<Listener>> find_listener(wire::Request& request, const std::string& arn) {
    TRY(check_arn(request, arn, "listener", "listener"));
    return only_if_same(TRY(listeners.get(request.tx(), {request.account, request.region,
                                                         arn_part(arn, 1), arn_part(arn, 0)})),
                        arn);
}

Result<Listener> need_listener(wire::Request& request, const std::string& arn) {
    auto found = TRY(find_listener(request, arn));
    if (!found) return api::listener_not_found("One or more listeners not found");
    return std::move(*found);
}

Result<std::optional<Rule>> find_rule(wire::Request& request, const std::string& arn) {
    TRY(check_arn(request, arn, "listener-rule", "listener rule"));
    return only_if_same(
        TRY(rules.get(request.tx(), {request.account, request.region, arn_part(arn, 2),
                                     arn_part(arn, 1), arn_part(arn, 0)})),
        arn);
}

Result<Rule> need_rule(wire::Request& request, const std::string& arn) {
    auto found = TRY(find_rule(request, arn));
    if (!found) return api::rule_not_found("One or more rules not found");
    return std::move(*found);
}

void save(wire::Request& request, const LoadBalancer& record) {
    load_balancers.put(request.tx(), {request.account, request.region, record.id}, record);
}

void save(wire::Request& request, const TargetGroup& record) {
    target_groups.put(request.tx(), {request.account, request.region, record.id}, record);
}

void save(wire::Request& request, const TargetGroup& group, const Target& record) {
    targets.put(request.tx(), {request.account, request.region, group.id, record.id,
                               std::to_string(record.port)},
                record);
}

void erase(wire::Request& request, const TargetGroup& group, const Target& record) {
    targets.erase(request.tx(), {request.account, request.region, group.id, record.id,
                                 std::to_string(record.port)});
}

void save(wire::Request& request, const Listener& record) {
    listeners.put(request.tx(), {request.account, request.region,
                                 arn_part(record.load_balancer_arn, 0), record.id},
                  record);
}

void save(wire::Request& request, const Rule& record) {
    rules.put(request.tx(), {request.account, request.region,
                             arn_part(record.load_balancer_arn, 0), arn_part(record.listener_arn, 0),
                             record.id},
              record);
}

Result<std::vector<LoadBalancer>> all_balancers(wire::Request& request) {
    return load_balancers.all(request.tx(), {request.account, request.region});
}

Result<std::vector<TargetGroup>> all_groups(wire::Request& request) {
    return target_groups.all(request.tx(), {request.account, request.region});
}

Result<std::vector<Listener>> listeners_of(wire::Request& request,
                                           const std::string& balancer_arn) {
    return listeners.all(request.tx(),
                         {request.account, request.region, arn_part(balancer_arn, 0)});
}

Result<std::vector<Rule>> rules_of(wire::Request& request, const std::string& listener_arn) {
    auto found = TRY(rules.all(request.tx(), {request.account, request.region,
                                              arn_part(listener_arn, 1),
                                              arn_part(listener_arn, 0)}));
    std::stable_sort(found.begin(), found.end(), [](const Rule& a, const Rule& b) {
        return a.priority != 0 && (b.priority == 0 || a.priority < b.priority);
    });
    return found;
}

Result<std::vector<Rule>> all_rules_of_balancer(wire::Request& request,
                                                const std::string& balancer_arn) {
    return rules.all(request.tx(), {request.account, request.region, arn_part(balancer_arn, 0)});
}

Result<std::vector<Target>> targets_of(wire::Request& request, const TargetGroup& group) {
    auto found =
        TRY(targets.all(request.tx(), {request.account, request.region, group.id}));
    std::erase_if(found, [&](const Target& target) {  // Over, only not swept yet.
        return target.state == "draining" && target.drain_deadline <= request.now;
    });
    return found;
}

bool forwards_to(const Rule& rule, const std::string& group_arn) {
    if (rule.action.type != "forward") return false;
    const auto& groups = rule.action.forward.target_groups;
    return std::any_of(groups.begin(), groups.end(), [&](const lb::WeightedTargetGroup& one) {
        return one.target_group_arn == group_arn;
    });
}

Result<std::vector<std::string>> balancers_of(wire::Request& request,
                                              const std::string& group_arn) {
    std::set<std::string> found;
    TRY(rules.scan(request.tx(), {request.account, request.region}, [&](Rule& rule) {
        if (forwards_to(rule, group_arn)) found.insert(rule.load_balancer_arn);
    }));
    return std::vector<std::string>(found.begin(), found.end());
}

Result<Names> tags_from(const wire::List<api::Tag>& tags) {
    Names names;
    for (const auto& tag : tags) {
        const std::string key = tag.key.value_or("");
        if (key.starts_with("aws:")) {
            return validation_error("aws: prefixed tag key names are not allowed for external use.");
        }
        if (!names.emplace(key, tag.value.value_or("")).second) {
            return api::duplicate_tag_keys("Tag key was specified more than once: " + key);
        }
    }
    if (names.size() > tags_max) {
        return api::too_many_tags("The quota for the number of tags that can be assigned to a "
                                  "resource has been reached");
    }
    return names;
}

}  // namespace stormglass::elbv2
