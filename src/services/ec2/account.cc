// What an account sees of the region itself: zones, regions, limits, DHCP options.
#include "services/common/zone_health.h"
#include "services/ec2/access.h"
#include "services/ec2/filters.h"
#include "services/ec2/input.h"
#include "services/ec2/service.h"
#include "services/ec2/names.h"

namespace stormglass::ec2 {
namespace {

constexpr FilterName zone_filters[] = {
    {"group-name", "GroupName"},     {"opt-in-status", "OptInStatus"},
    {"region-name", "RegionName"},   {"state", "State"},
    {"zone-id", "ZoneId"},           {"zone-name", "ZoneName"},
    {"zone-type", "ZoneType"},       {"group-long-name", "GroupLongName"},
    {"message", "Messages.Message"}, {"parent-zone-id", "ParentZoneId"},
    {"parent-zone-name", "ParentZoneName"}};
constexpr FilterName region_filters[] = {{"endpoint", "Endpoint"},
                                         {"opt-in-status", "OptInStatus"},
                                         {"region-name", "RegionName"}};
constexpr FilterName dhcp_filters[] = {{"dhcp-options-id", "DhcpOptionsId"},
                                       {"key", "DhcpConfigurations.Key"},
                                       {"value", "DhcpConfigurations.Values.Value"},
                                       {"owner-id", "OwnerId"}};

/// AWS's word for a zone's state.
std::string word_for(services::ZoneState state) {
    if (state == services::ZoneState::healthy) return "available";
    return state == services::ZoneState::power_lost ? "unavailable" : "impaired";
}

api::AvailabilityZone describe_zone(const std::string& region, const services::Zone& zone,
                                    const std::optional<services::ZoneFault>& fault) {
    api::AvailabilityZone item;
    item.opt_in_status = "opt-in-not-required";
    item.region_name = region;
    item.zone_name = zone.name;
    item.zone_id = zone.id;
    item.group_name = region + "-zg-1";
    item.network_border_group = region;
    item.zone_type = "availability-zone";
    item.state = word_for(services::zone_state(fault));
    if (fault) {
        auto& message = item.messages.emplace_back();
        message.message = fmt::format("Fault \"{}\" since {}", fault->mode,
                                      base::iso8601_millis(fault->since));
    }
    return item;
}

bool wanted(const std::vector<std::string>& names, const std::string& name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<api::DescribeAvailabilityZonesOutput> Service::describe_availability_zones(
    wire::Request& request, const api::DescribeAvailabilityZonesInput& input) {
    TRY(check_input("DescribeAvailabilityZones", &input,
                    {"ZoneNames", "ZoneIds", "AllAvailabilityZones", "Filters"}));
    const auto zones = services::zones_of(request.region);
    for (const auto& name : input.zone_names) {
        if (std::none_of(zones.begin(), zones.end(), [&](auto& z) { return z.name == name; })) {
            return aws_error("InvalidParameterValue", "Invalid availability zone: [" + name + "]");
        }
    }
    api::DescribeAvailabilityZonesOutput output;
    for (const auto& zone : zones) {
        if (wanted(input.zone_names, zone.name) && wanted(input.zone_ids, zone.id)) {
            output.availability_zones.push_back(describe_zone(
                request.region, zone, TRY(services::zone_fault(request.tx(), zone.name))));
        }
    }
    TRY(keep_matching(output.availability_zones, "DescribeAvailabilityZones", "AvailabilityZones",
                      zone_filters, input.filters));
    return output;
}

Result<api::DescribeRegionsOutput> Service::describe_regions(
    wire::Request&, const api::DescribeRegionsInput& input) {
    TRY(check_input("DescribeRegions", &input, {"RegionNames", "AllRegions", "Filters"}));
    for (const auto& name : input.region_names) {
        if (!services::is_region(name)) {
            return aws_error("InvalidParameterValue",
                             fmt::format("The region '{}' does not exist.", name));
        }
    }
    api::DescribeRegionsOutput output;
    for (const auto& name : services::regions()) {
        if (!wanted(input.region_names, name)) continue;
        api::Region region;
        region.region_name = name;
        region.endpoint = "ec2." + name + ".amazonaws.com";
        region.opt_in_status = "opt-in-not-required";
        output.regions.push_back(std::move(region));
    }
    TRY(keep_matching(output.regions, "DescribeRegions", "Regions", region_filters, input.filters));
    return output;
}

Result<api::DescribeAccountAttributesOutput> Service::describe_account_attributes(
    wire::Request&, const api::DescribeAccountAttributesInput& input) {
    TRY(check_input("DescribeAccountAttributes", &input, {"AttributeNames"}));
    const std::vector<std::pair<std::string, std::string>> known{
        {"supported-platforms", "VPC"},       {"default-vpc", "none"},
        {"vpc-max-security-groups-per-interface", "5"}, {"max-elastic-ips", "5"},
        {"max-instances", "20"},              {"vpc-max-elastic-ips", "5"}};
    api::DescribeAccountAttributesOutput output;
    for (const auto& [name, value] : known) {
        if (!wanted(input.attribute_names, name)) continue;
        api::AccountAttribute attribute;
        attribute.attribute_name = name;
        attribute.attribute_values.push_back({.attribute_value = value});
        output.account_attributes.push_back(std::move(attribute));
    }
    return output;
}

Result<api::DescribeDhcpOptionsOutput> Service::describe_dhcp_options(
    wire::Request& request, const api::DescribeDhcpOptionsInput& input) {
    TRY(check_input("DescribeDhcpOptions", &input,
                    {"DhcpOptionsIds", "NextToken", "MaxResults", "Filters"}));
    const std::string id = dhcp_options_id(request);
    for (const auto& one : input.dhcp_options_ids) {
        if (one != id) {
            return aws_error("InvalidDhcpOptionID.NotFound",
                             fmt::format("The dhcpOption ID '{}' does not exist", one));
        }
    }
    api::DhcpOptions options;
    options.dhcp_options_id = id;
    options.owner_id = request.account;
    options.tags.present = true;
    for (const auto& [key, value] : std::initializer_list<std::pair<std::string, std::string>>{
             {"domain-name", private_domain(request.region)},
             {"domain-name-servers", "AmazonProvidedDNS"}}) {
        api::DhcpConfiguration configuration;
        configuration.key = key;
        configuration.values.push_back({.value = value});
        options.dhcp_configurations.push_back(std::move(configuration));
    }
    api::DescribeDhcpOptionsOutput output;
    output.dhcp_options.push_back(std::move(options));
    output.next_token = TRY(
        narrow(output.dhcp_options, "DescribeDhcpOptions", "DhcpOptions", dhcp_filters, input));
    return output;
}

}  // namespace stormglass::ec2
