// Listeners, with their default rule.
#include "services/elbv2/access.h"
#include "services/elbv2/actions.h"
#include "services/elbv2/service.h"
#include "services/elbv2/ssl_policies.h"
#include "services/elbv2/views.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t listeners_max = 50, id_digits = 16;

Result<void> check_protocol(const std::string& protocol) {
    if (protocol == "HTTP" || protocol == "HTTPS") return {};
    return validation_error(
        fmt::format("Listener protocol '{}' must be one of 'HTTPS, HTTP'", protocol));
}

Result<void> check_policy(const std::string& name) {
    if (is_ssl_policy(name)) return {};
    return api::ssl_policy_not_found(fmt::format("SSL policy '{}' not found", name));
}

Result<void> check_port_free(wire::Request& request, const std::string& balancer_arn,
                             const Listener& wanted) {
    if (wanted.port < 1 || wanted.port > 65535) {
        return validation_error("A listener port must be between 1 and 65535");
    }
    const auto known = TRY(listeners_of(request, balancer_arn));
    for (const auto& one : known) {
        if (one.id != wanted.id && one.port == wanted.port) {
            return api::duplicate_listener(
                "A listener already exists on this port for this load balancer '" + balancer_arn +
                "'");
        }
    }
    if (known.size() >= listeners_max) {
        return api::too_many_listeners("The quota for listeners of a load balancer is reached");
    }
    return {};
}

template <class Input>
Result<void> check_supported(const Input& input) {
    if (!input.alpn_policy.empty()) return unsupported("ALPN policies of application listeners");
    if (input.mutual_authentication && input.mutual_authentication->mode.value_or("off") != "off") {
        return unsupported("mutual TLS");
    }
    return {};
}

}  // namespace

Result<api::CreateListenerOutput> Service::create_listener(wire::Request& request,
                                                           const api::CreateListenerInput& input) {
    const auto balancer = TRY(need_balancer(request, input.load_balancer_arn));
    TRY(check_supported(input));
    if (!input.port) return validation_error("A listener port must be specified");
    if (!input.protocol) return validation_error("A listener protocol must be specified");
    TRY(check_protocol(*input.protocol));
    Listener made;
    made.id = parts_.random.hex(id_digits);
    made.load_balancer_arn = balancer.arn;
    made.arn = request.arn("elasticloadbalancing", fmt::format("listener/app/{}/{}/{}",
                                                               balancer.name, balancer.id, made.id));
    made.port = static_cast<int>(*input.port);
    made.protocol = *input.protocol;
    TRY(check_port_free(request, balancer.arn, made));
    if (made.protocol == "HTTPS") {
        made.certificates = TRY(check_certificates(request, input.certificates));
        made.ssl_policy = input.ssl_policy.value_or(ssl_policy_default);
        TRY(check_policy(made.ssl_policy));
    } else if (!input.certificates.empty() || input.ssl_policy) {
        return validation_error("Certificates and SSL policies are for HTTPS listeners only");
    }
    const auto action = TRY(check_actions(request, balancer, input.default_actions));
    made.tags = TRY(tags_from(input.tags));
    Rule rule;
    rule.id = parts_.random.hex(id_digits);
    rule.listener_arn = made.arn;
    rule.load_balancer_arn = balancer.arn;
    rule.arn = request.arn("elasticloadbalancing",
                           fmt::format("listener-rule/app/{}/{}/{}/{}", balancer.name, balancer.id,
                                       made.id, rule.id));
    rule.action = action.action;
    rule.order = action.order;
    save(request, made);
    save(request, rule);
    TRY(tell_certificate_use(request, balancer.arn, {}));
    api::CreateListenerOutput output;
    output.listeners.push_back(TRY(view(request, made)));
    return output;
}

