// One piece of slow work (a copy of data) beside an instance's passes, so that a primary that dies
// meanwhile is noticed. In the simulation it is done where it is started.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "services/rds/keepers.h"

namespace stormglass::rds {

/// Used by the instance's keeper; the work runs on a thread of its own. The destructor waits for it.
class Job {
public:
    bool is_idle() const { return name_.empty(); }
    bool is(const std::string& name) const { return name_ == name; }
    /// Only when idle.
    void start(WorkMode mode, const std::string& name, std::function<Result<void>()> work);
    /// The outcome, once it has ended; it is idle then.
    std::optional<Result<void>> take();
    /// Makes room where the outcome of other work is there and nobody came for it.
    void give_way_to(const std::string& name) {
        if (!is(name)) (void)take();
    }

private:
    std::string name_;
    std::mutex mutex_;
    std::optional<Result<void>> outcome_;
    std::jthread thread_;
};

}  // namespace stormglass::rds
