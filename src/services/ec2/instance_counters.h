// What the host counts of an instance: bytes and packets of its interface, operations and bytes of its
// root volume.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace stormglass::ec2 {

struct InstanceCounters {
    double network_in = 0, network_out = 0, packets_in = 0, packets_out = 0;  // Bytes and packets.
    /// Absent: the instance has no volume of its own (its machine has no loop devices).
    std::optional<double> read_ops, write_ops, read_bytes, write_bytes;
};

/// From /proc and /sys; counters begin anew when the instance boots. Not in simulations.
class HostCounters {
public:
    virtual ~HostCounters() = default;
    /// Looks once at what is common to all instances, before they are read one by one.
    virtual void refresh();
    /// `pid`: the instance's init. Nothing when it is gone.
    virtual std::optional<InstanceCounters> read(const std::string& instance_id, int pid);

private:
    std::map<std::string, std::string> volume_stats_;  // Path of the device's stat, by instance.
};

}  // namespace stormglass::ec2
