// What `stormglass status` shows of ec2: observed, not recorded.
#include "services/common/zone_health.h"
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
                 {"hangs", observed_.hangs(instance.id)},
                 {"pid", observed_.pid_of(instance.id)},
                 {"network", observed_.is_plugged(instance.interface_id) &&
                                 services::is_usable(region.zone_state(instance.zone))},
                 {"private_address", interface == nullptr ? "" : interface->address},
                 {"public_address", interface == nullptr ? "" : interface->public_address}});
        }
    }
    return items;
}

Result<base::Json> ZonesStatus::status(store::Tx& tx) {
    std::map<std::string, int> running;
    for (const auto& region : TRY(load_regions(tx))) {
        for (const auto& one : region.instances) {
            running[one.zone] += observed_.is_running(one.id) ? 1 : 0;
        }
    }
    auto items = base::Json::array();
    for (const auto& zone : services::zones_of(region_)) {
        const auto fault = TRY(services::zone_fault(tx, zone.name));
        base::Json item{{"name", zone.name},
                        {"id", zone.id},
                        {"state", fault ? fault->mode == "slow" ? "impaired" : "failed"
                                        : "available"},
                        {"instances_running", running[zone.name]}};
        if (fault) {
            item["mode"] = fault->mode;
            item["since"] = base::iso8601_millis(fault->since);
        }
        if (fault && fault->mode == "slow") {
            item["latency_ms"] = fault->latency_ms;
            item["loss_percent"] = fault->loss_percent;
        }
        items.push_back(std::move(item));
    }
    return items;
}

}  // namespace stormglass::ec2
