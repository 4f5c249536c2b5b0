// The instance metadata service, apart from sockets: who asks (by source address), may he (IMDSv2),
// and what he gets. Reference: "Instance metadata and user data" in the EC2 user guide.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "planes/vpc/config.h"
#include "planes/vpc/http.h"
#include "planes/vpc/session_token.h"

namespace stormglass::vpc {

/// Used by one thread. Tokens stay valid when a new configuration is taken.
class MetadataService {
public:
    MetadataService(const base::Clock& clock, base::Random& random)
        : clock_(clock), tokens_(random) {}

    void use(std::shared_ptr<const Config> config);
    HttpResponse handle(const HttpRequest& request, const std::string& source_address) const;

private:
    HttpResponse issue_token(const HttpRequest& request, const InstanceMetadata& instance) const;
    HttpResponse read(const HttpRequest& request, const InstanceMetadata& instance) const;

    const base::Clock& clock_;
    SessionTokens tokens_;
    std::shared_ptr<const Config> config_;
    std::map<std::string, const InstanceMetadata*> by_address_;  // Into config_.
};

}  // namespace stormglass::vpc
