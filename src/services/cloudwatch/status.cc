#include "services/cloudwatch/status.h"

#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

Result<base::Json> AlarmsStatus::status(store::Tx& tx) {
    base::Json all = base::Json::array();
    TRY(alarms.scan(tx, {}, [&](Alarm& alarm) {
        all.push_back(
            {{"name", alarm.name}, {"state", alarm.state}, {"reason", alarm.state_reason}});
    }));
    return all;
}

}  // namespace stormglass::cloudwatch
