// The metrics a group can have of itself (AWS/AutoScaling).
#pragma once

#include <map>

#include "services/autoscaling/records.h"

namespace stormglass::autoscaling {

/// Every figure by its metric's name.
std::map<std::string, double> figures_of(const Group& group, const std::vector<Member>& present);
/// All the names there are, in AWS's order.
const std::vector<std::string>& figure_names();

}  // namespace stormglass::autoscaling
