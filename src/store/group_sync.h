// One fsync for many commits: the first that waits does the sync for all that are there by then,
// the others wait for it, and those who came too late are served by the next.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "base/result.h"

namespace stormglass::store {

/// Thread-safe. `sync` makes everything durable that was applied before it was called.
class GroupSync {
public:
    explicit GroupSync(std::function<Result<void>()> sync) : sync_(std::move(sync)) {}

    /// To be called after a commit is applied, in order.
    void applied(std::uint64_t number) { applied_.store(number, std::memory_order_release); }
    std::uint64_t latest() const { return applied_.load(std::memory_order_acquire); }
    /// Returns once commit `number` is durable. After a failed sync every wait fails: the kernel
    /// may have dropped the dirty pages, so that a second fsync would lie.
    Result<void> wait(std::uint64_t number);
    /// Goes on after a failure, once all that was applied has been saved in another way. Commits
    /// that waited at the time stay failed: whether they survived is unknown.
    void restart();
    /// The failure that ended this, if any.
    std::optional<Error> failure() const;
    std::uint64_t sync_count() const { return sync_count_.load(std::memory_order_relaxed); }

private:
    std::condition_variable& sleepers_of(std::uint64_t round) {
        return synced_[round % synced_.size()];
    }
    void lead(std::unique_lock<std::mutex>& guard);

    std::function<Result<void>()> sync_;
    std::atomic<std::uint64_t> applied_{0};
    std::atomic<std::uint64_t> sync_count_{0};
    mutable std::mutex mutex_;
    // Who waits for sync n sleeps at n % 2: once, until that sync is over, not until each sync is.
    std::array<std::condition_variable, 2> synced_;
    std::uint64_t durable_ = 0;
    bool is_syncing_ = false;
    std::uint64_t round_ = 0;     // number of the sync that runs, or ran last
    std::uint64_t covering_ = 0;  // the last commit it covers
    std::optional<Error> failure_;
    // Commits in (doubtful_after_, doubtful_to_] were in flight at the last failure.
    std::uint64_t doubtful_after_ = 0;
    std::uint64_t doubtful_to_ = 0;
};

}  // namespace stormglass::store
