#include "services/elbv2/actions.h"

#include <set>

#include "base/strings.h"
#include "services/elbv2/access.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t groups_max = 5, body_max = 1024;
constexpr int weight_max = 999, stickiness_max = 604800;
constexpr int stickiness_default = lb::GroupStickiness{}.duration_seconds;

Result<void> check_group(wire::Request& request, const LoadBalancer& balancer,
                         const std::string& arn) {
    const auto group = TRY(find_group(request, arn));
    if (!group) return api::target_group_not_found(fmt::format("Target group '{}' not found", arn));
    if (group->vpc_id != balancer.vpc_id) {
        return api::invalid_configuration_request(fmt::format(
            "Target group '{}' and load balancer '{}' must be in the same VPC", arn, balancer.arn));
    }
    for (const auto& user : TRY(balancers_of(request, arn))) {
        if (user == balancer.arn) continue;
        return api::target_group_association_limit(
            fmt::format("The following target groups cannot be associated with more than one load "
                        "balancer: {}", arn));
    }
    return {};
}

Result<lb::ForwardAction> check_forward(wire::Request& request, const LoadBalancer& balancer,
                                        const api::Action& action) {
    lb::ForwardAction forward;
    if (action.forward_config) {
        for (const auto& one : action.forward_config->target_groups) {
            const auto weight = one.weight.value_or(1);
            if (weight < 0 || weight > weight_max) {
                return validation_error(
                    fmt::format("Target group weight '{}' must be between 0 and 999", weight));
            }
            forward.target_groups.push_back(
                {one.target_group_arn.value_or(""), static_cast<int>(weight)});
        }
        if (const auto& sticky = action.forward_config->target_group_stickiness_config) {
            forward.stickiness.enabled = sticky->enabled.value_or(false);
            const auto seconds = sticky->duration_seconds.value_or(stickiness_default);
            if (seconds < 1 || seconds > stickiness_max) {
                return validation_error("Target group stickiness duration must be between 1 and "
                                        "604800 seconds");
            }
            forward.stickiness.duration_seconds = static_cast<int>(seconds);
        }
    }
    if (action.target_group_arn) {
        if (forward.target_groups.empty()) {
            forward.target_groups.push_back({*action.target_group_arn, 1});
        }
        if (forward.target_groups.size() > 1 ||
            forward.target_groups.front().target_group_arn != *action.target_group_arn) {
            return validation_error("TargetGroupArn and ForwardConfig name different target groups");
        }
    }
    if (forward.target_groups.empty() || forward.target_groups.size() > groups_max) {
        return validation_error("A forward action must name between 1 and 5 target groups");
    }
    std::set<std::string> seen;
    for (const auto& one : forward.target_groups) {
        if (!seen.insert(one.target_group_arn).second) {
            return validation_error("Target group '" + one.target_group_arn +
                                    "' is specified more than once");
        }
        TRY(check_group(request, balancer, one.target_group_arn));
    }
    return forward;
}

Result<lb::RedirectAction> check_redirect(const api::Action& action) {
    if (!action.redirect_config) {
        return validation_error("A redirect action must have a RedirectConfig");
    }
    const api::RedirectActionConfig& from = *action.redirect_config;
    lb::RedirectAction to;
    to.protocol = from.protocol.value_or(to.protocol);
    to.port = from.port.value_or(to.port);
    to.host = from.host.value_or(to.host);
    to.path = from.path.value_or(to.path);
    to.query = from.query.value_or(to.query);
    to.status_code = from.status_code.value_or("");
    if (to.status_code != "HTTP_301" && to.status_code != "HTTP_302") {
        return validation_error("The redirect status code must be HTTP_301 or HTTP_302");
    }
    const bool port_ok = to.port == "#{port}" || (base::parse_integer(to.port).value_or(0) >= 1 &&
                                                  base::parse_integer(to.port).value_or(0) <= 65535);
    if (!port_ok) return validation_error("The redirect port '" + to.port + "' is not valid");
    if (!to.path.starts_with('/')) {
        return validation_error("The redirect path must begin with '/'");
    }
    const bool loop = to.protocol == "#{protocol}" && to.port == "#{port}" &&
                      to.host == "#{host}" && to.path == "/#{path}";
    if (loop) {
        return api::invalid_load_balancer_action(
            "The redirect configuration is not valid because it creates a loop.");
    }
    return to;
}

