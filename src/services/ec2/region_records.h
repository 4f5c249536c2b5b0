// All records of one account in one region, read in one snapshot: what the reconciler plans from.
#pragma once

#include "services/common/instance_notices.h"
#include "services/common/zone_health.h"
#include "services/ec2/records.h"

namespace stormglass::ec2 {

struct RegionRecords {
    std::string account, region;
    base::Time now{};  // Of the pass that read them; set by the reconciler.
    std::vector<Vpc> vpcs;
    std::vector<Subnet> subnets;
    std::vector<InternetGateway> internet_gateways;
    std::vector<RouteTable> route_tables;
    std::vector<Acl> acls;
    std::vector<Group> groups;
    std::vector<Interface> interfaces;
    std::vector<NatGateway> nat_gateways;
    std::vector<Endpoint> endpoints;
    std::vector<Instance> instances;
    std::vector<Volume> volumes;
    std::map<std::string, std::map<std::string, std::string>> instance_tags;
    std::map<std::string, services::SpotNotice> spot_notices;  // By instance.
    std::map<std::string, std::string> target_lifecycles;       // By instance, of groups' members.
    std::vector<services::ZoneFault> zone_faults;

    services::ZoneState zone_state(const std::string& zone) const;
};

/// Every account and region that has any VPC or instance, in order.
Result<std::vector<RegionRecords>> load_regions(store::Tx& tx);

/// The one with this id, or null.
template <class Record>
const Record* by_id(const std::vector<Record>& records, const std::string& id) {
    for (const auto& record : records) {
        if (record.id == id) return &record;
    }
    return nullptr;
}

/// Does the instance have (or is it about to get, or to lose) a body on this machine?
inline bool has_body(const Instance& instance) {
    return instance.state != "stopped" && instance.state != "terminated";
}

}  // namespace stormglass::ec2
