// Rules of listeners.
#include <set>

#include "services/elbv2/access.h"
#include "services/elbv2/actions.h"
#include "services/elbv2/conditions.h"
#include "services/elbv2/service.h"
#include "services/elbv2/views.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::int64_t priority_max = 50000;
constexpr std::size_t rules_max = 100, id_digits = 16;

Result<void> check_priority(std::int64_t priority) {
    if (priority >= 1 && priority <= priority_max) return {};
    return validation_error(fmt::format("Priority '{}' must be between 1 and 50000", priority));
}

}  // namespace

Result<api::CreateRuleOutput> Service::create_rule(wire::Request& request,
                                                   const api::CreateRuleInput& input) {
    const auto listener = TRY(need_listener(request, input.listener_arn));
    const auto balancer = TRY(need_balancer(request, listener.load_balancer_arn));
    if (!input.transforms.empty()) return unsupported("rule transforms");
    TRY(check_priority(input.priority));
    Rule made;
    made.conditions = TRY(check_conditions(input.conditions));
    for (const auto& one : TRY(rules_of(request, listener.arn))) {
        if (one.priority == input.priority) {
            return api::priority_in_use(
                fmt::format("Priority '{}' is currently in use", input.priority));
        }
    }
    if (TRY(all_rules_of_balancer(request, balancer.arn)).size() >
        rules_max + TRY(listeners_of(request, balancer.arn)).size()) {
        return api::too_many_rules("The quota for rules of a load balancer has been reached");
    }
    const auto action = TRY(check_actions(request, balancer, input.actions));
    made.id = parts_.random.hex(id_digits);
    made.arn = request.arn("elasticloadbalancing",
                           fmt::format("listener-rule/app/{}/{}/{}/{}", balancer.name, balancer.id,
                                       listener.id, made.id));
    made.listener_arn = listener.arn;
    made.load_balancer_arn = balancer.arn;
    made.priority = static_cast<int>(input.priority);
    made.action = action.action;
    made.order = action.order;
    made.tags = TRY(tags_from(input.tags));
    save(request, made);
    api::CreateRuleOutput output;
    output.rules.push_back(view(made));
    return output;
}

Result<api::DescribeRulesOutput> Service::describe_rules(wire::Request& request,
                                                         const api::DescribeRulesInput& input) {
    if (input.listener_arn.has_value() == !input.rule_arns.empty()) {
        return validation_error("You must specify either listener rule ARNs or a listener ARN");
    }
    api::DescribeRulesOutput output;
    for (const auto& arn : input.rule_arns) {
        output.rules.push_back(view(TRY(need_rule(request, arn))));
    }
    if (!input.listener_arn) return output;
    const auto listener = TRY(need_listener(request, *input.listener_arn));
    for (const auto& one : TRY(rules_of(request, listener.arn))) output.rules.push_back(view(one));
    output.next_marker = TRY(paginate(output.rules, input));
    return output;
}

Result<api::ModifyRuleOutput> Service::modify_rule(wire::Request& request,
                                                   const api::ModifyRuleInput& input) {
    auto rule = TRY(need_rule(request, input.rule_arn));
    if (!input.transforms.empty()) return unsupported("rule transforms");
    if (rule.priority == 0) {
        return api::operation_not_permitted("Default rule cannot be modified; modify the listener");
    }
    if (input.conditions.empty() && input.actions.empty() &&
        !input.reset_transforms.value_or(false)) {
        return validation_error("Either conditions or actions must be specified");
    }
    if (!input.conditions.empty()) rule.conditions = TRY(check_conditions(input.conditions));
    if (!input.actions.empty()) {
        const auto balancer = TRY(need_balancer(request, rule.load_balancer_arn));
        const auto action = TRY(check_actions(request, balancer, input.actions));
        rule.action = action.action;
        rule.order = action.order;
    }
    save(request, rule);
    api::ModifyRuleOutput output;
    output.rules.push_back(view(rule));
    return output;
}

Result<api::DeleteRuleOutput> Service::delete_rule(wire::Request& request,
                                                   const api::DeleteRuleInput& input) {
    const auto rule = TRY(need_rule(request, input.rule_arn));
    if (rule.priority == 0) {
        return api::operation_not_permitted(
            fmt::format("Default rule '{}' cannot be deleted", rule.arn));
    }
    rules.erase(request.tx(),
                {request.account, request.region, arn_part(rule.load_balancer_arn, 0),
                 arn_part(rule.listener_arn, 0), rule.id});
    return api::DeleteRuleOutput{};
}

Result<api::SetRulePrioritiesOutput> Service::set_rule_priorities(
    wire::Request& request, const api::SetRulePrioritiesInput& input) {
    std::vector<Rule> changed;
    std::set<std::string> listener_arns;
    for (const auto& pair : input.rule_priorities) {
        auto rule = TRY(need_rule(request, pair.rule_arn.value_or("")));
        TRY(check_priority(pair.priority.value_or(0)));
        if (rule.priority == 0) {
            return api::operation_not_permitted("The priority of a default rule cannot be set");
        }
        rule.priority = static_cast<int>(*pair.priority);
        listener_arns.insert(rule.listener_arn);
        changed.push_back(std::move(rule));
    }
    for (const auto& rule : changed) save(request, rule);
    for (const auto& arn : listener_arns) {
        std::set<int> seen;
        for (const auto& rule : TRY(rules_of(request, arn))) {
            if (seen.insert(rule.priority).second) continue;
            return api::priority_in_use(
                fmt::format("Priority '{}' is currently in use", rule.priority));
        }
    }
    api::SetRulePrioritiesOutput output;
    for (const auto& rule : changed) output.rules.push_back(view(rule));
    return output;
}

}  // namespace stormglass::elbv2
