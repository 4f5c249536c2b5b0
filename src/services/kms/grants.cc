// Grants: a key's owner lets a principal use it, beside all policies. They hold at once here, so
// that grant tokens, which bridge AWS's delay, are accepted and not needed.
#include <algorithm>

#include "services/common/ids.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr std::size_t id_digits = 64, token_bytes = 32;
constexpr std::int64_t list_default = 50;

bool satisfied(const Grant& grant, const EncryptionContext& context) {
    if (grant.has_equals && context != grant.context_equals) return false;
    if (!grant.has_subset) return true;
    return std::ranges::all_of(grant.context_subset, [&](const auto& pair) {
        const auto found = context.find(pair.first);
        return found != context.end() && found->second == pair.second;
    });
}

bool is_principal(const wire::Principal& principal, const std::string& arn) {
    return arn == principal.arn || (!principal.role_arn.empty() && arn == principal.role_arn);
}

api::GrantListEntry entry_of(const Key& key, const Grant& grant) {
    api::GrantListEntry entry;
    entry.key_id = key.arn;
    entry.grant_id = grant.id;
    entry.name = grant.name;
    entry.creation_date = grant.created;
    entry.grantee_principal = grant.grantee;
    if (!grant.retiring.empty()) entry.retiring_principal = grant.retiring;
    entry.issuing_account = "arn:aws:iam::" + grant.issuing_account + ":root";
    entry.operations = grant.operations;
    if (grant.has_subset || grant.has_equals) {
        auto& constraints = entry.constraints.emplace();
        if (grant.has_subset) constraints.encryption_context_subset = grant.context_subset;
        if (grant.has_equals) constraints.encryption_context_equals = grant.context_equals;
    }
    return entry;
}

bool same_terms(const Grant& a, const Grant& b) {
    return a.name == b.name && a.grantee == b.grantee && a.retiring == b.retiring &&
           a.operations == b.operations && a.context_subset == b.context_subset &&
           a.context_equals == b.context_equals;
}

Grant wanted_grant(const wire::Request& request, const api::CreateGrantInput& input) {
    Grant grant;
    grant.name = input.name.value_or("");
    grant.grantee = input.grantee_principal;
    grant.retiring = input.retiring_principal.value_or("");
    grant.issuing_account = request.account;
    grant.created = request.now;
    grant.operations = input.operations;
    if (input.constraints) {
        grant.context_subset = input.constraints->encryption_context_subset;
        grant.context_equals = input.constraints->encryption_context_equals;
        grant.has_subset = input.constraints->encryption_context_subset.given();
        grant.has_equals = input.constraints->encryption_context_equals.given();
    }
    return grant;
}

}  // namespace

Result<bool> granted(wire::Request& request, const Key& key, const KeyUse& use) {
    bool allowed = false;
    TRY(grants.scan(request.tx(), {key.account, key.region, key.id}, [&](Grant& grant) {
        const bool fits =
            std::ranges::find(grant.operations, use.operation) != grant.operations.end() &&
            is_principal(request.principal, grant.grantee) && satisfied(grant, use.context);
        allowed = allowed || fits;
    }));
    return allowed;
}

