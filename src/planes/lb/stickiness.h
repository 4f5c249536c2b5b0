// Cookies that keep a client with its target (AWSALB, AWSALBAPP-n) or its group (AWSALBTG). Their
// content is sealed with the load balancer's key: opaque, and a changed one is simply ignored.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "planes/lb/http1/head.h"
#include "planes/lb/snapshot.h"

namespace stormglass::lb {

/// The value of a request's cookie, or nothing.
std::optional<std::string_view> find_cookie(const std::vector<http1::Field>& fields,
                                            std::string_view name);

struct StickyTarget {
    std::string id;
    int port = 0;
};

/// What a request and its response have to do with cookies. Made per request; cheap.
class Stickiness {
public:
    Stickiness(const Snapshot& snapshot, base::Random& random, std::int64_t unix_seconds)
        : snapshot_(snapshot), random_(random), now_(unix_seconds) {}

    /// The target that the request's cookie names in this group; nothing when there is none, it is
    /// too old, or it was not ours.
    std::optional<StickyTarget> target_of(const TargetGroup& group,
                                          const std::vector<http1::Field>& fields) const;
    /// The group that the request's cookie names for this rule.
    const TargetGroup* group_of(const Rule& rule, const ForwardPlan& plan,
                                const std::vector<http1::Field>& fields) const;

    enum class Scheme { http, https };
    void add_group_cookies(const Rule& rule, const TargetGroup& group, Scheme scheme,
                           std::vector<std::string>& to) const;
    /// lb_cookie: always. app_cookie: when the response sets the application's cookie, or the
    /// request had both.
    void add_target_cookies(const TargetGroup& group, const Target& target, Scheme scheme,
                            std::vector<std::string>& to) const;
    /// Whether this response carries the application's own cookie.
    static bool sets_application_cookie(const TargetGroup& group,
                                        const std::vector<http1::Field>& response_fields);

private:
    std::string seal(std::string_view kind, std::string_view text, std::int64_t seconds) const;
    std::optional<std::string> open(std::string_view kind, std::string_view value) const;
    void add_pair(std::string_view name, const std::string& value, Scheme scheme,
                  std::vector<std::string>& to) const;

    const Snapshot& snapshot_;
    base::Random& random_;
    std::int64_t now_;
};

}  // namespace stormglass::lb
