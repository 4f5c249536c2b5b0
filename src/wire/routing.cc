#include "wire/routing.h"

#include "base/strings.h"
#include "wire/rest_json.h"

namespace stormglass::wire {
namespace {

struct Target {
    std::string service, operation;
};

/// "AmazonSSM.GetParameter", or CBOR's "/service/GraniteServiceVersion20100801/operation/X".
Target target_of(const net::Request& http) {
    const std::string_view header = http.header("x-amz-target");
    const auto dot = header.rfind('.');
    if (dot != std::string_view::npos) {
        return {std::string(header.substr(0, dot)), std::string(header.substr(dot + 1))};
    }
    const auto parts = base::split(http.target.substr(0, http.target.find('?')), '/');
    if (parts.size() == 5 && parts[1] == "service" && parts[3] == "operation") {
        return {parts[2], parts[4]};
    }
    return {};
}

bool is_cbor(const net::Request& http) {
    return base::equals_ignore_case(http.header("smithy-protocol"), "rpc-v2-cbor");
}

Unexpected lacking(const Routed& routed) {
    const ServiceModel& service = *routed.service;
    const std::string& name = routed.operation_name;
    const bool json = routed.protocol == Protocol::json || routed.protocol == Protocol::cbor;
    if (name.empty()) {
        return json ? aws_error("UnknownOperationException", "The request names no operation")
                    : aws_error("MissingAction", "The request must contain the parameter Action");
    }
    if (service.publishes(name)) {
        return aws_error(
            json ? "UnknownOperationException" : "UnsupportedOperation",
            fmt::format("Stormglass does not implement {}:{} (see `stormglass coverage "
                        "--service {}`)",
                        service.action_prefix, name, service.name));
    }
    if (json) return aws_error("UnknownOperationException", "Unknown operation: " + name);
    return aws_error("InvalidAction",
                     fmt::format("The action {} is not valid for this web service.", name));
}

}  // namespace

bool ServiceHint::matches(const ServiceModel& model) const {
    if (!json_target.empty() && model.json_target != nullptr && json_target == model.json_target) {
        return true;
    }
    if (!signing_name.empty()) return signing_name == model.signing_name;
    if (!json_target.empty()) return false;
    if (!api_version.empty()) return api_version == model.api_version;
    return std::string_view(model.name) == "s3";  // Anonymous and presigned elsewhere do not exist.
}

ServiceHint service_hint(const net::Request& http, const sigv4::Credential* credential) {
    ServiceHint hint;
    if (credential != nullptr) hint.signing_name = credential->service;
    hint.json_target = target_of(http).service;
    if (!hint.signing_name.empty() || !hint.json_target.empty()) return hint;
    // Unsigned: name the service well enough to answer in its own form.
    const std::string_view type = http.header("content-type");
    if (type.starts_with("application/x-www-form-urlencoded")) {
        hint.signing_name = "sts";
        const auto host = base::split(http.header("host"), '.');
        if (host.size() > 2 && http.header("host").find("amazonaws") != std::string_view::npos) {
            hint.signing_name = host[0];
        }
    }
    return hint;
}

Protocol protocol_of(const net::Request& http, const ServiceModel* model) {
    if (is_cbor(http)) return Protocol::cbor;
    if (!http.header("x-amz-target").empty()) return Protocol::json;
    if (model == nullptr) {
        return http.header("content-type").starts_with("application/x-www-form-urlencoded")
                   ? Protocol::query
                   : Protocol::rest_xml;
    }
    const bool form = http.header("content-type").starts_with("application/x-www-form-urlencoded");
    for (const Protocol protocol : model->protocols) {
        if (protocol == Protocol::query && (form || model->protocols.size() == 1)) return protocol;
    }
    return model->protocols.front();
}

sigv4::Flavour flavour_of(Protocol protocol) {
    switch (protocol) {
        case Protocol::rest_xml:
            return sigv4::Flavour::s3;
        case Protocol::ec2:
            return sigv4::Flavour::ec2;
        case Protocol::query:
            return sigv4::Flavour::query;
        default:
            return sigv4::Flavour::json;
    }
}

sigv4::Flavour flavour_of_request(const net::Request& http) {
    return flavour_of(protocol_of(http, nullptr));
}

Result<void> find_operation(Routed& routed, const net::Request& http) {
    if (routed.protocol == Protocol::rest_json) return route_rest_json(routed, http);
    if (routed.protocol == Protocol::json || routed.protocol == Protocol::cbor) {
        routed.operation_name = target_of(http).operation;
    } else {
        routed.form = TRY(body::parse_form(routed.body));
        if (!routed.query.empty()) {
            auto more = TRY(body::parse_form(routed.query));
            routed.form.merge(more);
        }
        const auto action = routed.form.find("Action");
        if (action != routed.form.end()) routed.operation_name = action->second;
    }
    routed.operation = routed.service->find(routed.operation_name);
    if (routed.operation == nullptr) return lacking(routed);
    return {};
}

std::string bucket_of_host(const net::Request& http) {
    std::string host(http.header("host"));
    host = host.substr(0, host.rfind(':') == std::string::npos ? host.size() : host.rfind(':'));
    for (const std::string_view mark : {".s3.", ".s3-"}) {
        const auto at = host.find(mark);
        if (at == std::string::npos || at == 0) continue;
        if (host.ends_with(".amazonaws.com") || host.ends_with(".localhost"))
            return host.substr(0, at);
    }
    return {};
}

}  // namespace stormglass::wire
