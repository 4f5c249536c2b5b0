// IMDSv2 session tokens: they carry their own expiry and are bound to an instance by a MAC, so no
// table of them has to be kept or bounded. A restarted process makes a new key: clients that are
// refused fetch a new token, as they must on AWS.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace stormglass::vpc {

inline constexpr base::Seconds token_life_min{1}, token_life_max{21600};

class SessionTokens {
public:
    explicit SessionTokens(base::Random& random) : key_(random.bytes(32)) {}

    std::string issue(std::string_view instance_id, base::Time now, base::Seconds life) const;
    /// The life left; nullopt: not ours, another instance's, or expired.
    std::optional<base::Seconds> check(std::string_view token, std::string_view instance_id,
                                       base::Time now) const;

private:
    std::string mac(std::string_view instance_id, std::string_view expiry) const;
    std::string key_;
};

}  // namespace stormglass::vpc
