// Managed policies and their versions.
#include <algorithm>

#include "base/strings.h"
#include "services/iam/shapes.h"

namespace stormglass::iam {
namespace {

constexpr std::size_t versions_max = 5;
constexpr std::size_t document_max = 6144;  // Without white space, as AWS counts.

std::size_t counted_size(const std::string& document) {
    return static_cast<std::size_t>(std::count_if(
        document.begin(), document.end(),
        [](char c) { return c != ' ' && c != '\n' && c != '\t' && c != '\r'; }));
}

Result<std::int64_t> attachments(wire::Request& request, const std::string& arn) {
    std::int64_t count = 0;
    TRY(entities.scan(request.tx(), {request.account}, [&](Entity& entity) {
        count += std::count(entity.attached.begin(), entity.attached.end(), arn);
    }));
    return count;
}

Result<api::Policy> policy_shape(wire::Request& request, const ManagedPolicy& policy) {
    api::Policy shape;
    shape.policy_name = policy.name;
    shape.policy_id = policy.id;
    shape.arn = policy.arn;
    shape.path = policy.path;
    shape.default_version_id = policy.default_version;
    shape.attachment_count = TRY(attachments(request, policy.arn));
    std::int64_t boundaries = 0;
    TRY(entities.scan(request.tx(), {request.account}, [&](Entity& entity) {
        boundaries += entity.boundary == policy.arn ? 1 : 0;
    }));
    shape.permissions_boundary_usage_count = boundaries;
    shape.is_attachable = true;
    if (!policy.description.empty()) shape.description = policy.description;
    shape.create_date = policy.created;
    shape.update_date = policy.updated;
    shape.tags = tag_list(policy.tags);
    return shape;
}

api::PolicyVersion version_shape(const ManagedPolicy& policy, const PolicyDocument& version) {
    api::PolicyVersion shape;
    shape.document = base::uri_encode(version.document);
    shape.version_id = version.id;
    shape.is_default_version = version.id == policy.default_version;
    shape.create_date = version.created;
    return shape;
}

Unexpected no_version(const std::string& arn, const std::string& id) {
    return api::no_such_entity(
        fmt::format("Policy {} version {} does not exist or is not attachable.", arn, id));
}

void put_policy(wire::Request& request, const ManagedPolicy& policy) {
    managed_policies.put(request.tx(), {request.account, policy.arn}, policy);
}

}  // namespace

Result<api::CreatePolicyOutput> Service::create_policy(wire::Request& request,
                                                       const api::CreatePolicyInput& input) {
    ManagedPolicy policy;
    policy.name = input.policy_name;
    policy.path = input.path.value_or("/");
    policy.arn = fmt::format("arn:aws:iam::{}:policy{}{}", request.account, policy.path, policy.name);
    if (TRY(managed_policies.contains(request.tx(), {request.account, policy.arn}))) {
        return api::entity_already_exists(
            fmt::format("A policy called {} already exists. Duplicate names are not allowed.",
                        policy.name));
    }
    TRY(check_document(input.policy_document, policy::PolicyKind::identity));
    if (counted_size(input.policy_document) > document_max) {
        return api::limit_exceeded(
            fmt::format("Cannot exceed quota for PolicySize: {}", document_max));
    }
    policy.id = new_id("ANPA");
    policy.description = input.description.value_or("");
    policy.created = policy.updated = std::chrono::floor<base::Seconds>(request.now);
    policy.versions.push_back({"v1", input.policy_document, policy.created});
    policy.tags = TRY(tags_of(input.tags));
    put_policy(request, policy);
    api::CreatePolicyOutput output;
    output.policy = TRY(policy_shape(request, policy));
    return output;
}

Result<api::GetPolicyOutput> Service::get_policy(wire::Request& request,
                                                 const api::GetPolicyInput& input) {
    api::GetPolicyOutput output;
    output.policy = TRY(policy_shape(
        request, TRY(find_policy(request.tx(), request.account, input.policy_arn))));
    return output;
}

Result<api::ListPoliciesOutput> Service::list_policies(wire::Request& request,
                                                       const api::ListPoliciesInput& input) {
    const auto scope = input.scope.value_or("All");
    const auto prefix = input.path_prefix.value_or("/");
    std::vector<ManagedPolicy> all;
    if (scope != "AWS") all = TRY(managed_policies.all(request.tx(), {request.account}));
    if (scope != "Local") all.insert(all.end(), aws_policies().begin(), aws_policies().end());
    std::vector<api::Policy> shapes;
    for (const auto& policy : all) {
        if (!policy.path.starts_with(prefix)) continue;
        auto shape = TRY(policy_shape(request, policy));
        if (input.only_attached.value_or(false) && *shape.attachment_count == 0) continue;
        shape.tags.clear();
        shapes.push_back(std::move(shape));
    }
    return paged<api::ListPoliciesOutput>(input, std::move(shapes),
                                          &api::ListPoliciesOutput::policies);
}

Result<api::DeletePolicyOutput> Service::delete_policy(wire::Request& request,
                                                       const api::DeletePolicyInput& input) {
    const auto policy = TRY(find_own_policy(request.tx(), request.account, input.policy_arn));
    if (TRY(attachments(request, policy.arn)) > 0) {
        return api::delete_conflict("Cannot delete a policy attached to entities.");
    }
    if (policy.versions.size() > 1) {
        return api::delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy.");
    }
    managed_policies.erase(request.tx(), {request.account, policy.arn});
    return api::DeletePolicyOutput{};
}

Result<api::CreatePolicyVersionOutput> Service::create_policy_version(
    wire::Request& request, const api::CreatePolicyVersionInput& input) {
    auto policy = TRY(find_own_policy(request.tx(), request.account, input.policy_arn));
    TRY(check_document(input.policy_document, policy::PolicyKind::identity));
    if (policy.versions.size() >= versions_max) {
        return api::limit_exceeded(
            "A managed policy can have up to 5 versions. Before you create a new version, you must "
            "delete an existing version.");
    }
    policy.versions.push_back({fmt::format("v{}", policy.next_version++), input.policy_document,
                               std::chrono::floor<base::Seconds>(request.now)});
    if (input.set_as_default.value_or(false)) policy.default_version = policy.versions.back().id;
    policy.updated = std::chrono::floor<base::Seconds>(request.now);
    put_policy(request, policy);
    api::CreatePolicyVersionOutput output;
    output.policy_version = version_shape(policy, policy.versions.back());
    return output;
}

Result<api::GetPolicyVersionOutput> Service::get_policy_version(
    wire::Request& request, const api::GetPolicyVersionInput& input) {
    const auto policy = TRY(find_policy(request.tx(), request.account, input.policy_arn));
    const PolicyDocument* version = policy.version(input.version_id);
    if (version == nullptr) return no_version(input.policy_arn, input.version_id);
    api::GetPolicyVersionOutput output;
    output.policy_version = version_shape(policy, *version);
    return output;
}

Result<api::ListPolicyVersionsOutput> Service::list_policy_versions(
    wire::Request& request, const api::ListPolicyVersionsInput& input) {
    const auto policy = TRY(find_policy(request.tx(), request.account, input.policy_arn));
    std::vector<api::PolicyVersion> list;
    for (auto at = policy.versions.rbegin(); at != policy.versions.rend(); ++at) {
        list.push_back(version_shape(policy, *at));
        list.back().document.reset();
    }
    return paged<api::ListPolicyVersionsOutput>(input, std::move(list),
                                                &api::ListPolicyVersionsOutput::versions);
}

Result<api::DeletePolicyVersionOutput> Service::delete_policy_version(
    wire::Request& request, const api::DeletePolicyVersionInput& input) {
    auto policy = TRY(find_own_policy(request.tx(), request.account, input.policy_arn));
    if (policy.default_version == input.version_id) {
        return api::delete_conflict("Cannot delete the default version of a policy.");
    }
    if (std::erase_if(policy.versions, [&](const auto& v) { return v.id == input.version_id; }) == 0) {
        return no_version(input.policy_arn, input.version_id);
    }
    put_policy(request, policy);
    return api::DeletePolicyVersionOutput{};
}

Result<api::SetDefaultPolicyVersionOutput> Service::set_default_policy_version(
    wire::Request& request, const api::SetDefaultPolicyVersionInput& input) {
    auto policy = TRY(find_own_policy(request.tx(), request.account, input.policy_arn));
    if (policy.version(input.version_id) == nullptr) {
        return no_version(input.policy_arn, input.version_id);
    }
    policy.default_version = input.version_id;
    policy.updated = std::chrono::floor<base::Seconds>(request.now);
    put_policy(request, policy);
    return api::SetDefaultPolicyVersionOutput{};
}

Result<api::ListEntitiesForPolicyOutput> Service::list_entities_for_policy(
    wire::Request& request, const api::ListEntitiesForPolicyInput& input) {
    TRY(find_policy(request.tx(), request.account, input.policy_arn));
    if (input.policy_usage_filter && *input.policy_usage_filter == "PermissionsBoundary") {
        return aws_error("ValidationError",
                         "Stormglass does not support PolicyUsageFilter PermissionsBoundary here");
    }
    const auto filter = input.entity_filter.value_or("");
    api::ListEntitiesForPolicyOutput output;
    TRY(entities.scan(request.tx(), {request.account}, [&](Entity& entity) {
        const auto& attached = entity.attached;
        if (std::find(attached.begin(), attached.end(), input.policy_arn) == attached.end()) return;
        if (entity.kind == kind::user && (filter.empty() || filter == "User")) {
            auto& user = output.policy_users.emplace_back();
            user.user_name = entity.name;
            user.user_id = entity.id;
        } else if (entity.kind == kind::group && (filter.empty() || filter == "Group")) {
            auto& group = output.policy_groups.emplace_back();
            group.group_name = entity.name;
            group.group_id = entity.id;
        } else if (entity.kind == kind::role && (filter.empty() || filter == "Role")) {
            auto& role = output.policy_roles.emplace_back();
            role.role_name = entity.name;
            role.role_id = entity.id;
        }
    }));
    output.is_truncated = false;
    return output;
}

}  // namespace stormglass::iam
