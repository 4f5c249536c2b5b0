#include "services/ec2/spot.h"

#include "services/common/ids.h"
#include "services/ec2/input.h"
#include "services/ec2/instances.h"

namespace stormglass::ec2 {

bool is_spot(const Instance& instance) { return !instance.spot_request_id.empty(); }

Result<void> read_market(const api::RunInstancesInput& input, base::Random& random,
                         Instance& instance) {
    if (!input.instance_market_options) return {};
    const auto& market = *input.instance_market_options;
    const std::string type = market.market_type.value_or("spot");
    if (type != "spot") return unsupported("the market type " + type);
    if (market.spot_options) {
        const auto& spot = *market.spot_options;
        TRY(check_nested("RunInstances", "InstanceMarketOptions.SpotOptions", &spot,
                         {"MaxPrice", "SpotInstanceType", "InstanceInterruptionBehavior"}));
        if (spot.spot_instance_type.value_or("one-time") != "one-time") {
            return unsupported("persistent Spot instance requests");
        }
        if (spot.instance_interruption_behavior.value_or("terminate") != "terminate") {
            return unsupported("Spot instances that stop or hibernate when interrupted");
        }
    }
    instance.spot_request_id = "sir-" + services::new_id(random, "sir").substr(4, 8);
    return {};
}

void set_spot_reason(Instance& instance, base::Time now) {
    instance.state = state::shutting_down;
    instance.state_reason_code = "Server.SpotInstanceTermination";
    instance.state_reason_message =
        "Server.SpotInstanceTermination: Instance terminated by Spot service";
    instance.reason = fmt::format("Server.SpotInstanceTermination ({})", base::iso8601_seconds(now));
}

Result<void> SpotInterrupter::interrupt(wire::Request& request, const std::string& instance_id,
                                        base::Seconds until) {
    const Instance instance = TRY(need(request, instances, instance_id));
    if (!is_spot(instance)) {
        return aws_error("InvalidParameterValue",
                         fmt::format("The instance '{}' is not a Spot Instance", instance_id));
    }
    if (instance.state != state::running) {
        return aws_error("IncorrectInstanceState",
                         fmt::format("The instance '{}' is not in a state from which it can be "
                                     "interrupted.", instance_id));
    }
    const store::Parts key{request.account, request.region, instance_id};
    if (TRY(services::spot_notices.get(request.tx(), key))) return {};  // It has its time already.
    services::SpotNotice notice{.recommended = request.now,
                                .ends = request.now + std::max(until, services::spot_warning)};
    services::spot_notices.put(request.tx(), key, notice);
    timeline_.add({.time = request.now, .kind = "fault", .subject = instance_id,
                   .text = "Spot interruption: EC2 takes it back at " +
                           base::iso8601_seconds(notice.ends),
                   .region = request.region});
    return {};
}

}  // namespace stormglass::ec2
