// Aliases: names for keys, one namespace a region. Those of AWS (alias/aws/...) are not callers'.
#include "services/common/ids.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr std::int64_t list_default = 50;

Result<void> check_name(const std::string& name) {
    if (!name.starts_with("alias/") || name.size() == 6) {
        return aws_error("ValidationException", "Invalid identifier");
    }
    if (name.starts_with("alias/aws/")) return aws_error("NotAuthorizedException", "");
    return {};
}

/// The alias itself is authorised by identity policies; its key by the key's policy as well.
Result<void> may_name(wire::Request& request, const std::string& operation,
                      const std::string& name) {
    wire::Access access;
    access.action = "kms:" + operation;
    access.resource = request.arn("kms", name);
    return request.authorize(access);
}

Result<Alias> existing(wire::Request& request, const std::string& name) {
    auto alias = TRY(aliases.get(request.tx(), {request.account, request.region, name}));
    if (!alias) return api::not_found("Alias " + request.arn("kms", name) + " is not found.");
    return std::move(*alias);
}

}  // namespace

Result<api::CreateAliasOutput> Service::create_alias(wire::Request& request,
                                                     const api::CreateAliasInput& input) {
    TRY(check_name(input.alias_name));
    TRY(may_name(request, "CreateAlias", input.alias_name));
    const auto key = TRY(manage(request, input.target_key_id, "CreateAlias"));
    TRY(must_not_be_pending(key));
    const store::Parts parts{request.account, request.region, input.alias_name};
    if (TRY(aliases.contains(request.tx(), parts))) {
        return api::already_exists("An alias with the name " +
                                   request.arn("kms", input.alias_name) + " already exists");
    }
    aliases.put(request.tx(), parts, {input.alias_name, key.id, request.now, request.now});
    return api::CreateAliasOutput{};
}

Result<api::UpdateAliasOutput> Service::update_alias(wire::Request& request,
                                                     const api::UpdateAliasInput& input) {
    TRY(check_name(input.alias_name));
    TRY(may_name(request, "UpdateAlias", input.alias_name));
    auto alias = TRY(existing(request, input.alias_name));
    TRY(manage(request, alias.target, "UpdateAlias"));
    const auto key = TRY(manage(request, input.target_key_id, "UpdateAlias"));
    TRY(must_not_be_pending(key));
    alias.target = key.id;
    alias.updated = request.now;
    aliases.put(request.tx(), {request.account, request.region, alias.name}, alias);
    return api::UpdateAliasOutput{};
}

Result<api::DeleteAliasOutput> Service::delete_alias(wire::Request& request,
                                                     const api::DeleteAliasInput& input) {
    TRY(check_name(input.alias_name));
    TRY(may_name(request, "DeleteAlias", input.alias_name));
    const auto alias = TRY(existing(request, input.alias_name));
    TRY(manage(request, alias.target, "DeleteAlias"));
    aliases.erase(request.tx(), {request.account, request.region, alias.name});
    return api::DeleteAliasOutput{};
}

Result<api::ListAliasesOutput> Service::list_aliases(wire::Request& request,
                                                     const api::ListAliasesInput& input) {
    std::string target;
    if (input.key_id) target = TRY(find(request, *input.key_id, Naming::key_only)).key.id;
    std::vector<api::AliasListEntry> entries;
    TRY(aliases.scan(request.tx(), {request.account, request.region}, [&](Alias& alias) {
        if (!target.empty() && alias.target != target) return;
        auto& entry = entries.emplace_back();
        entry.alias_name = alias.name;
        entry.alias_arn = request.arn("kms", alias.name);
        entry.target_key_id = alias.target;
        entry.creation_date = alias.created;
        entry.last_updated_date = alias.updated;
    }));
    auto page = services::page_of(std::move(entries), input.marker.value_or(""),
                                  static_cast<std::size_t>(input.limit.value_or(list_default)));
    if (!page) return api::invalid_marker("Invalid marker");
    api::ListAliasesOutput output;
    output.aliases = std::move(page->items);
    output.truncated = !page->next.empty();
    if (*output.truncated) output.next_marker = page->next;
    return output;
}

}  // namespace stormglass::kms
