// Small things written through the API and looked at again after every crash: whatever was
// acknowledged must be there, whatever was not may be there or not.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "world.h"

namespace stormglass::sim {

class Facts {
public:
    explicit Facts(World& world) : world_(world) {}

    /// Writes (or deletes) one of them.
    void write();
    /// Complains of what is not as it may be.
    void check();

private:
    using Value = std::optional<std::string>;
    World& world_;
    int written_ = 0;
    std::map<std::string, std::set<Value>> possible_;  // By parameter name.
};

}  // namespace stormglass::sim
