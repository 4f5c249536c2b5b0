// VPC, subnets, routes and groups of the stack.
#include "stack.h"

namespace stormglass::sim {
namespace {

struct Place {
    const char *name, *cidr, *zone;
};
constexpr Place places[] = {{"sim-public-a", "10.20.0.0/24", "us-east-1a"},
                            {"sim-public-b", "10.20.1.0/24", "us-east-1b"},
                            {"sim-data-a", "10.20.10.0/24", "us-east-1a"},
                            {"sim-data-b", "10.20.11.0/24", "us-east-1b"}};
constexpr const char* group_names[] = {"sim-alb", "sim-web", "sim-db"};
constexpr char default_route[] = "0.0.0.0/0";

}  // namespace

Progress Stack::keep_vpc() {
    return tagged(
        {"sim-vpc", "vpc", "DescribeVpcs", "//vpcSet/item/vpcId", "CreateVpc", "//vpc/vpcId"},
        {{"CidrBlock", "10.20.0.0/16"}});
}

Progress Stack::keep_gateway() {
    const auto there = tagged({"sim-igw", "internet-gateway", "DescribeInternetGateways",
                               "//internetGatewaySet/item/internetGatewayId",
                               "CreateInternetGateway", "//internetGateway/internetGatewayId"},
                              {});
    if (there != Progress::done || verified_.contains("sim-igw-attached")) return there;
    const auto seen =
        ask("ec2", "DescribeInternetGateways", {{"InternetGatewayId.1", id("sim-igw")}});
    if (found("sim-igw-attached", seen.text("//attachmentSet/item/vpcId"))) return Progress::done;
    return act("ec2", "AttachInternetGateway",
               {{"InternetGatewayId", id("sim-igw")}, {"VpcId", id("sim-vpc")}});
}

Progress Stack::keep_subnets() {
    for (const auto& place : places) {
        const auto there =
            tagged({place.name, "subnet", "DescribeSubnets", "//subnetSet/item/subnetId",
                    "CreateSubnet", "//subnet/subnetId"},
                   {{"VpcId", id("sim-vpc")},
                    {"CidrBlock", place.cidr},
                    {"AvailabilityZone", place.zone}});
        if (there != Progress::done) return there;
    }
    return Progress::done;
}

Progress Stack::keep_routes() {
    const auto there = tagged(
        {"sim-routes", "route-table", "DescribeRouteTables", "//routeTableSet/item/routeTableId",
         "CreateRouteTable", "//routeTable/routeTableId"},
        {{"VpcId", id("sim-vpc")}});
    if (there != Progress::done || verified_.contains("sim-associations")) return there;
    const auto seen = ask("ec2", "DescribeRouteTables", {{"RouteTableId.1", id("sim-routes")}});
    if (!found("sim-route",
               seen.text("//routeSet/item[destinationCidrBlock='0.0.0.0/0']/gatewayId"))) {
        return make("sim-route", "ec2", "CreateRoute",
                    {{"RouteTableId", id("sim-routes")},
                     {"DestinationCidrBlock", default_route},
                     {"GatewayId", id("sim-igw")}},
                    "//nothing") == Progress::changed
                   ? (known_["sim-route"] = id("sim-igw"), Progress::changed)
                   : Progress::waiting;
    }
    const auto subnets = seen.texts("//associationSet/item/subnetId");
    for (const auto* name : {"sim-public-a", "sim-public-b"}) {
        if (std::find(subnets.begin(), subnets.end(), id(name)) != subnets.end()) continue;
        return act("ec2", "AssociateRouteTable",
                   {{"RouteTableId", id("sim-routes")}, {"SubnetId", id(name)}});
    }
    verified_.insert("sim-associations");
    return Progress::done;
}

Progress Stack::keep_groups() {
    for (const auto* name : group_names) {
        if (verified_.contains(name)) continue;
        const auto seen = ask("ec2", "DescribeSecurityGroups",
                              {{"Filter.1.Name", "group-name"}, {"Filter.1.Value.1", name}});
        if (found(name, seen.text("//securityGroupInfo/item/groupId"))) continue;
        return make(
            name, "ec2", "CreateSecurityGroup",
            {{"GroupName", name}, {"GroupDescription", "simulation"}, {"VpcId", id("sim-vpc")}},
            "//groupId");
    }
    return keep_ports();
}

Progress Stack::keep_ports() {
    if (verified_.contains("sim-ports")) return Progress::done;
    const auto seen = ask("ec2", "DescribeSecurityGroups", {{"GroupId.1", id("sim-web")}});
    const auto listed = seen.texts("//ipPermissions/item/fromPort");
    const std::set<std::string> open(listed.begin(), listed.end());
    const auto change = [&](const char* action, const std::string& port) {
        return act("ec2", action,
                   {{"GroupId", id("sim-web")},
                    {"IpPermissions.1.IpProtocol", "tcp"},
                    {"IpPermissions.1.FromPort", port},
                    {"IpPermissions.1.ToPort", port},
                    {"IpPermissions.1.Groups.1.GroupId", id("sim-alb")}});
    };
    for (const auto& port : open) {
        if (!wanted.ports.contains(port)) return change("RevokeSecurityGroupIngress", port);
    }
    for (const auto& port : wanted.ports) {
        if (!open.contains(port)) return change("AuthorizeSecurityGroupIngress", port);
    }
    verified_.insert("sim-ports");
    return Progress::done;
}

Progress Stack::keep_network() {
    using Part = Progress (Stack::*)();
    for (const Part part : {&Stack::keep_vpc, &Stack::keep_gateway, &Stack::keep_subnets,
                            &Stack::keep_routes, &Stack::keep_groups, &Stack::keep_role,
                            &Stack::keep_template, &Stack::keep_target_group}) {
        const auto progress = (this->*part)();
        if (progress != Progress::done) return progress;
    }
    return Progress::done;
}

/// Whatever runs in the VPC and belongs to no group.
Progress Stack::remove_instances() {
    const auto seen = ask("ec2", "DescribeInstances", {});
    for (const char* state : {"pending", "running", "stopping", "stopped"}) {
        const auto path =
            fmt::format("//instancesSet/item[instanceState/name='{}']/instanceId", state);
        const auto id = seen.text(path.c_str());
        if (!id.empty()) return act("ec2", "TerminateInstances", {{"InstanceId.1", id}});
    }
    const bool going =
        !seen.text("//instancesSet/item[instanceState/name='shutting-down']/instanceId").empty();
    return going ? Progress::waiting : Progress::done;
}

Progress Stack::remove_network() {
    const auto gone = [&](const std::string& name, const char* action, const char* member,
                          const char* describe, const char* path) -> std::optional<Progress> {
        if (id(name).empty()) {
            const bool group = std::string_view(action) == "DeleteSecurityGroup";
            const auto seen = ask(
                "ec2", describe,
                {{"Filter.1.Name", group ? "group-name" : "tag:Name"}, {"Filter.1.Value.1", name}});
            if (!found(name, seen.text(path))) return std::nullopt;
        }
        return unmake(name, "ec2", action, {{member, id(name)}});
    };
    for (const char* name : {"sim-web", "sim-alb", "sim-db"}) {
        // The web group's rules name the balancer's group, so it goes first.
        if (const auto step = gone(name, "DeleteSecurityGroup", "GroupId", "DescribeSecurityGroups",
                                   "//securityGroupInfo/item/groupId")) {
            return *step;
        }
    }
    for (const auto& place : places) {
        if (const auto step = gone(place.name, "DeleteSubnet", "SubnetId", "DescribeSubnets",
                                   "//subnetSet/item/subnetId")) {
            return *step;
        }
    }
    known_.erase("sim-route");
    if (const auto step = gone("sim-routes", "DeleteRouteTable", "RouteTableId",
                               "DescribeRouteTables", "//routeTableSet/item/routeTableId")) {
        return *step;
    }
    const auto gateway = ask("ec2", "DescribeInternetGateways",
                             {{"Filter.1.Name", "tag:Name"}, {"Filter.1.Value.1", "sim-igw"}});
    if (const auto vpc = gateway.text("//attachmentSet/item/vpcId"); !vpc.empty()) {
        found("sim-igw", gateway.text("//internetGatewaySet/item/internetGatewayId"));
        return unmake("sim-igw-attached", "ec2", "DetachInternetGateway",
                      {{"InternetGatewayId", id("sim-igw")}, {"VpcId", vpc}});
    }
    if (const auto step =
            gone("sim-igw", "DeleteInternetGateway", "InternetGatewayId",
                 "DescribeInternetGateways", "//internetGatewaySet/item/internetGatewayId")) {
        return *step;
    }
    if (const auto step =
            gone("sim-vpc", "DeleteVpc", "VpcId", "DescribeVpcs", "//vpcSet/item/vpcId")) {
        return *step;
    }
    const auto seen = ask("ec2", "DescribeLaunchTemplates", {});
    if (!seen.text("//launchTemplates/item/launchTemplateId").empty()) {
        return unmake("sim-template", "ec2", "DeleteLaunchTemplate",
                      {{"LaunchTemplateName", "sim-template"}});
    }
    return Progress::done;
}

}  // namespace stormglass::sim
