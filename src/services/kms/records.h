// What KMS keeps: keys with their materials, aliases, grants. Key material is stored only wrapped
// by the key ring.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "store/table.h"

namespace stormglass::kms {

/// One generation of a key's 32 bytes. Rotation appends; nothing but the key's end removes any.
struct Material {
    std::string id;       // 64 hexadecimal digits, as AWS names it.
    std::string wrapped;  // Base64 of KeyRing::wrap("kms:KEY-ID", ...).
    base::Time created{};
    std::string rotation;  // "AUTOMATIC" or "ON_DEMAND"; empty for the first.
};
STORMGLASS_JSON(Material, id, wrapped, created, rotation)

namespace state {
inline constexpr auto enabled = "Enabled", disabled = "Disabled",
                      pending_deletion = "PendingDeletion";
}
namespace manager {
inline constexpr auto customer = "CUSTOMER", aws = "AWS";
}

struct Key {
    std::string id, arn, account, region;
    std::string description;
    std::string state = state::enabled;
    std::string manager = manager::customer;
    std::string policy;
    std::map<std::string, std::string> tags;
    base::Time created{};
    std::optional<base::Time> deletion_date;
    int pending_window_days = 0;
    std::optional<base::Time> next_rotation;  // Set while automatic rotation is on.
    int rotation_period_days = 0;
    std::vector<Material> materials;
};
STORMGLASS_JSON(Key, id, arn, account, region, description, state, manager, policy, tags, created,
                deletion_date, pending_window_days, next_rotation, rotation_period_days, materials)
/// Key: {account, region, id}.
inline constexpr store::Table<Key> keys{"kms/key"};

struct Alias {
    std::string name;  // "alias/x"
    std::string target;
    base::Time created{}, updated{};
};
STORMGLASS_JSON(Alias, name, target, created, updated)
/// Key: {account, region, name}.
inline constexpr store::Table<Alias> aliases{"kms/alias"};

struct Grant {
    std::string id, token, name, grantee, retiring, issuing_account;
    base::Time created{};
    std::vector<std::string> operations;
    std::map<std::string, std::string> context_subset, context_equals;
    bool has_subset = false, has_equals = false;
};
STORMGLASS_JSON(Grant, id, token, name, grantee, retiring, issuing_account, created, operations,
                context_subset, context_equals, has_subset, has_equals)
/// Key: {account, region, key id, grant id}.
inline constexpr store::Table<Grant> grants{"kms/grant"};

}  // namespace stormglass::kms
