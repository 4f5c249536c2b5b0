// Where one daemon's things live, so that several can run side by side without touching each other.
#pragma once

#include <string>

namespace stormglass::substrate {

/// One data directory's names. Everything that the substrate makes carries `id`.
struct Realm {
    std::string id;        // 6 lower-case hex digits, from the data directory's real path.
    std::string data_dir;  // On disk, 0700; survives a reboot.
    std::string run_dir;   // /run/stormglass/<id>, 0700, on tmpfs: sockets, namespaces, plane configs.
    std::string program;   // Path of the stormglass binary (/proc/self/exe), for planes and inits.
};

}  // namespace stormglass::substrate
