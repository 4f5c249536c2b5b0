// Slow work on the substrate (launching, halting), one piece per instance at a time, beside the
// reconciler's pass. In the simulation it is done at once, so that a seed repeats.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"

namespace stormglass::ec2 {

enum class WorkMode { threads, at_once };
enum class WorkKind { launch, reboot, halt, remove, power_off, power_on };

/// Used by the reconciler's thread alone; the work itself runs on threads of its own. The destructor
/// waits for what is under way.
class Background {
public:
    explicit Background(WorkMode mode) : mode_(mode) {}

    /// False when there is no room now, or work of that key is under way or not taken yet.
    bool start(const std::string& key, WorkKind kind, std::function<Result<void>()> work);
    bool has(const std::string& key) const { return jobs_.contains(key); }
    /// The outcome of finished work of this kind, once. Finished work of another kind, which nobody
    /// waits for any more, is dropped.
    std::optional<Result<void>> take(const std::string& key, WorkKind kind);
    bool is_empty() const { return jobs_.empty(); }
    /// Outcomes that nobody will ask for (of keys for which `known` is false) are dropped.
    void drop_unknown(const std::function<bool(const std::string&)>& known);

private:
    struct Job {
        WorkKind kind;
        std::mutex mutex;
        std::optional<Result<void>> outcome;
        std::jthread thread;
    };
    static constexpr std::size_t jobs_max = 32;
    bool is_done(const std::string& key);

    WorkMode mode_;
    std::map<std::string, std::unique_ptr<Job>> jobs_;
};

}  // namespace stormglass::ec2
