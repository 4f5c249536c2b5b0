// A thread for each instance, so that no instance waits for another's work (a copy of data takes
// minutes) when its primary dies. In the simulation there are none: work is done where it is asked
// for, so that a seed repeats.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace stormglass::rds {

enum class WorkMode { at_once, threads };

/// One look at an instance: how long it may rest, and what may end that rest early.
struct Look {
    base::Millis rest{0};
    std::vector<base::UniqueFd> ends;  // Become readable when a server's process ends.
};

/// Used by the reconciler's thread alone. The destructor waits for looks under way.
class Keepers {
public:
    using Work = std::function<Look()>;

    explicit Keepers(WorkMode mode) : mode_(mode) {}
    ~Keepers() { keep_only({}); }

    /// Looks now (at_once), or sees to it that a thread looks soon and again and again. Returns how
    /// long the caller may rest on its account.
    base::Millis keep(const std::string& key, const Work& work);
    /// Ends the others' threads.
    void keep_only(const std::set<std::string>& keys);

private:
    struct Keeper {
        base::UniqueFd poke;  // An eventfd.
        std::jthread thread;
    };
    static void run(const std::stop_token& stop, int poke, const Work& work);

    WorkMode mode_;
    std::map<std::string, std::unique_ptr<Keeper>> keepers_;
};

}  // namespace stormglass::rds
