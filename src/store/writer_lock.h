// The lock that serialises writers. Held while a handler runs, so waiting for it is bounded and
// taking it twice in one thread is a programming error, not a deadlock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace stormglass::store {

/// How long write() waits; a handler that holds the lock longer is at fault.
inline constexpr std::chrono::seconds writer_wait_max{20};

class WriterLock {
public:
    /// Holds the lock until it dies; may be given up in another thread than took it.
    class Hold {
    public:
        explicit Hold(WriterLock& lock) : lock_(&lock) {}
        Hold(Hold&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
        Hold& operator=(Hold&& other) noexcept {
            std::swap(lock_, other.lock_);
            return *this;
        }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;
        ~Hold() {
            if (lock_ != nullptr) lock_->release();
        }

    private:
        WriterLock* lock_;
    };

    /// Nothing when the lock does not come free in time.
    std::optional<Hold> acquire(std::chrono::milliseconds wait = writer_wait_max);

private:
    void release();

    std::mutex mutex_;
    std::condition_variable freed_;
    bool held_ = false;
    std::thread::id holder_;
};

}  // namespace stormglass::store
