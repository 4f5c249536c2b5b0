// What a step of a game day does: carried out from outside, as an operator or the machine's own failure would.
#pragma once

#include "app/gameday/script.h"
#include "app/realm_paths.h"

namespace stormglass::gameday {

struct Region {
    std::string data_dir, program;  // `program`: our own executable, for `az`, `shell` and `up`.
    app::DaemonFacts daemon;
};

/// Returns when the action is done (not when its consequences are).
Result<void> carry_out(const Step& step, const Region& region);

}  // namespace stormglass::gameday
