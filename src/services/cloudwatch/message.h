// What an alarm sends to an SNS topic: AWS's exact form.
#pragma once

#include <string>
#include <string_view>

#include "services/cloudwatch/records.h"

namespace stormglass::cloudwatch {

/// "US East (N. Virginia)"; the code itself where we know no name.
std::string region_name(std::string_view region);
std::string subject_of(const Alarm& alarm);
std::string message_of(const Alarm& alarm, const std::string& old_state);
/// "2026-11-24T22:15:00.123+0000", as CloudWatch writes times inside of texts.
std::string zoned(base::Time time);

}  // namespace stormglass::cloudwatch
