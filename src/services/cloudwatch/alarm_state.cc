// SetAlarmState: a state by hand, until the next evaluation.
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/transitions.h"

namespace stormglass::cloudwatch {

Result<api::SetAlarmStateOutput> Service::set_alarm_state(wire::Request& request,
                                                          const api::SetAlarmStateInput& input) {
    auto alarm = TRY(find_alarm(request, input.alarm_name));
    if (!alarm) return api::resource_not_found("");
    if (input.state_reason_data && !base::parse_json(*input.state_reason_data)) {
        return api::invalid_format("StateReasonData is not valid JSON");
    }
    TRY(transitions_.change(request, *alarm,
                            {input.state_value, input.state_reason, input.state_reason_data, {}}));
    return api::SetAlarmStateOutput{};
}

}  // namespace stormglass::cloudwatch
