// Scaling policies at work: an alarm (or ExecutePolicy) runs one, the decision (scale_decide.h) is a
// pure function, and the group's desired capacity changes with AWS's words for it.
#pragma once

#include "services/autoscaling/service.h"
#include "services/common/scaling.h"
#include "services/common/timeline.h"

namespace stormglass::autoscaling {

/// Thread-safe: all state is in the request's transaction.
class Scaling final : public services::ScalingPolicies, public services::GroupFigureSource {
public:
    Scaling(services::Timeline& timeline, Peers peers) : timeline_(timeline), peers_(peers) {}
    Result<std::string> run(wire::Request& request, const Trigger& trigger) override;
    Result<std::vector<services::GroupFigures>> group_figures(store::Tx& tx,
                                                              base::Time now) override;

private:
    services::Timeline& timeline_;
    Peers peers_;
};

}  // namespace stormglass::autoscaling
