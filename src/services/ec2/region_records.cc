#include "services/ec2/region_records.h"

namespace stormglass::ec2 {
namespace {

using Regions = std::map<std::pair<std::string, std::string>, RegionRecords>;

template <class Record>
Result<void> load(store::Tx& tx, const Resource<Record>& resource, Regions& regions,
                  std::vector<Record> RegionRecords::*member) {
    return resource.table.scan(
        tx, {}, [&](const std::vector<std::string>& parts, Record& record) {
            auto& region = regions[{parts[0], parts[1]}];
            (region.*member).push_back(std::move(record));
        });
}

}  // namespace

services::ZoneState RegionRecords::zone_state(const std::string& zone) const {
    for (const auto& fault : zone_faults) {
        if (fault.zone == zone) return services::zone_state(fault);
    }
    return services::ZoneState::healthy;
}

Result<std::vector<RegionRecords>> load_regions(store::Tx& tx) {
    Regions regions;
    TRY(load(tx, vpcs, regions, &RegionRecords::vpcs));
    TRY(load(tx, subnets, regions, &RegionRecords::subnets));
    TRY(load(tx, internet_gateways, regions, &RegionRecords::internet_gateways));
    TRY(load(tx, route_tables, regions, &RegionRecords::route_tables));
    TRY(load(tx, acls, regions, &RegionRecords::acls));
    TRY(load(tx, groups, regions, &RegionRecords::groups));
    TRY(load(tx, interfaces, regions, &RegionRecords::interfaces));
    TRY(load(tx, nat_gateways, regions, &RegionRecords::nat_gateways));
    TRY(load(tx, endpoints, regions, &RegionRecords::endpoints));
    TRY(load(tx, instances, regions, &RegionRecords::instances));
    TRY(load(tx, volumes, regions, &RegionRecords::volumes));
    std::vector<RegionRecords> all;
    for (auto& [key, region] : regions) {
        region.account = key.first;
        region.region = key.second;
        region.zone_faults = TRY(services::zone_faults.all(tx, {region.region}));
        TRY(services::spot_notices.scan(
            tx, {region.account, region.region},
            [&](const std::vector<std::string>& parts, services::SpotNotice& notice) {
                region.spot_notices[parts.at(2)] = notice;
            }));
        TRY(services::target_lifecycles.scan(
            tx, {region.account, region.region},
            [&](const std::vector<std::string>& parts, services::TargetLifecycle& one) {
                region.target_lifecycles[parts.at(2)] = one.state;
            }));
        for (const auto& instance : region.instances) {
            auto tags = TRY(tagged.get(tx, {region.account, region.region, instance.id}));
            if (tags) region.instance_tags[instance.id] = std::move(tags->tags);
        }
        all.push_back(std::move(region));
    }
    return all;
}

}  // namespace stormglass::ec2
