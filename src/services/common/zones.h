// The regions and Availability Zones under glass: every published region, three zones each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stormglass::services {

struct Zone {
    std::string name;  // "us-east-1a"
    std::string id;    // "use1-az1"
};

const std::vector<std::string>& regions();
bool is_region(std::string_view name);
/// Three zones, in order; the mapping of names to ids is the same for every account here.
std::vector<Zone> zones_of(std::string_view region);
/// "use1" of "us-east-1".
std::string region_code(std::string_view region);
/// The region of a zone name: "us-east-1" of "us-east-1a".
std::string region_of_zone(std::string_view zone);

}  // namespace stormglass::services
