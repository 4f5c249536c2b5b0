// Launch templates and their numbered versions.
#include "services/ec2/launch_templates.h"

#include "base/strings.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"
#include "services/ec2/shape_json.h"

namespace stormglass::ec2 {
namespace {

constexpr std::size_t name_min = 3, name_max = 128;

constexpr FilterName template_filters[] = {{"create-time", "CreateTime"},
                                           {"launch-template-name", "LaunchTemplateName"}};
constexpr FilterName version_filters[] = {
    {"create-time", "CreateTime"},
    {"ebs-optimized", "LaunchTemplateData.EbsOptimized"},
    {"http-endpoint", "LaunchTemplateData.MetadataOptions.HttpEndpoint"},
    {"http-tokens", "LaunchTemplateData.MetadataOptions.HttpTokens"},
    {"iam-instance-profile", "LaunchTemplateData.IamInstanceProfile.Arn"},
    {"image-id", "LaunchTemplateData.ImageId"},
    {"instance-type", "LaunchTemplateData.InstanceType"},
    {"is-default-version", "DefaultVersion"}};

Result<api::LaunchTemplate> describe(wire::Request& request, const LaunchTemplate& one) {
    api::LaunchTemplate item;
    item.launch_template_id = one.id;
    item.launch_template_name = one.name;
    item.create_time = one.created;
    item.created_by = one.created_by;
    item.default_version_number = one.default_version;
    item.latest_version_number = one.latest_version;
    item.tags = TRY(tag_list(request, one.id));
    return item;
}

api::LaunchTemplateVersion describe_version(const LaunchTemplate& one,
                                            const LaunchTemplateVersion& version) {
    api::LaunchTemplateVersion item;
    item.launch_template_id = one.id;
    item.launch_template_name = one.name;
    item.version_number = version.version;
    if (!version.description.empty()) item.version_description = version.description;
    item.create_time = version.created;
    item.created_by = version.created_by;
    item.default_version = version.version == one.default_version;
    api::ResponseLaunchTemplateData data;
    shape_from_json(output_shape("DescribeLaunchTemplateVersions",
                                 "LaunchTemplateVersions.LaunchTemplateData"),
                    version.data, &data);
    item.launch_template_data = std::move(data);
    return item;
}

void save_version(wire::Request& request, const LaunchTemplateVersion& version) {
    launch_template_versions.put(request.tx(),
                                 {request.account, request.region, version.template_id,
                                  store::ordered(static_cast<std::uint64_t>(version.version))},
                                 version);
}

Result<std::vector<LaunchTemplateVersion>> versions_of(wire::Request& request,
                                                       const LaunchTemplate& one) {
    return launch_template_versions.all(request.tx(), {request.account, request.region, one.id});
}

Unexpected no_version(const LaunchTemplate& one, const std::string& version) {
    return aws_error("InvalidLaunchTemplateId.VersionNotFound",
                     fmt::format("Could not find the specified version {} for the launch template "
                                 "with ID {}.", version, one.id));
}

Result<void> check_template_name(wire::Request& request, const std::string& name) {
    const auto odd = name.find_first_not_of(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789().-/_");
    if (name.size() < name_min || name.size() > name_max || odd != std::string::npos) {
        return aws_error("InvalidLaunchTemplateName.MalformedException",
                         "Launch template name must be between 3 and 128 characters, and may "
                         "contain letters, numbers, and the following characters: ( ) . - / _");
    }
    if (TRY(launch_template_names.contains(request.tx(),
                                           {request.account, request.region, name}))) {
        return aws_error("InvalidLaunchTemplateName.AlreadyExistsException",
                         "Launch template name already in use.");
    }
    return {};
}

bool wanted_version(const LaunchTemplate& one, const LaunchTemplateVersion& version,
                    const api::DescribeLaunchTemplateVersionsInput& input) {
    const auto bound = [](const std::optional<std::string>& text, int otherwise) {
        const auto number = base::parse_integer(text.value_or(""));
        return number ? static_cast<int>(*number) : otherwise;
    };
    if (version.version < bound(input.min_version, 0)) return false;
    if (version.version > bound(input.max_version, one.latest_version)) return false;
    if (input.versions.empty()) return true;
    return std::any_of(input.versions.begin(), input.versions.end(), [&](const std::string& name) {
        return (name == "$Latest" && version.version == one.latest_version) ||
               (name == "$Default" && version.version == one.default_version) ||
               name == std::to_string(version.version);
    });
}

}  // namespace

Result<LaunchTemplate> find_template(wire::Request& request, const TemplateName& name) {
    std::string id = name.id.value_or("");
    if (id.empty() && name.name) {
        id = TRY(launch_template_names.get(request.tx(),
                                           {request.account, request.region, *name.name}))
                 .value_or("");
        if (id.empty()) {
            return aws_error("InvalidLaunchTemplateName.NotFoundException",
                             fmt::format("The specified launch template, with template name {}, "
                                         "does not exist.", *name.name));
        }
    }
    if (id.empty()) {
        return aws_error("MissingParameter",
                         "Either the launch template ID or the launch template name must be "
                         "specified");
    }
    auto found = TRY(find(request, launch_templates, id));
    if (found) return std::move(*found);
    return aws_error("InvalidLaunchTemplateId.NotFound",
                     fmt::format("The specified launch template, with template ID {}, does not "
                                 "exist.", id));
}

Result<LaunchTemplateVersion> find_version(wire::Request& request, const LaunchTemplate& one,
                                           const std::string& version) {
    auto number = base::parse_integer(version);
    if (version.empty() || version == "$Default") number = one.default_version;
    if (version == "$Latest") number = one.latest_version;
    if (!number || *number < 1) return no_version(one, version);
    auto found = TRY(launch_template_versions.get(
        request.tx(), {request.account, request.region, one.id,
                       store::ordered(static_cast<std::uint64_t>(*number))}));
    if (!found) return no_version(one, version);
    return std::move(*found);
}

Result<void> check_launch_data(std::string_view operation,
                               const api::RequestLaunchTemplateData& data) {
    TRY(check_nested(operation, "LaunchTemplateData", &data,
                     {"EbsOptimized", "IamInstanceProfile", "BlockDeviceMappings",
                      "NetworkInterfaces", "ImageId", "InstanceType", "KeyName", "Monitoring",
                      "Placement", "DisableApiTermination", "InstanceInitiatedShutdownBehavior",
                      "UserData", "TagSpecifications", "SecurityGroupIds", "CreditSpecification",
                      "MetadataOptions", "DisableApiStop"}));
    if (data.user_data && !base::base64_decode(*data.user_data)) {
        return aws_error("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
    }
    return {};
}

Result<api::CreateLaunchTemplateOutput> Service::create_launch_template(
    wire::Request& request, const api::CreateLaunchTemplateInput& input) {
    TRY(check_input("CreateLaunchTemplate", &input,
                    {"ClientToken", "LaunchTemplateName", "VersionDescription",
                     "LaunchTemplateData", "TagSpecifications"}));
    const std::string token = input.client_token.value_or("");
    for (const auto& known : TRY(all(request, launch_templates))) {
        if (token.empty() || known.client_token != token) continue;
        api::CreateLaunchTemplateOutput again;
        again.launch_template = TRY(describe(request, known));
        return again;
    }
    TRY(check_template_name(request, input.launch_template_name));
    TRY(check_launch_data("CreateLaunchTemplate", input.launch_template_data));
    const Tags tags = TRY(tags_for(request, "launch-template", input.tag_specifications));
    LaunchTemplate made;
    made.id = new_id(launch_templates.prefix);
    made.name = input.launch_template_name;
    made.created_by = request.principal.arn;
    made.client_token = token;
    made.created = request.now;
    LaunchTemplateVersion version;
    version.template_id = made.id;
    version.description = input.version_description.value_or("");
    version.created_by = made.created_by;
    version.created = request.now;
    version.data = shape_to_json(input_shape("CreateLaunchTemplate", "LaunchTemplateData"),
                                 &input.launch_template_data);
    save_version(request, version);
    launch_template_names.put(request.tx(), {request.account, request.region, made.name}, made.id);
    create(request, launch_templates, made, tags);
    api::CreateLaunchTemplateOutput output;
    output.launch_template = TRY(describe(request, made));
    return output;
}

Result<api::CreateLaunchTemplateVersionOutput> Service::create_launch_template_version(
    wire::Request& request, const api::CreateLaunchTemplateVersionInput& input) {
    TRY(check_input("CreateLaunchTemplateVersion", &input,
                    {"ClientToken", "LaunchTemplateId", "LaunchTemplateName", "SourceVersion",
                     "VersionDescription", "LaunchTemplateData"}));
    auto known =
        TRY(find_template(request, {input.launch_template_id, input.launch_template_name}));
    TRY(check_launch_data("CreateLaunchTemplateVersion", input.launch_template_data));
    const std::string token = input.client_token.value_or("");
    api::CreateLaunchTemplateVersionOutput output;
    for (const auto& before : TRY(versions_of(request, known))) {
        if (token.empty() || before.client_token != token) continue;
        output.launch_template_version = describe_version(known, before);
        return output;
    }
    LaunchTemplateVersion version;
    version.template_id = known.id;
    version.version = ++known.latest_version;
    version.description = input.version_description.value_or("");
    version.created_by = request.principal.arn;
    version.client_token = token;
    version.created = request.now;
    version.data = base::Json::object();
    if (input.source_version) {
        version.data = TRY(find_version(request, known, *input.source_version)).data;
    }
    // What is given replaces the source's member of that name as a whole.
    version.data.update(shape_to_json(input_shape("CreateLaunchTemplateVersion",
                                                  "LaunchTemplateData"),
                                      &input.launch_template_data));
    save_version(request, version);
    save(request, launch_templates, known);
    output.launch_template_version = describe_version(known, version);
    return output;
}

Result<api::DescribeLaunchTemplatesOutput> Service::describe_launch_templates(
    wire::Request& request, const api::DescribeLaunchTemplatesInput& input) {
    TRY(check_input("DescribeLaunchTemplates", &input,
                    {"LaunchTemplateIds", "LaunchTemplateNames", "Filters", "NextToken",
                     "MaxResults"}));
    std::vector<LaunchTemplate> found;
    for (const auto& id : input.launch_template_ids) {
        found.push_back(TRY(find_template(request, {id, {}})));
    }
    for (const auto& name : input.launch_template_names) {
        found.push_back(TRY(find_template(request, {{}, name})));
    }
    if (input.launch_template_ids.empty() && input.launch_template_names.empty()) {
        found = TRY(all(request, launch_templates));
    }
    api::DescribeLaunchTemplatesOutput output;
    for (const auto& one : found) output.launch_templates.push_back(TRY(describe(request, one)));
    output.next_token = TRY(narrow(output.launch_templates, "DescribeLaunchTemplates",
                                   "LaunchTemplates", template_filters, input));
    return output;
}

Result<api::DescribeLaunchTemplateVersionsOutput> Service::describe_launch_template_versions(
    wire::Request& request, const api::DescribeLaunchTemplateVersionsInput& input) {
    TRY(check_input("DescribeLaunchTemplateVersions", &input,
                    {"LaunchTemplateId", "LaunchTemplateName", "Versions", "MinVersion",
                     "MaxVersion", "NextToken", "MaxResults", "Filters", "ResolveAlias"}));
    std::vector<LaunchTemplate> templates;
    if (input.launch_template_id || input.launch_template_name) {
        templates.push_back(
            TRY(find_template(request, {input.launch_template_id, input.launch_template_name})));
        for (const auto& version : input.versions) {
            TRY(find_version(request, templates.front(), version));
        }
    } else {
        templates = TRY(all(request, launch_templates));
    }
    api::DescribeLaunchTemplateVersionsOutput output;
    for (const auto& one : templates) {
        auto versions = TRY(versions_of(request, one));
        std::reverse(versions.begin(), versions.end());  // The newest first, as AWS lists them.
        for (const auto& version : versions) {
            if (!wanted_version(one, version, input)) continue;
            output.launch_template_versions.push_back(describe_version(one, version));
        }
    }
    output.next_token = TRY(narrow(output.launch_template_versions,
                                   "DescribeLaunchTemplateVersions", "LaunchTemplateVersions",
                                   version_filters, input));
    return output;
}

Result<api::ModifyLaunchTemplateOutput> Service::modify_launch_template(
    wire::Request& request, const api::ModifyLaunchTemplateInput& input) {
    TRY(check_input("ModifyLaunchTemplate", &input,
                    {"ClientToken", "LaunchTemplateId", "LaunchTemplateName", "DefaultVersion"}));
    auto known =
        TRY(find_template(request, {input.launch_template_id, input.launch_template_name}));
    if (input.default_version) {
        known.default_version = TRY(find_version(request, known, *input.default_version)).version;
        save(request, launch_templates, known);
    }
    return api::ModifyLaunchTemplateOutput{.launch_template = TRY(describe(request, known))};
}

Result<api::DeleteLaunchTemplateOutput> Service::delete_launch_template(
    wire::Request& request, const api::DeleteLaunchTemplateInput& input) {
    TRY(check_input("DeleteLaunchTemplate", &input, {"LaunchTemplateId", "LaunchTemplateName"}));
    const auto known =
        TRY(find_template(request, {input.launch_template_id, input.launch_template_name}));
    api::DeleteLaunchTemplateOutput output;
    output.launch_template = TRY(describe(request, known));
    TRY(launch_template_versions.erase_all(request.tx(),
                                           {request.account, request.region, known.id}));
    launch_template_names.erase(request.tx(), {request.account, request.region, known.name});
    erase(request, launch_templates, known.id);
    return output;
}

Result<api::DeleteLaunchTemplateVersionsOutput> Service::delete_launch_template_versions(
    wire::Request& request, const api::DeleteLaunchTemplateVersionsInput& input) {
    TRY(check_input("DeleteLaunchTemplateVersions", &input,
                    {"LaunchTemplateId", "LaunchTemplateName", "Versions"}));
    const auto known =
        TRY(find_template(request, {input.launch_template_id, input.launch_template_name}));
    api::DeleteLaunchTemplateVersionsOutput output;
    output.successfully_deleted_launch_template_versions.present = true;
    output.unsuccessfully_deleted_launch_template_versions.present = true;
    for (const auto& name : input.versions) {
        const auto number = base::parse_integer(name);
        const auto version = number && *number != known.default_version
                                 ? find_version(request, known, name)
                                 : Result<LaunchTemplateVersion>(no_version(known, name));
        if (version) {
            launch_template_versions.erase(
                request.tx(), {request.account, request.region, known.id,
                               store::ordered(static_cast<std::uint64_t>(*number))});
            output.successfully_deleted_launch_template_versions.push_back(
                {.launch_template_id = known.id,
                 .launch_template_name = known.name,
                 .version_number = *number});
            continue;
        }
        const bool is_default = number && *number == known.default_version;
        api::DeleteLaunchTemplateVersionsResponseErrorItem item;
        item.launch_template_id = known.id;
        item.launch_template_name = known.name;
        if (number) item.version_number = *number;
        item.response_error = api::ResponseError{
            .code = is_default ? "launchTemplateVersionIsDefault"
                               : "launchTemplateVersionDoesNotExist",
            .message = is_default ? "The default version cannot be deleted" : version.error().message};
        output.unsuccessfully_deleted_launch_template_versions.push_back(std::move(item));
    }
    return output;
}

}  // namespace stormglass::ec2
