#include "store/writer_lock.h"

#include "base/check.h"

namespace stormglass::store {

std::optional<WriterLock::Hold> WriterLock::acquire(std::chrono::milliseconds wait) {
    std::unique_lock guard(mutex_);
    CHECK(!held_ || holder_ != std::this_thread::get_id());  // A second write() inside a handler.
    if (!freed_.wait_for(guard, wait, [&] { return !held_; })) return std::nullopt;
    held_ = true;
    holder_ = std::this_thread::get_id();
    return Hold(*this);
}

void WriterLock::release() {
    {
        const std::lock_guard guard(mutex_);
        held_ = false;
    }
    freed_.notify_one();
}

}  // namespace stormglass::store
