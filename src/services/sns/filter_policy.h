// Filter policies of subscriptions: which messages a subscriber wants to see, by their attributes
// or by their body. Pure. Reference: "Amazon SNS subscription filter policies" in the SNS developer
// guide.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "services/sns/queue.h"

namespace stormglass::sns {

class FilterPolicy {
public:
    static constexpr std::size_t keys_max = 5;
    static constexpr std::uint64_t combinations_max = 150;

    /// Checks all of it. Errors are texts that belong behind "FilterPolicy: ".
    static Result<FilterPolicy> parse(const std::string& text);

    bool matches_attributes(const std::map<std::string, MessageAttribute>& attributes) const;
    /// A body that is not a JSON object matches no policy but the empty one.
    bool matches_body(const std::string& text) const;

private:
    explicit FilterPolicy(base::Json policy) : policy_(std::move(policy)) {}
    base::Json policy_;
};

/// "10.0.0.0/24" and what may be in it; nullopt-like false when either is no address.
bool is_in_cidr(const std::string& cidr, const std::string& address);

}  // namespace stormglass::sns
