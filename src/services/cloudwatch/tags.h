// Tags of alarms and dashboards.
#pragma once

#include <map>
#include <string>

#include "api/cloudwatch.h"

namespace stormglass::cloudwatch {

Result<void> add_tags(std::map<std::string, std::string>& tags, const wire::List<api::Tag>& added);

}  // namespace stormglass::cloudwatch
