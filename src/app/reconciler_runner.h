// Runs each reconciler on a thread of its own until told to stop, and knows how each last fared.
#pragma once

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "services/common/reconciler.h"

namespace stormglass::app {

/// How a reconciler fares, in real time.
struct PassReport {
    std::string name;
    std::uint64_t passes = 0;              // Ended ones.
    std::optional<base::Time> last_ended;  // Nothing before the first has ended.
    std::optional<base::Time> at_work_since;
    std::string error;                     // Of the last pass; empty when it went well.
    std::optional<base::Time> failing_since;
};

class ReconcilerRunner {
public:
    static constexpr base::Millis rest_after_error{500};
    static constexpr base::Millis rest_min{20};  // However often commits wake it.

    ~ReconcilerRunner() { stop(); }
    void start(services::Reconciler& reconciler);
    /// All reconcilers look again soon.
    void wake();
    /// Returns when every pass in progress has ended.
    void stop();
    /// No pass begins from now on; returns when those in progress have ended, or with an error that
    /// names one that has not within `patience` (then they go on).
    Result<void> pause(base::Millis patience);
    void resume();
    std::vector<PassReport> reports() const;

private:
    struct Runner {
        services::Reconciler& reconciler;
        PassReport report;
        std::thread thread;
    };

    void run(Runner& runner);
    /// False: it is to stop.
    bool begin_pass(Runner& runner, std::uint64_t& seen);
    void end_pass(Runner& runner, const Result<base::Millis>& outcome, std::uint64_t seen);
    Runner* busy_one();

    base::SystemClock clock_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;  // A wake, a pause's end.
    // Of their own, since commits wake often and who rests after a pass would only fall asleep again.
    std::condition_variable ended_, stopped_;
    std::uint64_t wakes_ = 0;
    bool stopping_ = false, paused_ = false;
    std::list<Runner> runners_;
};

}  // namespace stormglass::app
