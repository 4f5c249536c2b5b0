// The timeline's line about a message that was published.
#pragma once

#include "services/common/timeline.h"
#include "services/sns/queue.h"

namespace stormglass::sns {

services::TimelineEvent published_event(const Topic& topic, const Accepted& accepted,
                                        std::string_view subject, base::Time now);

}  // namespace stormglass::sns
