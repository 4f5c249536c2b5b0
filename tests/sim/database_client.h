// An application's connection to each database: it finds the server by name, writes, and remembers
// what was acknowledged. None of that may ever be missing on whoever is primary.
#pragma once

#include <map>
#include <vector>

#include "invariants.h"

namespace stormglass::sim {

class DatabaseClient {
public:
    explicit DatabaseClient(World& world) : world_(world) {}
    void write();
    /// What the present primary has lost.
    Problems lost() const;

private:
    World& world_;
    int written_ = 0;
    std::map<std::string, std::vector<int>> acknowledged_;  // By resource id.
};

}  // namespace stormglass::sim
