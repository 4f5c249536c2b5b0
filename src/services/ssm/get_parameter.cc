// Reading: one, several, by path, history; and AWS's public parameters.
#include "base/strings.h"
#include "services/common/ids.h"
#include "services/common/images.h"
#include "services/ssm/service.h"

namespace stormglass::ssm {
namespace {

constexpr std::size_t page_default = 10, history_page_default = 50;
constexpr char public_prefix[] = "/aws/service/";

Reveal reveal_of(const std::optional<bool>& with_decryption) {
    return with_decryption.value_or(false) ? Reveal::yes : Reveal::no;
}

/// Public parameters hold the images of this region, for everybody.
api::Parameter public_shape(const wire::Request& request, const services::PublicParameter& one) {
    api::Parameter shape;
    shape.name = one.name;
    shape.type = "String";
    shape.value = one.value;
    shape.version = 1;
    shape.last_modified_date = base::Time{base::Seconds{1'735'689'600}};
    shape.arn = fmt::format("arn:aws:ssm:{}::parameter{}", request.region, one.name);
    shape.data_type = one.value.starts_with("ami-") ? "aws:ec2:image" : "text";
    return shape;
}

const Version* select(const Parameter& parameter, const std::string& selector) {
    if (selector.empty()) return &parameter.latest();
    const auto number = base::parse_integer(selector);
    for (const auto& version : parameter.versions) {
        if (number && version.number == *number) return &version;
        for (const auto& label : version.labels) {
            if (label == selector) return &version;
        }
    }
    return nullptr;
}

}  // namespace

Result<std::string> Service::value_of(wire::Request& request, const Parameter& parameter,
                                      const Version& version, Reveal reveal) {
    if (version.type != "SecureString" || reveal == Reveal::no) return version.value;
    const wire::ViaService via(request, "ssm");
    kms::api::DecryptInput input;
    input.ciphertext_blob = TRY(base::base64_decode(version.value));
    input.encryption_context["PARAMETER_ARN"] = parameter.arn;
    auto plain = kms_.decrypt(request, input);
    if (plain) return plain->plaintext.value_or("");
    if (plain.error().code == "DisabledException" ||
        plain.error().code == "KMSInvalidStateException" ||
        plain.error().code == "NotFoundException") {
        return api::invalid_key_id(plain.error().message);
    }
    return std::unexpected(std::move(plain).error());
}

Result<api::Parameter> Service::shape(wire::Request& request, const Parameter& parameter,
                                      const Version& version, Reveal reveal) {
    api::Parameter shape;
    shape.name = parameter.name;
    shape.type = version.type;
    shape.value = TRY(value_of(request, parameter, version, reveal));
    shape.version = version.number;
    shape.last_modified_date = version.modified;
    shape.arn = parameter.arn;
    shape.data_type = version.data_type;
    return shape;
}

Result<std::optional<api::Parameter>> Service::look_up(wire::Request& request,
                                                       const std::string& name, Reveal reveal) {
    const auto named = parse_name(name);
    if (named.name.starts_with(public_prefix)) {
        for (const auto& one : services::public_image_parameters(request.region)) {
            if (one.name == named.name) return public_shape(request, one);
        }
        return std::nullopt;
    }
    const auto parameter =
        TRY(parameters.get(request.tx(), {request.account, request.region, named.name}));
    if (!parameter) return std::nullopt;
    const Version* version = select(*parameter, named.selector);
    if (version == nullptr) return std::nullopt;
    auto found = TRY(shape(request, *parameter, *version, reveal));
    if (!named.selector.empty()) found.selector = ":" + named.selector;
    return found;
}

Result<api::GetParameterOutput> Service::get_parameter(wire::Request& request,
                                                       const api::GetParameterInput& input) {
    const auto named = parse_name(input.name);
    TRY(authorize(request, "GetParameter", named.name));
    api::GetParameterOutput output;
    output.parameter = TRY(look_up(request, input.name, reveal_of(input.with_decryption)));
    if (output.parameter) return output;
    if (!named.selector.empty() && find(request, named.name)) {
        return api::parameter_version_not_found(
            fmt::format("Systems Manager could not find version {} of {}. Verify the version and "
                        "try again.",
                        named.selector, named.name));
    }
    return api::parameter_not_found("");
}

Result<api::GetParametersOutput> Service::get_parameters(wire::Request& request,
                                                         const api::GetParametersInput& input) {
    if (input.names.size() > 10) {
        request.mark_authorized();
        return aws_error("ValidationException",
                         "1 validation error detected: Value at 'names' failed to satisfy "
                         "constraint: Member must have length less than or equal to 10.");
    }
    request.mark_authorized();
    api::GetParametersOutput output;
    for (const auto& name : input.names) {
        TRY(authorize(request, "GetParameters", parse_name(name).name));
        auto found = TRY(look_up(request, name, reveal_of(input.with_decryption)));
        if (found) {
            output.parameters.push_back(std::move(*found));
        } else {
            output.invalid_parameters.push_back(name);
        }
    }
    return output;
}

Result<api::GetParametersByPathOutput> Service::get_parameters_by_path(
    wire::Request& request, const api::GetParametersByPathInput& input) {
    TRY(authorize(request, "GetParametersByPath", input.path));
    if (!input.path.starts_with('/')) {
        return aws_error("ValidationException",
                         "The parameter doesn't meet the parameter name requirements. The "
                         "parameter name must begin with a forward slash \"/\".");
    }
    if (!input.parameter_filters.empty()) {
        return api::invalid_filter_key("Stormglass does not support filters of GetParametersByPath");
    }
    const std::string prefix = input.path.ends_with('/') ? input.path : input.path + "/";
    const auto below = [&](const std::string& name) {
        return name.starts_with(prefix) &&
               (input.recursive.value_or(false) ||
                name.find('/', prefix.size()) == std::string::npos);
    };
    std::vector<api::Parameter> all;
    if (prefix.starts_with(public_prefix)) {
        for (const auto& one : services::public_image_parameters(request.region)) {
            if (below(one.name)) all.push_back(public_shape(request, one));
        }
    }
    for (const auto& one : TRY(parameters.all(request.tx(), {request.account, request.region}))) {
        if (!below(one.name)) continue;
        all.push_back(TRY(shape(request, one, one.latest(), reveal_of(input.with_decryption))));
    }
    auto page = services::page_of(std::move(all), input.next_token.value_or(""),
                                  static_cast<std::size_t>(input.max_results.value_or(page_default)));
    if (!page) return api::invalid_next_token("The specified token isn't valid.");
    api::GetParametersByPathOutput output;
    for (auto& one : page->items) output.parameters.push_back(std::move(one));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

Result<api::GetParameterHistoryOutput> Service::get_parameter_history(
    wire::Request& request, const api::GetParameterHistoryInput& input) {
    const auto named = parse_name(input.name);
    TRY(authorize(request, "GetParameterHistory", named.name));
    const auto parameter = TRY(find(request, named.name));
    std::vector<api::ParameterHistory> all;
    for (const auto& version : parameter.versions) {
        auto& one = all.emplace_back();
        one.name = parameter.name;
        one.type = version.type;
        if (!version.key_id.empty()) one.key_id = version.key_id;
        one.last_modified_date = version.modified;
        one.last_modified_user = version.modified_by;
        if (!version.description.empty()) one.description = version.description;
        one.value = TRY(value_of(request, parameter, version, reveal_of(input.with_decryption)));
        if (!version.allowed_pattern.empty()) one.allowed_pattern = version.allowed_pattern;
        one.version = version.number;
        for (const auto& label : version.labels) one.labels.push_back(label);
        one.labels.present = true;
        one.tier = version.tier;
        one.policies.present = true;
        one.data_type = version.data_type;
    }
    auto page = services::page_of(
        std::move(all), input.next_token.value_or(""),
        static_cast<std::size_t>(input.max_results.value_or(history_page_default)));
    if (!page) return api::invalid_next_token("The specified token isn't valid.");
    api::GetParameterHistoryOutput output;
    for (auto& one : page->items) output.parameters.push_back(std::move(one));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::ssm
