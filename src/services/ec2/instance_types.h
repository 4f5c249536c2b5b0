// The instance types on offer: what matters of them is how much of the machine they get.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stormglass::ec2 {

struct InstanceType {
    std::string_view name;
    int vcpus = 1;
    int memory_mib = 1024;
    int threads_per_core = 2;
    std::string_view network = "Up to 5 Gigabit";
    int interfaces = 2, addresses_per_interface = 2;

    bool is_burstable() const { return name.starts_with("t"); }
};

const std::vector<InstanceType>& instance_types();
std::optional<InstanceType> find_instance_type(std::string_view name);

}  // namespace stormglass::ec2
