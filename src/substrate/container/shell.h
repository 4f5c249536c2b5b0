// `stormglass shell ID [-- COMMAND...]`: a command in a running instance, as confined as everything
// else in it. With a terminal on both ends it gets a terminal of the instance's own.
#pragma once

#include <string>
#include <vector>

#include "substrate/realm.h"

namespace stormglass::substrate {

/// An empty `argv` means root's login shell. Returns the command's exit status (128 + signal if it
/// was killed), or 1 after a line on stderr where there is no such instance or it does not run.
int run_shell(const Realm& realm, const std::string& id, const std::vector<std::string>& argv);

}  // namespace stormglass::substrate
