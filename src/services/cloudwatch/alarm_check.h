// What PutMetricAlarm accepts.
#pragma once

#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

Result<void> check_alarm(const api::PutMetricAlarmInput& input);

}  // namespace stormglass::cloudwatch
