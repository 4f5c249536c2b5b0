#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

Dimensions sorted(const wire::List<api::Dimension>& dimensions) {
    Dimensions all;
    for (const auto& one : dimensions) {
        all.push_back({one.name.value_or(""), one.value.value_or("")});
    }
    std::ranges::sort(all);
    return all;
}

wire::List<api::Dimension> shown(const Dimensions& dimensions) {
    wire::List<api::Dimension> all;
    all.present = true;
    for (const auto& one : dimensions) all.push_back({one.name, one.value});
    return all;
}

void put_alarm(store::Tx& tx, const Alarm& alarm) {
    alarms.put(tx, {alarm.account, alarm.region, alarm.name}, alarm);
}

Result<std::optional<Alarm>> find_alarm(wire::Request& request, const std::string& name) {
    return alarms.get(request.tx(), {request.account, request.region, name});
}

}  // namespace stormglass::cloudwatch
