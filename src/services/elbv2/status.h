// "load_balancers" of `stormglass status`: nodes, targets and front door as observed.
#pragma once

#include "api/ec2.h"
#include "services/common/ports.h"
#include "services/elbv2/observed.h"

namespace stormglass::elbv2 {

class BalancersStatus final : public services::StatusSource {
public:
    BalancersStatus(store::Store& store, const base::Clock& clock, ec2::api::Api& ec2,
                    const Observed& observed)
        : store_(store), clock_(clock), ec2_(ec2), observed_(observed) {}
    std::string_view status_key() const override { return "load_balancers"; }
    Result<base::Json> status(store::Tx& tx) override;

private:
    store::Store& store_;
    const base::Clock& clock_;
    ec2::api::Api& ec2_;
    const Observed& observed_;
};

}  // namespace stormglass::elbv2
