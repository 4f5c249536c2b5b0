#include "services/common/zones.h"

#include <algorithm>

#include "base/strings.h"

namespace stormglass::services {

const std::vector<std::string>& regions() {
    static const std::vector<std::string> all{
        "af-south-1",     "ap-east-1",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
        "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
        "ap-southeast-4", "ca-central-1",   "ca-west-1",      "eu-central-1",   "eu-central-2",
        "eu-north-1",     "eu-south-1",     "eu-south-2",     "eu-west-1",      "eu-west-2",
        "eu-west-3",      "il-central-1",   "me-central-1",   "me-south-1",     "sa-east-1",
        "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2"};
    return all;
}

bool is_region(std::string_view name) {
    return std::find(regions().begin(), regions().end(), name) != regions().end();
}

std::string region_code(std::string_view region) {
    const auto parts = base::split(region, '-');
    if (parts.size() < 3) return std::string(region);
    std::string code = parts[0];
    for (const char* word : {"north", "south", "east", "west", "central"}) {
        // "southeast" is "se": each compass word gives its letter.
        if (parts[1] == "central") return code + "c" + parts[2];
        if (parts[1].find(word) != std::string::npos && std::string_view(word) != "central") {
            code += word[0];
        }
    }
    return code + parts[2];
}

std::vector<Zone> zones_of(std::string_view region) {
    std::vector<Zone> zones;
    for (const char letter : {'a', 'b', 'c'}) {
        zones.push_back({std::string(region) + letter,
                         region_code(region) + "-az" + static_cast<char>(letter - 'a' + '1')});
    }
    return zones;
}

std::string region_of_zone(std::string_view zone) {
    return std::string(zone.substr(0, zone.empty() ? 0 : zone.size() - 1));
}

}  // namespace stormglass::services
