// One lock per name: calls about one process or instance wait for each other, others do not.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace stormglass::substrate {

/// Thread-safe. Keeps a lock only while somebody uses its name, so it does not grow with history.
class KeyedMutex {
    struct Entry {
        std::mutex mutex;
        int users = 0;
    };

public:
    class Guard {
    public:
        Guard(KeyedMutex& owner, const std::string& key)
            : owner_(owner), key_(key), entry_(owner.enter(key)) {
            entry_.mutex.lock();
        }
        ~Guard() {
            entry_.mutex.unlock();
            owner_.leave(key_);
        }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        KeyedMutex& owner_;
        std::string key_;
        Entry& entry_;
    };

private:
    Entry& enter(const std::string& key) {
        const std::lock_guard lock(mutex_);
        Entry& entry = entries_[key];  // A map's nodes stay where they are.
        entry.users++;
        return entry;
    }
    void leave(const std::string& key) {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (--found->second.users == 0) entries_.erase(found);
    }

    std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

}  // namespace stormglass::substrate
