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
            synced_.wait(guard);
            continue;
        }
        is_syncing_ = true;
        guard.unlock();
        const std::uint64_t covered = latest();
        const auto outcome = sync_();
        sync_count_.fetch_add(1, std::memory_order_relaxed);
        guard.lock();
        is_syncing_ = false;
        if (outcome) {
            durable_ = covered;
        } else {
            failure_ = outcome.error();
        }
        synced_.notify_all();
    }
    return {};
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
