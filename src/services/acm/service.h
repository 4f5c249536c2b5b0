// ACM: imported certificates, and their keys for balancer nodes.
#pragma once

#include "api/acm.h"
#include "base/random.h"
#include "services/acm/records.h"
#include "services/common/ports.h"

namespace stormglass::acm {

/// One instance serves every thread; all state is in the request's transaction.
class Service final : public api::Api, public services::Certificates {
public:
    explicit Service(base::Random& random) : random_(random) {}
#include "api/acm_overrides.inc"

    Result<services::LoadedCertificate> load(wire::Request& request, const std::string& arn) override;
    Result<void> set_user(wire::Request& request, const std::string& arn, const std::string& user_arn,
                          bool in_use) override;

private:
    base::Random& random_;
};

}  // namespace stormglass::acm
