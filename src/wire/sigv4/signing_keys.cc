#include "wire/sigv4/signing_keys.h"

#include "base/crypto.h"

namespace stormglass::wire::sigv4 {
namespace {

std::string cache_key(const KeyScope& scope) {
    std::string key;
    key.reserve(scope.access_key_id.size() + scope.date.size() + scope.region.size() +
                scope.service.size() + 3);
    key.append(scope.access_key_id).append(1, '/').append(scope.date).append(1, '/');
    key.append(scope.region).append(1, '/').append(scope.service);
    return key;
}

}  // namespace

std::string derive_signing_key(const KeyScope& scope, std::string_view secret_access_key) {
    std::string key = base::hmac_sha256("AWS4" + std::string(secret_access_key), scope.date);
    key = base::hmac_sha256(key, scope.region);
    key = base::hmac_sha256(key, scope.service);
    return base::hmac_sha256(key, "aws4_request");
}

std::string SigningKeys::get(const KeyScope& scope, std::string_view secret_access_key) {
    std::string name = cache_key(scope);
    {
        const std::lock_guard lock(mutex_);
        for (const Map* map : {&young_, &old_}) {
            const auto found = map->find(name);
            if (found != map->end() && found->second.secret == secret_access_key) {
                return found->second.key;
            }
        }
    }
    std::string key = derive_signing_key(scope, secret_access_key);
    const std::lock_guard lock(mutex_);
    if (young_.size() >= entries_max) {
        old_ = std::move(young_);
        young_.clear();
    }
    young_.insert_or_assign(std::move(name), Entry{std::string(secret_access_key), key});
    return key;
}

std::size_t SigningKeys::size() const {
    const std::lock_guard lock(mutex_);
    return young_.size() + old_.size();
}

}  // namespace stormglass::wire::sigv4