Result<api::CreateGrantOutput> Service::create_grant(wire::Request& request,
                                                     const api::CreateGrantInput& input) {
    const auto key = TRY(manage(request, input.key_id, "CreateGrant"));
    TRY(must_be_enabled(key));
    for (const auto& arn :
         {input.grantee_principal, input.retiring_principal.value_or("arn:aws:")}) {
        if (!arn.starts_with("arn:aws:")) {
            return api::invalid_arn("Stormglass grants to principals' ARNs only: " + arn);
        }
    }
    static const std::vector<std::string> possible{
        "Decrypt",       "Encrypt",     "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom", "ReEncryptTo", "CreateGrant",     "RetireGrant",
        "DescribeKey"};
    for (const auto& operation : input.operations) {
        if (std::ranges::find(possible, operation) == possible.end()) {
            return aws_error("ValidationException",
                             "Operation " + operation + " is not valid for a symmetric key");
        }
    }
    Grant grant = wanted_grant(request, input);
    if (input.dry_run.value_or(false)) {
        return api::dry_run_operation(
            "The request would have succeeded, but the DryRun option is set.");
    }
    api::CreateGrantOutput output;
    output.grant_token = materials_.random().hex(token_bytes * 2);
    if (!grant.name.empty()) {  // A named grant made again with the same terms is the same one.
        TRY(grants.scan(request.tx(), {key.account, key.region, key.id}, [&](Grant& other) {
            if (same_terms(other, grant))
                output.grant_id = other.id, output.grant_token = other.token;
        }));
        if (output.grant_id) return output;
    }
    grant.id = materials_.random().hex(id_digits);
    grant.token = *output.grant_token;
    grants.put(request.tx(), {key.account, key.region, key.id, grant.id}, grant);
    output.grant_id = grant.id;
    return output;
}

Result<api::ListGrantsOutput> Service::list_grants(wire::Request& request,
                                                   const api::ListGrantsInput& input) {
    const auto key = TRY(manage(request, input.key_id, "ListGrants"));
    std::vector<api::GrantListEntry> entries;
    TRY(grants.scan(request.tx(), {key.account, key.region, key.id}, [&](Grant& grant) {
        if (input.grant_id && *input.grant_id != grant.id) return;
        if (input.grantee_principal && *input.grantee_principal != grant.grantee) return;
        entries.push_back(entry_of(key, grant));
    }));
    auto page = services::page_of(std::move(entries), input.marker.value_or(""),
                                  static_cast<std::size_t>(input.limit.value_or(list_default)));
    if (!page) return api::invalid_marker("Invalid marker");
    api::ListGrantsOutput output;
    output.grants = std::move(page->items);
    output.truncated = !page->next.empty();
    if (*output.truncated) output.next_marker = page->next;
    return output;
}

Result<api::RevokeGrantOutput> Service::revoke_grant(wire::Request& request,
                                                     const api::RevokeGrantInput& input) {
    const auto key = TRY(manage(request, input.key_id, "RevokeGrant"));
    const store::Parts parts{key.account, key.region, key.id, input.grant_id};
    if (!TRY(grants.contains(request.tx(), parts))) {
        return api::not_found("Grant ID " + input.grant_id + " not found");
    }
    if (input.dry_run.value_or(false)) {
        return api::dry_run_operation(
            "The request would have succeeded, but the DryRun option is set.");
    }
    grants.erase(request.tx(), parts);
    return api::RevokeGrantOutput{};
}

Result<api::RetireGrantOutput> Service::retire_grant(wire::Request& request,
                                                     const api::RetireGrantInput& input) {
    std::optional<Grant> grant;
    std::string key_id;
    if (input.key_id && input.grant_id) {
        key_id = TRY(find(request, *input.key_id, Naming::key_only)).key.id;
        grant = TRY(
            grants.get(request.tx(), {request.account, request.region, key_id, *input.grant_id}));
    } else if (input.grant_token) {
        TRY(grants.scan(request.tx(), {request.account, request.region},
                        [&](const std::vector<std::string>& parts, Grant& other) {
                            if (other.token != *input.grant_token) return;
                            key_id = parts[2];
                            grant = other;
                        }));
        if (!grant) return api::invalid_grant_token("Invalid grant token");
    } else {
        return aws_error("ValidationException",
                         "Specify either a grant token, or a key ARN and a grant ID.");
    }
    if (!grant) return api::not_found("Grant ID " + *input.grant_id + " not found");
    if (is_principal(request.principal, grant->retiring)) {
        request.mark_authorized();
    } else {
        TRY(manage(request, key_id, "RetireGrant"));
    }
    if (input.dry_run.value_or(false)) {
        return api::dry_run_operation(
            "The request would have succeeded, but the DryRun option is set.");
    }
    grants.erase(request.tx(), {request.account, request.region, key_id, grant->id});
    return api::RetireGrantOutput{};
}

}  // namespace stormglass::kms
