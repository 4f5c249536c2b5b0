#include "services/ec2/instance_types.h"

namespace stormglass::ec2 {

const std::vector<InstanceType>& instance_types() {
    static const std::vector<InstanceType> types{
        {"t2.nano", 1, 512, 1, "Low to Moderate", 2, 2},
        {"t2.micro", 1, 1024, 1, "Low to Moderate", 2, 2},
        {"t2.small", 1, 2048, 1, "Low to Moderate", 3, 4},
        {"t2.medium", 2, 4096, 1, "Low to Moderate", 3, 6},
        {"t2.large", 2, 8192, 1, "Low to Moderate", 3, 12},
        {"t3.nano", 2, 512, 2, "Up to 5 Gigabit", 2, 2},
        {"t3.micro", 2, 1024, 2, "Up to 5 Gigabit", 2, 2},
        {"t3.small", 2, 2048, 2, "Up to 5 Gigabit", 3, 4},
        {"t3.medium", 2, 4096, 2, "Up to 5 Gigabit", 3, 6},
        {"t3.large", 2, 8192, 2, "Up to 5 Gigabit", 3, 12},
        {"t3.xlarge", 4, 16384, 2, "Up to 5 Gigabit", 4, 15},
        {"t3a.nano", 2, 512, 2, "Up to 5 Gigabit", 2, 2},
        {"t3a.micro", 2, 1024, 2, "Up to 5 Gigabit", 2, 2},
        {"t3a.small", 2, 2048, 2, "Up to 5 Gigabit", 2, 4},
        {"t3a.medium", 2, 4096, 2, "Up to 5 Gigabit", 3, 6},
        {"t3a.large", 2, 8192, 2, "Up to 5 Gigabit", 3, 12},
        {"m5.large", 2, 8192, 2, "Up to 10 Gigabit", 3, 10},
        {"m5.xlarge", 4, 16384, 2, "Up to 10 Gigabit", 4, 15},
        {"m6i.large", 2, 8192, 2, "Up to 12.5 Gigabit", 3, 10},
        {"m6i.xlarge", 4, 16384, 2, "Up to 12.5 Gigabit", 4, 15},
        {"c5.large", 2, 4096, 2, "Up to 10 Gigabit", 3, 10},
        {"c5.xlarge", 4, 8192, 2, "Up to 10 Gigabit", 4, 15},
        {"c6i.large", 2, 4096, 2, "Up to 12.5 Gigabit", 3, 10},
        {"c6i.xlarge", 4, 8192, 2, "Up to 12.5 Gigabit", 4, 15},
        {"r5.large", 2, 16384, 2, "Up to 10 Gigabit", 3, 10},
        {"r5.xlarge", 4, 32768, 2, "Up to 10 Gigabit", 4, 15},
    };
    return types;
}

std::optional<InstanceType> find_instance_type(std::string_view name) {
    for (const auto& type : instance_types()) {
        if (type.name == name) return type;
    }
    return std::nullopt;
}

}  // namespace stormglass::ec2