Result<lb::FixedResponseAction> check_fixed_response(const api::Action& action) {
    if (!action.fixed_response_config) {
        return validation_error("A fixed-response action must have a FixedResponseConfig");
    }
    const api::FixedResponseActionConfig& from = *action.fixed_response_config;
    lb::FixedResponseAction to;
    to.status_code = from.status_code.value_or("");
    to.content_type = from.content_type.value_or("text/plain");
    to.message_body = from.message_body.value_or("");
    const bool code_ok = to.status_code.size() == 3 &&
                         (to.status_code[0] == '2' || to.status_code[0] == '4' ||
                          to.status_code[0] == '5') && base::parse_integer(to.status_code);
    if (!code_ok) return validation_error("The fixed-response status code must be 2XX, 4XX or 5XX");
    constexpr std::string_view types[] = {"text/plain", "text/css", "text/html",
                                          "application/javascript", "application/json"};
    if (std::find(std::begin(types), std::end(types), to.content_type) == std::end(types)) {
        return validation_error("The ContentType must be one of:'text/html', 'application/json', "
                                "'application/javascript', 'text/css', 'text/plain'");
    }
    if (to.message_body.size() > body_max) {
        return validation_error("The fixed-response message body is longer than 1024 characters");
    }
    return to;
}

api::ForwardActionConfig view_forward(const lb::ForwardAction& forward) {
    api::ForwardActionConfig config;
    for (const auto& one : forward.target_groups) {
        config.target_groups.push_back(
            {.target_group_arn = one.target_group_arn, .weight = one.weight});
    }
    api::TargetGroupStickinessConfig sticky;
    sticky.enabled = forward.stickiness.enabled;
    if (forward.stickiness.enabled || forward.stickiness.duration_seconds != stickiness_default) {
        sticky.duration_seconds = forward.stickiness.duration_seconds;
    }
    config.target_group_stickiness_config = sticky;
    return config;
}

}  // namespace

Result<CheckedAction> check_actions(wire::Request& request, const LoadBalancer& balancer,
                                    const wire::List<api::Action>& actions) {
    if (actions.empty()) return validation_error("An action must be specified");
    for (const auto& action : actions) {
        const std::string type = action.type.value_or("");
        if (type.starts_with("authenticate-") || type == "jwt-validation") {
            return unsupported(type + " actions");
        }
    }
    if (actions.size() > 1) {
        return api::invalid_load_balancer_action(
            "You can specify only one forward, redirect or fixed-response action");
    }
    const api::Action& from = actions.front();
    CheckedAction checked;
    checked.order = static_cast<int>(from.order.value_or(0));
    checked.action.type = from.type.value_or("");
    if (checked.action.type == "forward") {
        checked.action.forward = TRY(check_forward(request, balancer, from));
    } else if (checked.action.type == "redirect") {
        checked.action.redirect = TRY(check_redirect(from));
    } else {
        checked.action.fixed_response = TRY(check_fixed_response(from));
    }
    return checked;
}

wire::List<api::Action> view_actions(const Rule& rule) {
    const lb::Action& from = rule.action;
    api::Action item;
    item.type = from.type;
    if (rule.order != 0) item.order = rule.order;
    if (from.type == "forward") {
        item.forward_config = view_forward(from.forward);
        if (from.forward.target_groups.size() == 1) {
            item.target_group_arn = from.forward.target_groups.front().target_group_arn;
        }
    } else if (from.type == "redirect") {
        item.redirect_config = api::RedirectActionConfig{.protocol = from.redirect.protocol,
                                                         .port = from.redirect.port,
                                                         .host = from.redirect.host,
                                                         .path = from.redirect.path,
                                                         .query = from.redirect.query,
                                                         .status_code = from.redirect.status_code};
    } else {
        item.fixed_response_config =
            api::FixedResponseActionConfig{.message_body = from.fixed_response.message_body,
                                           .status_code = from.fixed_response.status_code,
                                           .content_type = from.fixed_response.content_type};
    }
    wire::List<api::Action> list;
    list.push_back(std::move(item));
    return list;
}

}  // namespace stormglass::elbv2
