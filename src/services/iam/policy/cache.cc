#include "services/iam/policy/cache.h"

namespace stormglass::policy {

Result<PolicyPtr> PolicyCache::get(std::string_view text, PolicyKind kind) {
    std::string key(1, static_cast<char>('0' + static_cast<int>(kind)));
    key += text;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = young_.find(key); found != young_.end()) return found->second;
        if (const auto found = old_.find(key); found != old_.end()) return found->second;
    }
    PolicyPtr policy = TRY(parse_policy(text, kind));
    const std::lock_guard lock(mutex_);
    if (young_bytes_ + key.size() > bytes_max) {
        old_ = std::move(young_);
        old_bytes_ = young_bytes_;
        young_.clear();
        young_bytes_ = 0;
    }
    const std::size_t size = key.size();
    if (young_.emplace(std::move(key), policy).second) young_bytes_ += size;
    return policy;
}

std::size_t PolicyCache::bytes() const {
    const std::lock_guard lock(mutex_);
    return young_bytes_ + old_bytes_;
}

}  // namespace stormglass::policy
