// Long-term access keys, and the account's summary.
#include "services/iam/shapes.h"

namespace stormglass::iam {
namespace {

constexpr std::size_t keys_per_user_max = 2;

Result<std::vector<LongTermKey>> keys_of(wire::Request& request, const std::string& user) {
    std::vector<LongTermKey> found;
    TRY(long_term_keys.scan(request.tx(), {}, [&](LongTermKey& key) {
        if (key.account == request.account && key.user == user) found.push_back(key);
    }));
    return found;
}

Result<std::string> owner(wire::Request& request, const std::optional<std::string>& given) {
    if (given) {
        return TRY(find_entity(request.tx(), request.account, kind::user, *given)).name;
    }
    if (request.principal.kind == wire::PrincipalKind::user) return request.principal.name;
    return aws_error("ValidationError",
                     "Must specify userName when calling with non-User credentials");
}

Result<LongTermKey> find_key_of(wire::Request& request, const std::string& user,
                                const std::string& id) {
    const auto key = TRY(long_term_keys.get(request.tx(), {id}));
    if (!key || key->account != request.account || key->user != user) {
        return api::no_such_entity(fmt::format("The Access Key with id {} cannot be found.", id));
    }
    return *key;
}

}  // namespace

Result<api::CreateAccessKeyOutput> Service::create_access_key(
    wire::Request& request, const api::CreateAccessKeyInput& input) {
    const auto user = TRY(owner(request, input.user_name));
    if (TRY(keys_of(request, user)).size() >= keys_per_user_max) {
        return api::limit_exceeded(
            fmt::format("Cannot exceed quota for AccessKeysPerUser: {}", keys_per_user_max));
    }
    LongTermKey key;
    key.id = "AKIA" + random_.pick(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    key.secret = random_.pick(
        40, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    key.user = user;
    key.account = request.account;
    key.created = std::chrono::floor<base::Seconds>(request.now);
    long_term_keys.put(request.tx(), {key.id}, key);
    api::CreateAccessKeyOutput output;
    api::AccessKey& shown = output.access_key.emplace();
    shown.user_name = user;
    shown.access_key_id = key.id;
    shown.secret_access_key = key.secret;
    shown.status = key.status;
    shown.create_date = key.created;
    return output;
}

Result<api::ListAccessKeysOutput> Service::list_access_keys(
    wire::Request& request, const api::ListAccessKeysInput& input) {
    std::vector<api::AccessKeyMetadata> list;
    for (const auto& key : TRY(keys_of(request, TRY(owner(request, input.user_name))))) {
        api::AccessKeyMetadata& one = list.emplace_back();
        one.user_name = key.user;
        one.access_key_id = key.id;
        one.status = key.status;
        one.create_date = key.created;
    }
    return paged<api::ListAccessKeysOutput>(input, std::move(list),
                                            &api::ListAccessKeysOutput::access_key_metadata);
}

Result<api::DeleteAccessKeyOutput> Service::delete_access_key(
    wire::Request& request, const api::DeleteAccessKeyInput& input) {
    const auto user = TRY(owner(request, input.user_name));
    TRY(find_key_of(request, user, input.access_key_id));
    long_term_keys.erase(request.tx(), {input.access_key_id});
    return api::DeleteAccessKeyOutput{};
}

Result<api::UpdateAccessKeyOutput> Service::update_access_key(
    wire::Request& request, const api::UpdateAccessKeyInput& input) {
    const auto user = TRY(owner(request, input.user_name));
    auto key = TRY(find_key_of(request, user, input.access_key_id));
    key.status = input.status;
    long_term_keys.put(request.tx(), {key.id}, key);
    return api::UpdateAccessKeyOutput{};
}

Result<api::GetAccountSummaryOutput> Service::get_account_summary(
    wire::Request& request, const api::GetAccountSummaryInput&) {
    api::GetAccountSummaryOutput output;
    auto& map = output.summary_map;
    const auto count = [&](const char* kind) -> Result<std::int64_t> {
        return static_cast<std::int64_t>(TRY(list_entities(request.tx(), request.account, kind, "/")).size());
    };
    map["Users"] = TRY(count(kind::user));
    map["Groups"] = TRY(count(kind::group));
    map["Roles"] = TRY(count(kind::role));
    map["Policies"] = static_cast<std::int64_t>(
        TRY(managed_policies.all(request.tx(), {request.account})).size());
    map["InstanceProfiles"] =
        static_cast<std::int64_t>(TRY(profiles.all(request.tx(), {request.account})).size());
    map["AccessKeysPerUserQuota"] = keys_per_user_max;
    map["AccountAccessKeysPresent"] = 1;
    return output;
}

Result<api::ListAccountAliasesOutput> Service::list_account_aliases(
    wire::Request&, const api::ListAccountAliasesInput&) {
    api::ListAccountAliasesOutput output;  // Aliases cannot be made here, so there are none.
    output.account_aliases.present = true;
    output.is_truncated = false;
    return output;
}

}  // namespace stormglass::iam