Result<api::DescribeListenersOutput> Service::describe_listeners(
    wire::Request& request, const api::DescribeListenersInput& input) {
    api::DescribeListenersOutput output;
    if (!input.load_balancer_arn && input.listener_arns.empty()) {
        return validation_error("You must specify either listener ARNs or a load balancer ARN");
    }
    for (const auto& arn : input.listener_arns) {
        output.listeners.push_back(TRY(view(request, TRY(need_listener(request, arn)))));
    }
    if (!input.listener_arns.empty()) return output;
    const auto balancer = TRY(need_balancer(request, *input.load_balancer_arn));
    auto known = TRY(listeners_of(request, balancer.arn));
    std::sort(known.begin(), known.end(),
              [](const Listener& a, const Listener& b) { return a.port < b.port; });
    for (const auto& one : known) output.listeners.push_back(TRY(view(request, one)));
    output.next_marker = TRY(paginate(output.listeners, input));
    return output;
}

Result<api::DeleteListenerOutput> Service::delete_listener(wire::Request& request,
                                                           const api::DeleteListenerInput& input) {
    TRY(delete_rules_and_listener(request, TRY(need_listener(request, input.listener_arn))));
    return api::DeleteListenerOutput{};
}

Result<void> Service::change_protocol(wire::Request& request, const api::ModifyListenerInput& input,
                                      Listener& listener) {
    listener.protocol = input.protocol.value_or(listener.protocol);
    TRY(check_protocol(listener.protocol));
    if (listener.protocol == "HTTP") {
        if (!input.certificates.empty() || input.ssl_policy) {
            return validation_error("Certificates and SSL policies are for HTTPS listeners only");
        }
        listener.certificates.clear();
        listener.ssl_policy.clear();
        return {};
    }
    if (listener.ssl_policy.empty()) listener.ssl_policy = ssl_policy_default;
    listener.ssl_policy = input.ssl_policy.value_or(listener.ssl_policy);
    TRY(check_policy(listener.ssl_policy));
    if (!input.certificates.empty() || listener.certificates.empty()) {
        const std::string chosen = TRY(check_certificates(request, input.certificates)).front();
        std::erase(listener.certificates, chosen);
        if (!listener.certificates.empty()) listener.certificates.erase(listener.certificates.begin());
        listener.certificates.insert(listener.certificates.begin(), chosen);
    }
    return {};
}

Result<api::ModifyListenerOutput> Service::modify_listener(wire::Request& request,
                                                           const api::ModifyListenerInput& input) {
    auto listener = TRY(need_listener(request, input.listener_arn));
    TRY(check_supported(input));
    const auto balancer = TRY(need_balancer(request, listener.load_balancer_arn));
    const auto certificates_before = listener.certificates;
    if (input.port) {
        listener.port = static_cast<int>(*input.port);
        TRY(check_port_free(request, balancer.arn, listener));
    }
    TRY(change_protocol(request, input, listener));
    if (!input.default_actions.empty()) {
        const auto action = TRY(check_actions(request, balancer, input.default_actions));
        for (auto& rule : TRY(rules_of(request, listener.arn))) {
            if (rule.priority != 0) continue;
            rule.action = action.action;
            rule.order = action.order;
            save(request, rule);
        }
    }
    save(request, listener);
    TRY(tell_certificate_use(request, balancer.arn, certificates_before));
    api::ModifyListenerOutput output;
    output.listeners.push_back(TRY(view(request, listener)));
    return output;
}

Result<api::DescribeListenerAttributesOutput> Service::describe_listener_attributes(
    wire::Request& request, const api::DescribeListenerAttributesInput& input) {
    const auto listener = TRY(need_listener(request, input.listener_arn));
    api::DescribeListenerAttributesOutput output;
    output.attributes = attribute_list<api::ListenerAttribute>(
        listener_attributes(listener.protocol), listener.attributes);
    return output;
}

Result<api::ModifyListenerAttributesOutput> Service::modify_listener_attributes(
    wire::Request& request, const api::ModifyListenerAttributesInput& input) {
    auto listener = TRY(need_listener(request, input.listener_arn));
    const auto known = listener_attributes(listener.protocol);
    for (const auto& one : input.attributes) {
        TRY(set_attribute(known, listener.attributes, one.key.value_or(""),
                          one.value.value_or("")));
    }
    save(request, listener);
    api::ModifyListenerAttributesOutput output;
    output.attributes = attribute_list<api::ListenerAttribute>(known, listener.attributes);
    return output;
}

}  // namespace stormglass::elbv2
