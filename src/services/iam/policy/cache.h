// Parsed documents by their text: a request parses none of the policies it meets every time.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "services/iam/policy/policy.h"

namespace stormglass::policy {

/// Thread-safe and bounded: two generations of at most `bytes_max` of text; the older is dropped
/// when the younger is full. Documents that do not parse are not remembered.
class PolicyCache {
public:
    static constexpr std::size_t bytes_max = 4 << 20;

    Result<PolicyPtr> get(std::string_view text, PolicyKind kind);
    std::size_t bytes() const;

private:
    using Map = std::unordered_map<std::string, PolicyPtr>;
    mutable std::mutex mutex_;
    Map young_, old_;
    std::size_t young_bytes_ = 0, old_bytes_ = 0;
};

}  // namespace stormglass::policy
