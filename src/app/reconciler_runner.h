// Runs each reconciler on a thread of its own until told to stop.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "services/common/reconciler.h"

namespace stormglass::app {

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

private:
    void run(services::Reconciler& reconciler);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t wakes_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace stormglass::app
