// STS: who am I, and temporary credentials. The sessions themselves are iam's
// (services::RoleSessions).
#pragma once

#include "api/sts.h"
#include "services/common/ports.h"

namespace stormglass::sts {

/// Stateless; one instance serves every thread.
class Service final : public api::Api {
public:
    explicit Service(services::RoleSessions& sessions) : sessions_(sessions) {}
#include "api/sts_overrides.inc"

private:
    services::RoleSessions& sessions_;
};

}  // namespace stormglass::sts
