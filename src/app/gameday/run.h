// A game day from its script to its report.
#pragma once

#include <functional>

#include "app/gameday/actions.h"
#include "app/gameday/analysis.h"

namespace stormglass::gameday {

/// `say` gets a line for people at each step. An error: it could not begin; whatever goes wrong later is in the report.
Result<Report> run_gameday(const Script& script, const Region& region, const std::string& ca_file,
                           const std::function<void(const std::string&)>& say);

}  // namespace stormglass::gameday
