// What the reconciler last saw of the machine, for the operations that answer with observations.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace stormglass::ec2 {

/// Thread-safe. Empty until the reconciler's first pass: nothing is claimed that was not seen.
class Observed {
public:
    /// The interfaces whose veth exists and is up, in all VPCs.
    void set_interfaces(std::set<std::string> ids) {
        const std::lock_guard lock(mutex_);
        interfaces_ = std::move(ids);
    }
    /// The instances whose init runs, with its pid, and those of them that hang.
    void set_instances(std::map<std::string, int> running, std::set<std::string> hanging = {}) {
        const std::lock_guard lock(mutex_);
        running_ = std::move(running);
        hanging_ = std::move(hanging);
    }
    /// Frozen or stopped: it runs, and nothing in it does.
    bool hangs(const std::string& instance_id) const {
        const std::lock_guard lock(mutex_);
        return hanging_.contains(instance_id);
    }
    bool is_plugged(const std::string& interface_id) const {
        const std::lock_guard lock(mutex_);
        return interfaces_.contains(interface_id);
    }
    bool is_running(const std::string& instance_id) const { return pid_of(instance_id) != 0; }
    /// 0: not running.
    int pid_of(const std::string& instance_id) const {
        const std::lock_guard lock(mutex_);
        const auto found = running_.find(instance_id);
        return found == running_.end() ? 0 : found->second;
    }

private:
    mutable std::mutex mutex_;
    std::set<std::string> interfaces_;
    std::map<std::string, int> running_;
    std::set<std::string> hanging_;
};

}  // namespace stormglass::ec2
