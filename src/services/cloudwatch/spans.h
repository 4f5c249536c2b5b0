// From the times that a caller gives to the periods that are read.
#pragma once

#include "services/cloudwatch/series.h"

namespace stormglass::cloudwatch {

/// As AWS rounds them: periods begin at the start's whole minute (second, for periods below a
/// minute), of old data at whole five minutes or hours.
Result<Grid> grid_of(Span span, std::int64_t period, base::Time now);
/// Takes the whole last minute in when the end lies inside it.
Grid taken_in(Grid grid);

}  // namespace stormglass::cloudwatch
