// Deleting, describing, labelling and tagging parameters.
#include <algorithm>

#include "base/strings.h"
#include "services/common/ids.h"
#include "services/ssm/service.h"

namespace stormglass::ssm {
namespace {

constexpr std::size_t describe_page_default = 50, labels_max = 10, tags_max = 50;

std::vector<std::string> field_of(const Parameter& parameter, const std::string& key) {
    const Version& version = parameter.latest();
    if (key == "Name") return {parameter.name};
    if (key == "Type") return {version.type};
    if (key == "KeyId") return {version.key_id};
    if (key == "Tier") return {version.tier};
    if (key == "DataType") return {version.data_type};
    if (key == "Label") return version.labels;
    if (key.starts_with("tag:")) {
        const auto at = parameter.tags.find(key.substr(4));
        return at == parameter.tags.end() ? std::vector<std::string>{}
                                          : std::vector<std::string>{at->second};
    }
    return {};
}

bool path_matches(const std::string& name, const std::string& path, bool recursive) {
    const std::string prefix = path.ends_with('/') ? path : path + "/";
    return name.starts_with(prefix) &&
           (recursive || name.find('/', prefix.size()) == std::string::npos);
}

Result<bool> matches(const Parameter& parameter, const api::ParameterStringFilter& filter) {
    const std::string option = filter.option.value_or(filter.key == "Path" ? "OneLevel" : "Equals");
    for (const auto& value : filter.values) {
        if (filter.key == "Path") {
            if (option != "OneLevel" && option != "Recursive") {
                return api::invalid_filter_option("The option " + option + " is not valid for Path.");
            }
            if (path_matches(parameter.name, value, option == "Recursive")) return true;
            continue;
        }
        for (const auto& field : field_of(parameter, filter.key)) {
            if (option == "Equals" ? field == value
                : option == "BeginsWith" ? field.starts_with(value)
                                         : option == "Contains" && field.find(value) != std::string::npos) {
                return true;
            }
        }
    }
    return filter.values.empty() && filter.key.starts_with("tag:") &&
           parameter.tags.contains(filter.key.substr(4));
}

Result<void> check_filter(const api::ParameterStringFilter& filter) {
    static const std::vector<std::string> keys{"Name", "Type", "KeyId", "Path", "Label", "Tier", "DataType"};
    const bool known = filter.key.starts_with("tag:") ||
                       std::find(keys.begin(), keys.end(), filter.key) != keys.end();
    if (known) return {};
    return api::invalid_filter_key(fmt::format(
        "1 validation error detected: Value '{}' at 'parameterFilters.1.member.key' failed to "
        "satisfy constraint",
        filter.key));
}

api::ParameterMetadata metadata_of(const Parameter& parameter) {
    const Version& version = parameter.latest();
    api::ParameterMetadata shape;
    shape.name = parameter.name;
    shape.arn = parameter.arn;
    shape.type = version.type;
    if (!version.key_id.empty()) shape.key_id = version.key_id;
    shape.last_modified_date = version.modified;
    shape.last_modified_user = version.modified_by;
    if (!version.description.empty()) shape.description = version.description;
    if (!version.allowed_pattern.empty()) shape.allowed_pattern = version.allowed_pattern;
    shape.version = version.number;
    shape.tier = version.tier;
    shape.policies.present = true;
    shape.data_type = version.data_type;
    return shape;
}

/// Tags exist on parameters only here.
Result<Parameter> tagged(wire::Request& request, const char* operation, const std::string& type,
                         const std::string& id) {
    const auto named = parse_name(id);
    TRY(authorize(request, operation, named.name));
    if (type != "Parameter") {
        return api::invalid_resource_type("Stormglass has no Systems Manager resources of type " + type);
    }
    auto found = find(request, named.name);
    if (!found) return api::invalid_resource_id("The resource ID is not valid: " + id);
    return found;
}

}  // namespace

Result<api::DeleteParameterOutput> Service::delete_parameter(
    wire::Request& request, const api::DeleteParameterInput& input) {
    const auto named = parse_name(input.name);
    TRY(authorize(request, "DeleteParameter", named.name));
    TRY(find(request, named.name));
    parameters.erase(request.tx(), {request.account, request.region, named.name});
    return api::DeleteParameterOutput{};
}

Result<api::DeleteParametersOutput> Service::delete_parameters(
    wire::Request& request, const api::DeleteParametersInput& input) {
    request.mark_authorized();
    api::DeleteParametersOutput output;
    for (const auto& name : input.names) {
        const auto named = parse_name(name);
        TRY(authorize(request, "DeleteParameters", named.name));
        if (find(request, named.name)) {
            parameters.erase(request.tx(), {request.account, request.region, named.name});
            output.deleted_parameters.push_back(name);
        } else {
            output.invalid_parameters.push_back(name);
        }
    }
    return output;
}

Result<api::DescribeParametersOutput> Service::describe_parameters(
    wire::Request& request, const api::DescribeParametersInput& input) {
    if (input.shared.value_or(false)) {
        return aws_error("ValidationException", "Stormglass does not support shared parameters");
    }
    std::vector<api::ParameterStringFilter> filters(input.parameter_filters.begin(),
                                                    input.parameter_filters.end());
    for (const auto& old : input.filters) {  // The older form: prefixes of names, exact otherwise.
        auto& filter = filters.emplace_back();
        filter.key = old.key;
        filter.option = old.key == "Name" ? "BeginsWith" : "Equals";
        filter.values = old.values;
    }
    for (const auto& filter : filters) TRY(check_filter(filter));
    std::vector<api::ParameterMetadata> all;
    for (const auto& one : TRY(parameters.all(request.tx(), {request.account, request.region}))) {
        bool wanted = true;
        for (const auto& filter : filters) wanted = wanted && TRY(matches(one, filter));
        if (wanted) all.push_back(metadata_of(one));
    }
    auto page = services::page_of(
        std::move(all), input.next_token.value_or(""),
        static_cast<std::size_t>(input.max_results.value_or(describe_page_default)));
    if (!page) return api::invalid_next_token("The specified token isn't valid.");
    api::DescribeParametersOutput output;
    for (auto& one : page->items) output.parameters.push_back(std::move(one));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

Result<api::LabelParameterVersionOutput> Service::label_parameter_version(
    wire::Request& request, const api::LabelParameterVersionInput& input) {
    const auto named = parse_name(input.name);
    TRY(authorize(request, "LabelParameterVersion", named.name));
    auto parameter = TRY(find(request, named.name));
    const auto number = input.parameter_version.value_or(parameter.latest().number);
    const auto at = std::find_if(parameter.versions.begin(), parameter.versions.end(),
                                 [&](const Version& v) { return v.number == number; });
    if (at == parameter.versions.end()) {
        return api::parameter_version_not_found(
            fmt::format("Systems Manager could not find version {} of {}. Verify the version and "
                        "try again.",
                        number, named.name));
    }
    api::LabelParameterVersionOutput output;
    output.parameter_version = number;
    for (const auto& label : input.labels) {
        const std::string lower = base::to_lower(label);
        const bool digit = !label.empty() && std::isdigit(static_cast<unsigned char>(label[0])) != 0;
        if (digit || lower.starts_with("aws") || lower.starts_with("ssm")) {
            output.invalid_labels.push_back(label);
            continue;
        }
        for (auto& version : parameter.versions) std::erase(version.labels, label);  // It moves.
        at->labels.push_back(label);
    }
    if (at->labels.size() > labels_max) {
        return api::parameter_version_label_limit_exceeded(
            "A parameter version can have maximum 10 labels.");
    }
    put(request, parameter);
    return output;
}

Result<api::AddTagsToResourceOutput> Service::add_tags_to_resource(
    wire::Request& request, const api::AddTagsToResourceInput& input) {
    auto parameter = TRY(tagged(request, "AddTagsToResource", input.resource_type, input.resource_id));
    for (const auto& tag : input.tags) parameter.tags[tag.key.value_or("")] = tag.value.value_or("");
    if (parameter.tags.size() > tags_max) {
        return api::too_many_tags_error("The number of tags has reached the maximum of 50.");
    }
    put(request, parameter);
    return api::AddTagsToResourceOutput{};
}

Result<api::RemoveTagsFromResourceOutput> Service::remove_tags_from_resource(
    wire::Request& request, const api::RemoveTagsFromResourceInput& input) {
    auto parameter =
        TRY(tagged(request, "RemoveTagsFromResource", input.resource_type, input.resource_id));
    for (const auto& key : input.tag_keys) parameter.tags.erase(key);
    put(request, parameter);
    return api::RemoveTagsFromResourceOutput{};
}

Result<api::ListTagsForResourceOutput> Service::list_tags_for_resource(
    wire::Request& request, const api::ListTagsForResourceInput& input) {
    const auto parameter =
        TRY(tagged(request, "ListTagsForResource", input.resource_type, input.resource_id));
    api::ListTagsForResourceOutput output;
    for (const auto& [key, value] : parameter.tags) {
        auto& tag = output.tag_list.emplace_back();
        tag.key = key;
        tag.value = value;
    }
    return output;
}

}  // namespace stormglass::ssm
