// A consistent copy of a running primary, with the position it stands at, by mariadb-backup: pages
// are copied as they are, encrypted.
#pragma once

#include "substrate/mysql/layout.h"
#include "substrate/mysql/template.h"

namespace stormglass::substrate::mysql {

struct CloneRequest {
    const Layout& from;
    const Layout& to;
    const std::string& encryption_key;  // Of both: the pages keep it.
    ServerUser user;
};

/// All of `to.data()` appears, or nothing.
Result<void> clone_server(const CloneRequest& request);

}  // namespace stormglass::substrate::mysql
