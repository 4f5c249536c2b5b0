// Certificates of HTTPS listeners, and the security policies.
#include <set>

#include "services/elbv2/access.h"
#include "services/elbv2/service.h"
#include "services/elbv2/ssl_policies.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t certificates_max = 26;  // The default one and 25 more.

}  // namespace

Result<std::vector<std::string>> Service::check_certificates(
    wire::Request& request, const wire::List<api::Certificate>& certificates) {
    if (certificates.size() != 1) {
        return validation_error("You must provide a list containing exactly one certificate if the "
                                "listener protocol is HTTPS.");
    }
    if (parts_.certificates == nullptr) return unsupported("HTTPS listeners in this build");
    const std::string arn = certificates.front().certificate_arn.value_or("");
    const auto loaded = parts_.certificates->load(request, arn);
    if (!loaded && loaded.error().domain != Domain::aws) return std::unexpected(loaded.error());
    if (!loaded) {
        return api::certificate_not_found(fmt::format("Certificate '{}' not found", arn));
    }
    return std::vector{arn};
}

Result<void> Service::tell_certificate_use(wire::Request& request, const std::string& balancer_arn,
                                           const std::vector<std::string>& before) {
    if (parts_.certificates == nullptr) return {};
    std::set<std::string> used;
    for (const auto& listener : TRY(listeners_of(request, balancer_arn))) {
        used.insert(listener.certificates.begin(), listener.certificates.end());
    }
    for (const auto& arn : used) {
        TRY(parts_.certificates->set_user(request, arn, balancer_arn, true));
    }
    for (const auto& arn : before) {
        if (used.contains(arn)) continue;
        TRY(parts_.certificates->set_user(request, arn, balancer_arn, false));
    }
    return {};
}

Result<api::AddListenerCertificatesOutput> Service::add_listener_certificates(
    wire::Request& request, const api::AddListenerCertificatesInput& input) {
    auto listener = TRY(need_listener(request, input.listener_arn));
    if (listener.protocol != "HTTPS") {
        return api::unsupported_protocol("Certificates can be added to HTTPS listeners only");
    }
    api::AddListenerCertificatesOutput output;
    for (const auto& one : input.certificates) {
        if (one.is_default) return validation_error("IsDefault cannot be specified here");
        const auto arn = TRY(check_certificates(request, {one})).front();
        auto& known = listener.certificates;
        if (std::find(known.begin(), known.end(), arn) == known.end()) known.push_back(arn);
        output.certificates.push_back({.certificate_arn = arn, .is_default = false});
    }
    if (listener.certificates.size() > certificates_max) {
        return api::too_many_certificates(
            "You've reached the limit on the number of certificates per load balancer");
    }
    save(request, listener);
    TRY(tell_certificate_use(request, listener.load_balancer_arn, {}));
    return output;
}

Result<api::RemoveListenerCertificatesOutput> Service::remove_listener_certificates(
    wire::Request& request, const api::RemoveListenerCertificatesInput& input) {
    auto listener = TRY(need_listener(request, input.listener_arn));
    const auto before = listener.certificates;
    for (const auto& one : input.certificates) {
        const std::string arn = one.certificate_arn.value_or("");
        if (!listener.certificates.empty() && listener.certificates.front() == arn) {
            return api::operation_not_permitted("Default certificate cannot be removed");
        }
        std::erase(listener.certificates, arn);
    }
    save(request, listener);
    TRY(tell_certificate_use(request, listener.load_balancer_arn, before));
    return api::RemoveListenerCertificatesOutput{};
}

Result<api::DescribeListenerCertificatesOutput> Service::describe_listener_certificates(
    wire::Request& request, const api::DescribeListenerCertificatesInput& input) {
    const auto listener = TRY(need_listener(request, input.listener_arn));
    api::DescribeListenerCertificatesOutput output;
    for (const auto& arn : listener.certificates) {
        output.certificates.push_back(
            {.certificate_arn = arn, .is_default = arn == listener.certificates.front()});
    }
    output.next_marker = TRY(paginate(output.certificates, input));
    return output;
}

Result<api::DescribeSSLPoliciesOutput> Service::describe_ssl_policies(
    wire::Request&, const api::DescribeSSLPoliciesInput& input) {
    for (const auto& name : input.names) {
        if (!is_ssl_policy(name)) {
            return api::ssl_policy_not_found(fmt::format("SSL policy '{}' not found", name));
        }
    }
    api::DescribeSSLPoliciesOutput output;
    for (const auto& facts : ssl_policies()) {
        const bool named =
            std::find(input.names.begin(), input.names.end(), facts.name) != input.names.end();
        if (!input.names.empty() && !named) continue;
        api::SslPolicy item;
        item.name = facts.name;
        item.ssl_protocols = wire::List<std::string>(facts.protocols);
        std::int64_t priority = 0;
        for (const auto& cipher : facts.ciphers) {
            item.ciphers.push_back({.name = cipher, .priority = ++priority});
        }
        item.supported_load_balancer_types.push_back("application");
        output.ssl_policies.push_back(std::move(item));
    }
    output.next_marker = TRY(paginate(output.ssl_policies, input));
    return output;
}

}  // namespace stormglass::elbv2
