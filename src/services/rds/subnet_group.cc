// DB subnet groups: where an instance's servers may stand.
#include <set>

#include "base/strings.h"
#include "services/common/ids.h"
#include "services/rds/common.h"
#include "services/rds/service.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

constexpr std::size_t zones_min = 2;
constexpr std::size_t subnets_max = 20;

struct Place {
    std::string vpc_id;
    std::vector<GroupSubnet> subnets;
};

/// Asks ec2 where the subnets are.
Result<Place> find_place(wire::Request& request, const DescribeSubnets& describe_subnets,
                         const std::vector<std::string>& ids) {
    if (ids.size() > subnets_max) {
        return api::db_subnet_quota_exceeded("The DB subnet group has too many subnets.");
    }
    const wire::ViaService via(request, "rds");
    ec2::api::DescribeSubnetsInput asked;
    asked.subnet_ids = wire::List<std::string>(ids);
    const auto answer = describe_subnets(request, asked);
    if (!answer && answer.error().code.starts_with("InvalidSubnet")) {
        return api::invalid_subnet(answer.error().message);
    }
    if (!answer) return std::unexpected(answer.error());
    Place place;
    std::set<std::string> zones;
    for (const auto& subnet : answer->subnets) {
        const auto vpc = subnet.vpc_id.value_or("");
        if (!place.vpc_id.empty() && place.vpc_id != vpc) {
            return api::invalid_subnet("The DB subnet group's subnets are not all in the same VPC.");
        }
        place.vpc_id = vpc;
        place.subnets.push_back(
            {subnet.subnet_id.value_or(""), subnet.availability_zone.value_or("")});
        zones.insert(place.subnets.back().zone);
    }
    if (zones.size() < zones_min) {
        return api::db_subnet_group_does_not_cover_enough_azs(fmt::format(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current "
            "AZ coverage: {}. Add subnets to cover at least 2 AZs.",
            base::join({zones.begin(), zones.end()}, ", ")));
    }
    return place;
}

void put(wire::Request& request, const SubnetGroup& group) {
    subnet_groups.put(request.tx(), {request.account, request.region, group.name}, group);
}

/// Subnets of instances in the group must stay.
Result<void> check_in_use(wire::Request& request, const SubnetGroup& group) {
    for (const auto& instance :
         TRY(instances.all(request.tx(), {request.account, request.region}))) {
        if (instance.subnet_group != group.name) continue;
        for (const auto& server : instance.servers) {
            const bool kept = std::any_of(
                group.subnets.begin(), group.subnets.end(),
                [&](const GroupSubnet& subnet) { return subnet.id == server.subnet_id; });
            if (kept) continue;
            return api::subnet_already_in_use(fmt::format(
                "The subnet {} is in use by the DB instance {}.", server.subnet_id,
                instance.identifier));
        }
    }
    return {};
}

}  // namespace

api::DBSubnetGroup view(const wire::Request& request, const SubnetGroup& group) {
    api::DBSubnetGroup item;
    item.db_subnet_group_name = group.name;
    item.db_subnet_group_description = group.description;
    item.vpc_id = group.vpc_id;
    item.subnet_group_status = "Complete";
    for (const auto& subnet : group.subnets) {
        item.subnets.push_back({.subnet_identifier = subnet.id,
                                .subnet_availability_zone = api::AvailabilityZone{subnet.zone},
                                .subnet_outpost = api::Outpost{},
                                .subnet_status = "Active"});
    }
    item.db_subnet_group_arn = request.arn("rds", "subgrp:" + group.name);
    item.supported_network_types = wire::List<std::string>({"IPV4"});
    return item;
}

Result<api::CreateDBSubnetGroupOutput> Service::create_db_subnet_group(
    wire::Request& request, const api::CreateDBSubnetGroupInput& input) {
    const auto name = key_name(input.db_subnet_group_name);
    if (name == "default") {
        return invalid_value("The DBSubnetGroupName must not be 'Default'.");
    }
    if (TRY(subnet_groups.contains(request.tx(), {request.account, request.region, name}))) {
        return api::db_subnet_group_already_exists("The DB subnet group '" + name +
                                                   "' already exists.");
    }
    auto place = TRY(find_place(request, parts_.describe_subnets, input.subnet_ids));
    const SubnetGroup group{.name = name,
                            .description = input.db_subnet_group_description,
                            .vpc_id = std::move(place.vpc_id),
                            .subnets = std::move(place.subnets),
                            .tags = tags_from(input.tags)};
    put(request, group);
    return api::CreateDBSubnetGroupOutput{view(request, group)};
}

Result<api::ModifyDBSubnetGroupOutput> Service::modify_db_subnet_group(
    wire::Request& request, const api::ModifyDBSubnetGroupInput& input) {
    auto group = TRY(need_subnet_group(request, input.db_subnet_group_name));
    auto place = TRY(find_place(request, parts_.describe_subnets, input.subnet_ids));
    if (place.vpc_id != group.vpc_id) {
        return api::invalid_subnet("The new subnets are not in the DB subnet group's VPC.");
    }
    group.subnets = std::move(place.subnets);
    if (input.db_subnet_group_description) group.description = *input.db_subnet_group_description;
    TRY(check_in_use(request, group));
    put(request, group);
    return api::ModifyDBSubnetGroupOutput{view(request, group)};
}

Result<api::DeleteDBSubnetGroupOutput> Service::delete_db_subnet_group(
    wire::Request& request, const api::DeleteDBSubnetGroupInput& input) {
    const auto group = TRY(need_subnet_group(request, input.db_subnet_group_name));
    for (const auto& instance :
         TRY(instances.all(request.tx(), {request.account, request.region}))) {
        if (instance.subnet_group != group.name) continue;
        return api::invalid_db_subnet_group_state(fmt::format(
            "Cannot delete the subnet group '{}' because at least one database instance: {} is "
            "still using it.",
            group.name, instance.identifier));
    }
    subnet_groups.erase(request.tx(), {request.account, request.region, group.name});
    return api::DeleteDBSubnetGroupOutput{};
}

Result<api::DescribeDBSubnetGroupsOutput> Service::describe_db_subnet_groups(
    wire::Request& request, const api::DescribeDBSubnetGroupsInput& input) {
    if (input.filters.given()) return invalid_value("This operation takes no filters.");
    std::vector<SubnetGroup> found;
    if (input.db_subnet_group_name) {
        found.push_back(TRY(need_subnet_group(request, *input.db_subnet_group_name)));
    } else {
        found = TRY(subnet_groups.all(request.tx(), {request.account, request.region}));
    }
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeDBSubnetGroupsOutput output;
    for (const auto& group : page.items) output.db_subnet_groups.push_back(view(request, group));
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

}  // namespace stormglass::rds
