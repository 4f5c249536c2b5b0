// Target groups of types instance and ip, for HTTP and HTTPS.
#include "base/strings.h"
#include "services/elbv2/access.h"
#include "services/elbv2/networks.h"
#include "services/elbv2/service.h"
#include "services/elbv2/views.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t name_max = 32, groups_max = 3000, id_digits = 16;

Result<void> check_name(const std::string& name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-';
    });
    if (name.empty() || name.size() > name_max) {
        return validation_error(
            fmt::format("Target group name '{}' cannot be longer than '32' characters", name));
    }
    if (!plain) {
        return validation_error(fmt::format("Target group name '{}' can only contain characters "
                                            "that are alphanumeric characters or hyphens(-)", name));
    }
    if (name.starts_with('-') || name.ends_with('-')) {
        return validation_error(
            fmt::format("Target group name '{}' cannot begin or end with a '-'", name));
    }
    return {};
}

Result<void> check_supported(const api::CreateTargetGroupInput& input) {
    const std::string type = input.target_type.value_or("instance");
    if (type != "instance" && type != "ip") return unsupported("target type " + type);
    const std::string protocol = input.protocol.value_or("");
    if (protocol.empty()) return validation_error("A protocol must be specified");
    if (protocol != "HTTP" && protocol != "HTTPS") {
        return unsupported("target group protocol " + protocol);
    }
    const std::string version = input.protocol_version.value_or("");
    if (!version.empty() && version != "HTTP1") return unsupported("protocol version " + version);
    if (input.ip_address_type.value_or("ipv4") != "ipv4") {
        return unsupported("IP address type " + *input.ip_address_type);
    }
    if (input.target_control_port) return unsupported("target control ports");
    if (!input.port || *input.port < 1 || *input.port > 65535) {
        return validation_error("A port must be specified");
    }
    if (!input.vpc_id) return validation_error("A VPC ID must be specified");
    return {};
}

/// "200", "200-399", "200,202,300-399", within 200 to 499.
bool is_matcher(const std::string& text) {
    for (const auto& part : base::split(text, ',')) {
        const auto ends = base::split(part, '-');
        if (ends.size() > 2) return false;
        for (const auto& end : ends) {
            const auto code = base::parse_integer(end);
            if (!code || *code < 200 || *code > 499) return false;
        }
        if (ends.size() == 2 && *base::parse_integer(ends[0]) > *base::parse_integer(ends[1])) {
            return false;
        }
    }
    return true;
}

/// Takes the health check members that the input gives, which Create and Modify name alike.
template <class Input>
Result<void> take_health_check(const Input& input, lb::HealthCheckConfig& check) {
    const auto take = [](int& to, const std::optional<std::int64_t>& from) {
        if (from) to = static_cast<int>(*from);
    };
    check.enabled = input.health_check_enabled.value_or(check.enabled);
    check.protocol = input.health_check_protocol.value_or(check.protocol);
    check.port = input.health_check_port.value_or(check.port);
    check.path = input.health_check_path.value_or(check.path);
    take(check.interval_seconds, input.health_check_interval_seconds);
    take(check.timeout_seconds, input.health_check_timeout_seconds);
    take(check.healthy_threshold, input.healthy_threshold_count);
    take(check.unhealthy_threshold, input.unhealthy_threshold_count);
    if (input.matcher) {
        if (input.matcher->grpc_code) return unsupported("gRPC health checks");
        check.matcher = input.matcher->http_code.value_or(check.matcher);
    }
    if (!check.enabled) {
        return api::invalid_configuration_request(
            "Health check enabled must be true for target groups with target type 'instance' or "
            "'ip'");
    }
    if (check.protocol != "HTTP" && check.protocol != "HTTPS") {
        return unsupported("health check protocol " + check.protocol);
    }
    const auto port = base::parse_integer(check.port);
    if (check.port != "traffic-port" && (!port || *port < 1 || *port > 65535)) {
        return validation_error(fmt::format("Health check port '{}' is not valid", check.port));
    }
    if (!check.path.starts_with('/')) {
        return validation_error(
            fmt::format("Health check path '{}' must begin with '/'", check.path));
    }
    if (!is_matcher(check.matcher)) {
        return validation_error(fmt::format("Health check matcher HTTP code '{}' must be within "
                                            "'200-499' inclusive", check.matcher));
    }
    if (check.timeout_seconds >= check.interval_seconds) {
        return validation_error(
            fmt::format("Health check timeout '{}' must be smaller than the interval '{}'",
                        check.timeout_seconds, check.interval_seconds));
    }
    return {};
}

bool same_settings(const TargetGroup& a, const TargetGroup& b) {
    return a.protocol == b.protocol && a.port == b.port && a.vpc_id == b.vpc_id &&
           a.target_type == b.target_type &&
           base::to_json_text(a.health_check) == base::to_json_text(b.health_check);
}

std::string value_of(const TargetGroup& group, std::string_view key) {
    return attribute(target_group_attributes(), group.attributes, key);
}

Result<void> check_together(const TargetGroup& group) {
    const bool sticky = value_of(group, "stickiness.enabled") == "true";
    if (sticky && value_of(group, "stickiness.type") == "app_cookie" &&
        value_of(group, "stickiness.app_cookie.cookie_name").empty()) {
        return api::invalid_configuration_request(
            "You must set an application cookie name to enable stickiness of type 'app_cookie'");
    }
    if (value_of(group, "stickiness.app_cookie.cookie_name").starts_with("AWSALB")) {
        return api::invalid_configuration_request(
            "Cookie names with the prefix 'AWSALB' are reserved");
    }
    if (value_of(group, "slow_start.duration_seconds") != "0" &&
        value_of(group, "load_balancing.algorithm.type") != "round_robin") {
        return api::invalid_configuration_request(
            "Slow start mode is available with the round robin algorithm only");
    }
    return {};
}

}  // namespace

