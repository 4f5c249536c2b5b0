#include "store/group_sync.h"

namespace stormglass::store {

Result<void> GroupSync::wait(std::uint64_t number) {
    std::unique_lock guard(mutex_);
    if (number > doubtful_after_ && number <= doubtful_to_) {
        return fail(Domain::store, "StoreFailed", "the disk failed before this was durable");
    }
    while (durable_ < number) {
        if (failure_) return std::unexpected(*failure_);
        if (is_syncing_) {
            sleepers_of(number <= covering_ ? round_ : round_ + 1).wait(guard);
        } else {
            lead(guard);
        }
    }
    return {};
}

void GroupSync::lead(std::unique_lock<std::mutex>& guard) {
    is_syncing_ = true;
    const std::uint64_t round = ++round_;
    const std::uint64_t covered = covering_ = latest();
    guard.unlock();
    const auto outcome = sync_();
    sync_count_.fetch_add(1, std::memory_order_relaxed);
    guard.lock();
    is_syncing_ = false;
    if (outcome) {
        durable_ = covered;
    } else {
        failure_ = outcome.error();
    }
    sleepers_of(round).notify_all();
    // Of those who came too late one leads the next sync; the others sleep on, it covers them.
    if (outcome) {
        sleepers_of(round + 1).notify_one();
    } else {
        sleepers_of(round + 1).notify_all();
    }
}

void GroupSync::restart() {
    const std::lock_guard guard(mutex_);
    failure_.reset();
    doubtful_after_ = durable_;
    doubtful_to_ = latest();
    durable_ = latest();
}

std::optional<Error> GroupSync::failure() const {
    const std::lock_guard guard(mutex_);
    return failure_;
}

}  // namespace stormglass::store
