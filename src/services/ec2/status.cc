// What `stormglass status` shows of ec2: observed, not recorded.
#include "services/common/zones.h"
#include "services/ec2/reconciler.h"

namespace stormglass::ec2 {

Result<base::Json> InstancesStatus::status(store::Tx& tx) {
    auto items = base::Json::array();
    for (const auto& region : TRY(load_regions(tx))) {
        for (const auto& instance : region.instances) {
            if (instance.state == "terminated") continue;
            const auto* interface = by_id(region.interfaces, instance.interface_id);
            const auto tags = region.instance_tags.find(instance.id);
            std::string name;
            if (tags != region.instance_tags.end() && tags->second.contains("Name")) {
                name = tags->second.at("Name");
            }
            items.push_back(
                {{"id", instance.id},
                 {"name", name},
                 {"account", region.account},
                 {"region", region.region},
                 {"zone", instance.zone},
                 {"type", instance.type},
                 {"state", instance.state},
                 {"running", observed_.is_running(instance.id)},
                 {"pid", observed_.pid_of(instance.id)},
                 {"network", observed_.is_plugged(instance.interface_id)},
                 {"private_address", interface == nullptr ? "" : interface->address},
                 {"public_address", interface == nullptr ? "" : interface->public_address}});
        }
    }
    return items;
}

Result<base::Json> ZonesStatus::status(store::Tx&) {
    auto items = base::Json::array();
    for (const auto& zone : services::zones_of(region_)) {
        items.push_back({{"name", zone.name}, {"id", zone.id}, {"state", "available"}});
    }
    return items;
}

}  // namespace stormglass::ec2
