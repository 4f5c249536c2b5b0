// Auto Scaling's API: what is wanted of groups is checked and recorded here; the reconciler does it.
#pragma once

#include "api/autoscaling.h"
#include "api/cloudwatch.h"
#include "api/ec2.h"
#include "api/elbv2.h"
#include "base/random.h"
#include "services/common/ports.h"
#include "services/autoscaling/records.h"

namespace stormglass::autoscaling {

/// The other services a group lives on; all outlive their users. Null: there is no such service.
struct Peers {
    stormglass::ec2::api::Api& ec2;
    stormglass::elbv2::api::Api* elbv2 = nullptr;
    services::Notifications* notifications = nullptr;
    stormglass::cloudwatch::api::Api* cloudwatch = nullptr;
};

/// Thread-safe: all state is in the request's transaction.
class Service final : public api::Api {
public:
    Service(base::Random& random, Peers peers) : random_(random), peers_(peers) {}

#include "api/autoscaling_overrides.inc"

private:
    base::Random& random_;
    Peers peers_;
};

}  // namespace stormglass::autoscaling
