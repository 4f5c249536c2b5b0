// PutParameter: names, types, sizes, versions, and the sealing of SecureStrings.
#include <re2/re2.h>

#include "base/strings.h"
#include "services/ssm/service.h"

namespace stormglass::ssm {
namespace {

constexpr std::size_t standard_bytes_max = 4096, advanced_bytes_max = 8192;
constexpr std::size_t versions_max = 100, levels_max = 15, name_bytes_max = 1011;

Result<void> check_name(const std::string& name) {
    static const re2::RE2 allowed("[a-zA-Z0-9_.\\-/]+");
    if (!re2::RE2::FullMatch(name, allowed)) {
        return aws_error("ValidationException",
                         "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If "
                         "formed as a path, it can consist of sub-paths divided by slash symbol; "
                         "each sub-path can be formed as a mix of letters, numbers and the "
                         "following 3 symbols .-_");
    }
    const std::string lower = base::to_lower(name);
    const std::string_view bare = std::string_view(lower).substr(lower.starts_with('/') ? 1 : 0);
    if (bare.starts_with("aws")) {
        return aws_error("AccessDeniedException", "No access to reserved parameter name: " + name + ".");
    }
    if (bare.starts_with("ssm")) {
        return aws_error("ValidationException",
                         "Parameter name: can't be prefixed with \"ssm\" (case-insensitive).");
    }
    if (name.find('/') != std::string::npos && !name.starts_with('/')) {
        return aws_error("ValidationException", "Parameter name must be a fully qualified name.");
    }
    if (base::split(name, '/').size() - 1 > levels_max) {
        return aws_error("HierarchyLevelLimitExceededException",
                         "A hierarchy can have a maximum of 15 levels.");
    }
    if (name.size() > name_bytes_max) {
        return aws_error("ValidationException", "Parameter name is too long.");
    }
    return {};
}

Result<void> check_value(const api::PutParameterInput& input, std::string& tier) {
    const std::size_t size = input.value.size();
    if (size == 0) {
        return aws_error("ValidationException",
                         "1 validation error detected: Value '' at 'value' failed to satisfy "
                         "constraint: Member must have length greater than or equal to 1.");
    }
    if (tier == "Intelligent-Tiering") tier = size > standard_bytes_max ? "Advanced" : "Standard";
    if (tier == "Standard" && size > standard_bytes_max) {
        return aws_error("ValidationException",
                         "Standard tier parameters support a maximum parameter value of 4096 "
                         "characters. To create a larger parameter value, upgrade the parameter "
                         "to use the advanced-parameter tier.");
    }
    if (size > advanced_bytes_max) {
        return aws_error("ValidationException",
                         "Advanced tier parameters support a maximum parameter value of 8192 "
                         "characters.");
    }
    if (!input.allowed_pattern || input.allowed_pattern->empty()) return {};
    const re2::RE2 pattern(*input.allowed_pattern, re2::RE2::Quiet);
    if (!pattern.ok()) {
        return api::invalid_allowed_pattern("The regular expression is not valid: " +
                                            *input.allowed_pattern);
    }
    if (!re2::RE2::FullMatch(input.value, pattern)) {
        return api::parameter_pattern_mismatch(
            "Parameter value, cannot be validated against allowedPattern: " +
            *input.allowed_pattern);
    }
    return {};
}

/// Images are checked by their form only: whether one exists is ec2's to know.
Result<void> check_data_type(const std::string& data_type, const std::string& value) {
    if (data_type == "text") return {};
    if (data_type != "aws:ec2:image") {
        return aws_error("ValidationException",
                         "Stormglass does not support the parameter data type " + data_type);
    }
    static const re2::RE2 image("ami-([0-9a-f]{8}|[0-9a-f]{17})");
    if (re2::RE2::FullMatch(value, image)) return {};
    return aws_error("ValidationException",
                     "The parameter value is not an image ID, as aws:ec2:image wants: " + value);
}

/// The oldest version makes room, unless a label keeps it.
Result<void> make_room(Parameter& parameter) {
    if (parameter.versions.size() < versions_max) return {};
    if (!parameter.versions.front().labels.empty()) {
        return api::parameter_max_version_limit_exceeded(fmt::format(
            "You attempted to create a new version of {} by calling the PutParameter API with the "
            "overwrite flag. Version {}, the oldest version, can't be deleted because it has a "
            "label associated with it. Move the label to another version of the parameter, and try "
            "again.",
            parameter.name, parameter.versions.front().number));
    }
    parameter.versions.erase(parameter.versions.begin());
    return {};
}

}  // namespace

Result<std::string> Service::seal(wire::Request& request, const std::string& arn,
                                  const std::string& key_id, const std::string& value) {
    const wire::ViaService via(request, "ssm");
    kms::api::EncryptInput input;
    input.key_id = key_id;
    input.plaintext = value;
    input.encryption_context["PARAMETER_ARN"] = arn;
    auto sealed = kms_.encrypt(request, input);
    if (sealed) return base::base64_encode(sealed->ciphertext_blob.value_or(""));
    if (sealed.error().code == "NotFoundException" || sealed.error().code == "DisabledException" ||
        sealed.error().code == "KMSInvalidStateException") {
        return api::invalid_key_id(sealed.error().message);
    }
    return std::unexpected(std::move(sealed).error());
}

Result<api::PutParameterOutput> Service::put_parameter(wire::Request& request,
                                                       const api::PutParameterInput& input) {
    const auto named = parse_name(input.name);
    TRY(authorize(request, "PutParameter", named.name));
    TRY(check_name(named.name));
    if (input.policies && !input.policies->empty()) {
        return aws_error("UnsupportedFeatureRequiredException",
                         "Stormglass does not support parameter policies");
    }
    auto existing = TRY(parameters.get(request.tx(), {request.account, request.region, named.name}));
    if (existing && !input.overwrite.value_or(false)) {
        return api::parameter_already_exists(
            "The parameter already exists. To overwrite this value, set the overwrite option in "
            "the request to true.");
    }
    if (existing && !input.tags.empty()) {
        return aws_error("ValidationException",
                         "Invalid request: tags and overwrite can't be used together. To create a "
                         "parameter with tags, please remove overwrite flag. To update tags for an "
                         "existing parameter, please use AddTagsToResource or "
                         "RemoveTagsFromResource.");
    }
    Version version;
    if (existing) {
        version = existing->latest();
        version.labels.clear();
    }
    if (!input.type && !existing) {
        return aws_error("ValidationException",
                         "A parameter type is required when you create a parameter.");
    }
    if (input.type) version.type = *input.type;
    std::string tier = input.tier.value_or(version.tier);
    if (existing && existing->latest().tier == "Advanced" && tier == "Standard") {
        return aws_error("ValidationException",
                         "This parameter uses the advanced-parameter tier. You can't downgrade a "
                         "parameter from the advanced-parameter tier to the standard-parameter "
                         "tier.");
    }
    TRY(check_value(input, tier));
    version.tier = tier;
    if (input.description) version.description = *input.description;
    if (input.allowed_pattern) version.allowed_pattern = *input.allowed_pattern;
    if (input.data_type) version.data_type = *input.data_type;
    TRY(check_data_type(version.data_type, input.value));
    version.modified = request.now;
    version.modified_by = request.principal.arn;
    Parameter parameter = existing.value_or(Parameter{});
    if (!existing) {
        parameter.name = named.name;
        parameter.arn = arn_of(request, named.name);
        for (const auto& tag : input.tags) parameter.tags[tag.key.value_or("")] = tag.value.value_or("");
    } else {
        TRY(make_room(parameter));
        version.number = parameter.next_version++;
    }
    if (version.type == "SecureString") {
        if (input.key_id) version.key_id = *input.key_id;
        if (version.key_id.empty()) version.key_id = "alias/aws/ssm";
        version.value = TRY(seal(request, parameter.arn, version.key_id, input.value));
    } else {
        if (input.key_id) {
            return aws_error("ValidationException",
                             "KeyId is required for SecureString type parameter only.");
        }
        version.key_id.clear();
        version.value = input.value;
    }
    parameter.versions.push_back(version);
    put(request, parameter);
    api::PutParameterOutput output;
    output.version = version.number;
    output.tier = version.tier;
    return output;
}

}  // namespace stormglass::ssm
