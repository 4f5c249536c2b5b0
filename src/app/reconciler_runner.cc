#include "app/reconciler_runner.h"

#include <map>

#include "base/log.h"

namespace stormglass::app {

void ReconcilerRunner::start(services::Reconciler& reconciler) {
    threads_.emplace_back([this, &reconciler] { run(reconciler); });
}

void ReconcilerRunner::wake() {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    changed_.notify_all();
}

void ReconcilerRunner::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void ReconcilerRunner::run(services::Reconciler& reconciler) {
    std::string last_error;
    for (;;) {
        std::uint64_t seen = 0;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
            seen = wakes_;
        }
        base::Millis rest = rest_after_error;
        Result<base::Millis> outcome = fail(Domain::system, "Exception", "");
        try {
            outcome = reconciler.reconcile();
        } catch (const std::exception& error) {
            outcome = fail(Domain::system, "Exception", error.what());
        }
        if (outcome) {
            rest = *outcome;
            last_error.clear();
        } else if (outcome.error().message != last_error) {  // The same again is not news.
            last_error = outcome.error().message;
            spdlog::warn("{}: {}: {}", reconciler.name(), outcome.error().code, last_error);
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, rest_min, [&] { return stopping_; });
        if (outcome) {
            changed_.wait_for(lock, rest, [&] { return stopping_ || wakes_ != seen; });
        } else {
            changed_.wait_for(lock, rest, [&] { return stopping_; });
        }
    }
}

}  // namespace stormglass::app
