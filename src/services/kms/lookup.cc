// From the ways callers name a key (id, ARN, alias, alias ARN) to the key, and whether they may
// use it.
#include "base/strings.h"
#include "services/kms/service.h"

namespace stormglass::kms {
namespace {

constexpr std::string_view alias_prefix = "alias/", aws_alias_prefix = "alias/aws/";
constexpr std::size_t uuid_length = 36;

/// AWS managed keys come into being when first needed; the value is the service they work through.
struct ManagedKey {
    std::string_view name, via;
};
constexpr ManagedKey managed_keys[] = {{"ssm", "ssm"}, {"rds", "rds"}, {"ebs", "ec2"},
                                       {"s3", "s3"},   {"sns", "sns"}, {"dynamodb", "dynamodb"}};

const ManagedKey* find_managed(std::string_view alias) {
    if (!alias.starts_with(aws_alias_prefix)) return nullptr;
    for (const auto& managed : managed_keys) {
        if (managed.name == alias.substr(aws_alias_prefix.size())) return &managed;
    }
    return nullptr;
}

Unexpected no_key(const wire::Request& request, const std::string& id) {
    return api::not_found("Key '" + request.arn("kms", "key/" + id) + "' does not exist");
}

/// "key/ID" or "alias/NAME" of an ARN in this region and account.
Result<std::string> resource_of(const wire::Request& request, const std::string& arn) {
    const auto parts = base::split(arn, ':');
    constexpr std::size_t arn_parts = 6;
    if (parts.size() != arn_parts || parts[2] != "kms") {
        return api::invalid_arn("Invalid arn " + arn);
    }
    if (parts[3] != request.region) return api::not_found("Invalid arn " + parts[3]);
    if (parts[4] != request.account) return api::not_found("Key '" + arn + "' does not exist");
    return parts[5];
}

void add_context(wire::Access& access, const FoundKey& found, const KeyUse& use,
                 const std::vector<std::string>& alias_names) {
    auto& context = access.context;
    context["kms:CallerAccount"] = {found.key.account};
    context["kms:KeyOrigin"] = {"AWS_KMS"};
    context["kms:KeySpec"] = {"SYMMETRIC_DEFAULT"};
    context["kms:KeyUsage"] = {"ENCRYPT_DECRYPT"};
    context["kms:MultiRegion"] = {"false"};
    if (!found.alias.empty()) context["kms:RequestAlias"] = {found.alias};
    if (!alias_names.empty()) context["kms:ResourceAliases"] = alias_names;
    for (const auto& [key, value] : found.key.tags) context["aws:ResourceTag/" + key] = {value};
    if (use.kind != KeyUse::Kind::cryptographic) return;
    context["kms:EncryptionAlgorithm"] = {"SYMMETRIC_DEFAULT"};
    for (const auto& [key, value] : use.context) {
        context["kms:EncryptionContext:" + key] = {value};
        context["kms:EncryptionContextKeys"].push_back(key);
    }
}

}  // namespace

void put_key(store::Tx& tx, const Key& key) {
    keys.put(tx, {key.account, key.region, key.id}, key);
}

Unexpected unsupported(std::string_view what) {
    return api::unsupported_operation(fmt::format("Stormglass does not support {}", what));
}

Result<Key> Service::make_aws_managed(wire::Request& request, const std::string& service) {
    Key key;
    key.id = materials_.random().uuid();
    key.account = request.account;
    key.region = request.region;
    key.arn = request.arn("kms", "key/" + key.id);
    key.manager = manager::aws;
    key.created = request.now;
    key.description =
        fmt::format("Default key that protects my {} when no other key is defined",
                    service == "ssm" ? "SSM parameters" : base::to_upper(service) + " data");
    key.policy = aws_managed_policy(
        request, std::string(find_managed(std::string(aws_alias_prefix) + service)->via));
    key.rotation_period_days = 365;
    key.next_rotation = request.now + base::Days{key.rotation_period_days};
    key.materials = {TRY(materials_.make(key.id, request.now, {}))};
    put_key(request.tx(), key);
    const std::string name = std::string(aws_alias_prefix) + service;
    aliases.put(request.tx(), {key.account, key.region, name},
                {name, key.id, request.now, request.now});
    return key;
}

Result<FoundKey> Service::find_by_alias(wire::Request& request, const std::string& name) {
    const auto alias = TRY(aliases.get(request.tx(), {request.account, request.region, name}));
    if (!alias) {
        const auto* managed = find_managed(name);
        if (managed == nullptr || !request.tx().is_writable()) {
            return api::not_found("Alias " + request.arn("kms", name) + " is not found.");
        }
        return FoundKey{TRY(make_aws_managed(request, std::string(managed->name))), name};
    }
    auto key = TRY(keys.get(request.tx(), {request.account, request.region, alias->target}));
    if (!key) return no_key(request, alias->target);
    return FoundKey{std::move(*key), name};
}

Result<FoundKey> Service::find(wire::Request& request, const std::string& name, Naming naming) {
    std::string id = name;
    if (name.starts_with("arn:")) {
        const std::string resource = TRY(resource_of(request, name));
        id = resource.starts_with("key/") ? resource.substr(4) : resource;
    }
    if (id.starts_with(alias_prefix) && naming == Naming::key_or_alias) {
        return find_by_alias(request, id);
    }
    auto key = TRY(keys.get(request.tx(), {request.account, request.region, id}));
    if (key) return FoundKey{std::move(*key), {}};
    if (id.size() == uuid_length || id.starts_with("mrk-")) return no_key(request, id);
    return api::not_found("Invalid keyId '" + name + "'");
}

Result<void> Service::authorize(wire::Request& request, const FoundKey& found, const KeyUse& use) {
    wire::Access access;
    access.action = "kms:" + use.operation;
    access.resource = found.key.arn;
    access.resource_policy = found.key.policy;
    access.mode = wire::PolicyMode::resource_must_allow;
    access.resource_account = found.key.account;
    std::vector<std::string> names;
    if (!request.is_internal()) {
        TRY(aliases.scan(request.tx(), {request.account, request.region}, [&](Alias& alias) {
            if (alias.target == found.key.id) names.push_back(alias.name);
        }));
    }
    add_context(access, found, use, names);
    auto allowed = request.authorize(access);
    if (allowed || allowed.error().domain != Domain::aws) return allowed;
    // A grant adds to what policies allow, but never lifts an explicit deny.
    const bool explicit_deny = allowed.error().message.find("explicit deny") != std::string::npos;
    if (!explicit_deny && TRY(granted(request, found.key, use))) return {};
    auto error = allowed.error();
    error.code = "AccessDeniedException";  // Also when S3 or SNS, which word it otherwise, asks.
    error.http_status = 400;
    return Unexpected(std::move(error));
}

Result<Key> Service::manage(wire::Request& request, const std::string& name,
                            const std::string& operation) {
    auto found = TRY(find(request, name, Naming::key_only));
    TRY(authorize(request, found, {operation, {}, KeyUse::Kind::management}));
    return std::move(found.key);
}

Result<Key> Service::use(wire::Request& request, const std::string& name, const KeyUse& use) {
    auto found = TRY(find(request, name, Naming::key_or_alias));
    TRY(authorize(request, found, use));
    TRY(must_be_enabled(found.key));
    return std::move(found.key);
}

}  // namespace stormglass::kms