Result<api::CreateTargetGroupOutput> Service::create_target_group(
    wire::Request& request, const api::CreateTargetGroupInput& input) {
    TRY(check_name(input.name));
    TRY(check_supported(input));
    TRY(check_vpc(request, parts_.ec2, *input.vpc_id));
    TargetGroup made;
    made.name = input.name;
    made.protocol = *input.protocol;
    made.port = static_cast<int>(*input.port);
    made.vpc_id = *input.vpc_id;
    made.target_type = input.target_type.value_or("instance");
    TRY(take_health_check(input, made.health_check));
    const auto known = TRY(all_groups(request));
    api::CreateTargetGroupOutput output;
    for (const auto& one : known) {
        if (one.name != made.name) continue;
        if (!same_settings(one, made)) {
            return api::duplicate_target_group_name(fmt::format(
                "A target group with the same name '{}' exists, but with different settings",
                made.name));
        }
        output.target_groups.push_back(TRY(view(request, one)));
        return output;
    }
    if (known.size() >= groups_max) {
        return api::too_many_target_groups("The quota for target groups has been reached");
    }
    made.id = parts_.random.hex(id_digits);
    made.arn = request.arn("elasticloadbalancing",
                           fmt::format("targetgroup/{}/{}", made.name, made.id));
    made.tags = TRY(tags_from(input.tags));
    save(request, made);
    output.target_groups.push_back(TRY(view(request, made)));
    return output;
}

Result<api::DescribeTargetGroupsOutput> Service::describe_target_groups(
    wire::Request& request, const api::DescribeTargetGroupsInput& input) {
    api::DescribeTargetGroupsOutput output;
    for (const auto& arn : input.target_group_arns) {
        output.target_groups.push_back(TRY(view(request, TRY(need_group(request, arn)))));
    }
    if (!input.target_group_arns.empty()) return output;
    std::string balancer_arn;
    if (input.load_balancer_arn) {
        balancer_arn = TRY(need_balancer(request, *input.load_balancer_arn)).arn;
    }
    auto known = TRY(all_groups(request));
    std::sort(known.begin(), known.end(),
              [](const TargetGroup& a, const TargetGroup& b) { return a.name < b.name; });
    std::vector<std::string> missing(input.names.begin(), input.names.end());
    for (const auto& one : known) {
        const bool named = std::erase(missing, one.name) > 0;
        if (!named && !input.names.empty()) continue;
        auto item = TRY(view(request, one));
        const auto& users = item.load_balancer_arns;
        const bool used =
            balancer_arn.empty() || std::find(users.begin(), users.end(), balancer_arn) != users.end();
        if (used) output.target_groups.push_back(std::move(item));
    }
    if (!missing.empty()) {
        return api::target_group_not_found("One or more target groups not found");
    }
    output.next_marker = TRY(paginate(output.target_groups, input));
    return output;
}

Result<api::ModifyTargetGroupOutput> Service::modify_target_group(
    wire::Request& request, const api::ModifyTargetGroupInput& input) {
    auto group = TRY(need_group(request, input.target_group_arn));
    TRY(take_health_check(input, group.health_check));
    save(request, group);
    api::ModifyTargetGroupOutput output;
    output.target_groups.push_back(TRY(view(request, group)));
    return output;
}

Result<api::DeleteTargetGroupOutput> Service::delete_target_group(
    wire::Request& request, const api::DeleteTargetGroupInput& input) {
    const auto group = TRY(find_group(request, input.target_group_arn));
    if (!group) return api::DeleteTargetGroupOutput{};  // As on AWS: the call succeeds.
    if (!TRY(balancers_of(request, group->arn)).empty()) {
        return api::resource_in_use(
            fmt::format("Target group '{}' is currently in use by a listener or a rule",
                        group->arn));
    }
    TRY(targets.erase_all(request.tx(), {request.account, request.region, group->id}));
    target_groups.erase(request.tx(), {request.account, request.region, group->id});
    return api::DeleteTargetGroupOutput{};
}

Result<api::DescribeTargetGroupAttributesOutput> Service::describe_target_group_attributes(
    wire::Request& request, const api::DescribeTargetGroupAttributesInput& input) {
    const auto group = TRY(need_group(request, input.target_group_arn));
    api::DescribeTargetGroupAttributesOutput output;
    output.attributes =
        attribute_list<api::TargetGroupAttribute>(target_group_attributes(), group.attributes);
    return output;
}

Result<api::ModifyTargetGroupAttributesOutput> Service::modify_target_group_attributes(
    wire::Request& request, const api::ModifyTargetGroupAttributesInput& input) {
    auto group = TRY(need_group(request, input.target_group_arn));
    for (const auto& one : input.attributes) {
        TRY(set_attribute(target_group_attributes(), group.attributes, one.key.value_or(""),
                          one.value.value_or("")));
    }
    TRY(check_together(group));
    save(request, group);
    api::ModifyTargetGroupAttributesOutput output;
    output.attributes =
        attribute_list<api::TargetGroupAttribute>(target_group_attributes(), group.attributes);
    return output;
}

}  // namespace stormglass::elbv2
