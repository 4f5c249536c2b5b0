// Whether a server's network leads anywhere: its namespace is the one that its address is plugged
// into, and the VPC's router answers from there. Echo requests are sent at each look and their
// replies read at the next, so that looking never waits.
#pragma once

#include <optional>
#include <string>

#include "base/file.h"

namespace stormglass::substrate::mysql {

class Reach {
public:
    /// False: no reply since the last look, or the namespace is another one. True also where nobody
    /// can tell: a namespace without a router.
    bool look(int pid, const std::string& network_namespace);

private:
    bool read_replies();
    void send_echo();

    base::UniqueFd socket_;
    std::string gateway_;  // In hexadecimal, as /proc/net/route has it.
    bool asked_ = false;
};

}  // namespace stormglass::substrate::mysql
