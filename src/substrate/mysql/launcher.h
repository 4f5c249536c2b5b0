// Starts a server (or the backup tool) where it can see its own folders and its key, and nobody
// else can see the key: a mount namespace with a small root of its own. Data and run folders lie
// under folders of mode 0700 that an unprivileged server could not even enter, so they are bound
// into that root; the key comes in on stdin and lies on the root's own tmpfs, which ends with the
// server. A root of its own also means that no mount of the host (an instance's root, a named
// network namespace) is kept alive by a server that merely started while it was there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "substrate/mysql/engine.h"
#include "substrate/mysql/layout.h"

namespace stormglass::substrate::mysql {

struct Launch {
    const Layout& layout;
    std::optional<std::string> copy;  // A folder to bind at inside::copy.
    std::optional<ServerUser> user;   // Dropped to, with every capability; none: stays root.
    std::vector<std::string> argv;    // With the paths of layout.h's `inside`.
};

/// The whole command. The key file's text must come on its stdin.
std::vector<std::string> launch_command(const Launch& launch);

/// file_key_management's file format, with the one key we use.
std::string key_file_text(const std::string& key);

}  // namespace stormglass::substrate::mysql
