#include "services/ec2/instance_counters.h"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/strings.h"

namespace stormglass::ec2 {
namespace {

constexpr double sector_bytes = 512;

/// "/data/instances/i-0123/volume.img" is the volume of i-0123.
std::string instance_of(const std::string& backing_file) {
    const auto parts = base::split(base::trim(backing_file), '/');
    if (parts.size() < 2 || parts.back() != "volume.img") return {};
    return parts[parts.size() - 2];
}

/// Two lines of headings, then "eth0: bytes packets errs drop fifo frame compressed multicast bytes
/// packets ..."; the loopback does not count.
InstanceCounters network_of(const std::string& text) {
    InstanceCounters out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::string name(base::trim(line.substr(0, colon)));
        if (name == "lo") continue;
        std::istringstream numbers(line.substr(colon + 1));
        double in[8] = {}, sent[2] = {};
        for (double& one : in) numbers >> one;
        for (double& one : sent) numbers >> one;
        out.network_in += in[0];
        out.packets_in += in[1];
        out.network_out += sent[0];
        out.packets_out += sent[1];
    }
    return out;
}

}  // namespace

void HostCounters::refresh() {
    volume_stats_.clear();
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/sys/block", error)) {
        const std::string path = entry.path().string();
        if (!entry.path().filename().string().starts_with("loop")) continue;
        const auto backing = base::read_file(path + "/loop/backing_file");
        if (!backing) continue;
        const std::string id = instance_of(*backing);
        if (!id.empty()) volume_stats_[id] = path + "/stat";
    }
}

std::optional<InstanceCounters> HostCounters::read(const std::string& instance_id, int pid) {
    const auto network = base::read_file(fmt::format("/proc/{}/net/dev", pid));
    if (!network) return std::nullopt;
    InstanceCounters out = network_of(*network);
    const auto device = volume_stats_.find(instance_id);
    if (device == volume_stats_.end()) return out;
    const auto text = base::read_file(device->second);
    if (!text) return out;
    std::istringstream numbers(*text);
    double reads = 0, merged = 0, sectors = 0, ms = 0, writes = 0, merged_writes = 0, sectors_out = 0;
    numbers >> reads >> merged >> sectors >> ms >> writes >> merged_writes >> sectors_out;
    out.read_ops = reads;
    out.write_ops = writes;
    out.read_bytes = sectors * sector_bytes;
    out.write_bytes = sectors_out * sector_bytes;
    return out;
}

}  // namespace stormglass::ec2
