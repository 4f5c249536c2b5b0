// Idle connections to targets, kept for the next request. One worker's.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "planes/lb/upstream.h"

namespace stormglass::lb {

class UpstreamPool {
public:
    explicit UpstreamPool(EventLoop& loop) : loop_(loop) {}

    /// An idle connection that still looks alive, or null.
    std::unique_ptr<Upstream> take(const TargetState& target);
    /// Keeps it, or closes it when it is of no further use or there are too many.
    void give_back(std::unique_ptr<Upstream> upstream);
    /// Closes those that ended, idled for too long, or whose target takes no more requests.
    void sweep(Duration idle_max);
    void clear() { idle_.clear(); }

private:
    EventLoop& loop_;
    std::map<const TargetState*, std::vector<std::unique_ptr<Upstream>>> idle_;
};

}  // namespace stormglass::lb
