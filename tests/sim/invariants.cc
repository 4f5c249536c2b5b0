// Networks, instances, processes; the services' own parts are in invariants_services.cc.
#include "invariants.h"

#include <filesystem>

#include "invariants_services.h"
#include "services/ec2/network_plan.h"
#include "services/elbv2/records.h"
#include "services/rds/records.h"

namespace stormglass::sim {

void compare(const std::set<std::string>& wanted, const std::set<std::string>& actual,
             std::string_view what, Problems& problems) {
    for (const auto& one : wanted) {
        if (!actual.contains(one)) problems.push_back(fmt::format("{}: {} is missing", what, one));
    }
    for (const auto& one : actual) {
        if (!wanted.contains(one)) problems.push_back(fmt::format("{}: {} leaks", what, one));
    }
}

namespace {

using Names = std::set<std::string>;

void check_networks(World& world, const std::vector<ec2::RegionRecords>& regions,
                    Problems& problems) {
    Names wanted, actual;
    for (const auto& each : regions) {
        for (const auto& vpc : each.vpcs) {
            wanted.insert(vpc.id);
            const auto in_force = world.network.in_force(vpc.id);
            if (!in_force) continue;
            if (ec2::fingerprint(*in_force) != ec2::fingerprint(ec2::plan_network(each, vpc))) {
                problems.push_back(vpc.id + " is not as planned");
            }
        }
    }
    for (const auto& id : must(world.network.observed_vpcs())) actual.insert(id);
    compare(wanted, actual, "network", problems);
}

void check_instances(World& world, const std::vector<ec2::RegionRecords>& regions,
                     Problems& problems) {
    Names running, layers, folders;
    for (const auto& each : regions) {
        for (const auto& instance : each.instances) {
            const auto& state = instance.state;
            folders.insert(instance.id);
            if (state == "running") running.insert(instance.id);
            if (state == "running" || state == "stopped") layers.insert(instance.id);
            if (state != "running" && state != "stopped" && state != "terminated") {
                problems.push_back(fmt::format("instance {} is {}", instance.id, state));
            }
            if (instance.reboot && state == "running")
                problems.push_back(instance.id + " is not rebooted yet");
        }
    }
    compare(running, world.instances.running(), "running instance", problems);
    const auto listed = world.instances.list().value();
    compare(layers, {listed.begin(), listed.end()}, "instance", problems);
    for (const auto& id : world.instances.folders()) {
        if (!folders.contains(id)) problems.push_back("instance folder: " + id + " leaks");
    }
}

/// Every interface has an owner that knows it, and every owner its interface.
void check_interfaces(store::Tx& tx, const std::vector<ec2::RegionRecords>& regions,
                      Problems& problems) {
    Names owned, there;
    for (const auto& each : regions) {
        for (const auto& instance : each.instances) {
            if (instance.state != "terminated") owned.insert(instance.interface_id);
        }
        for (const auto& gateway : each.nat_gateways) {
            if (gateway.state == "available") owned.insert(gateway.interface_id);
        }
        for (const auto& interface : each.interfaces) there.insert(interface.id);
    }
    for (const auto& node : must(elbv2::nodes.all(tx))) owned.insert(node.interface_id);
    for (const auto& instance : must(rds::instances.all(tx))) {
        for (const auto& server : instance.servers) owned.insert(server.interface_id);
    }
    compare(owned, there, "interface", problems);
}

void check_holders(store::Tx& tx, const std::vector<ec2::RegionRecords>& regions,
                   Problems& problems) {
    Names held, used, volumes, wanted_volumes;
    for (const auto& each : regions) {
        for (const auto& interface : each.interfaces) {
            if (!interface.public_address.empty()) held.insert(interface.public_address);
        }
        for (const auto& volume : each.volumes) volumes.insert(volume.id);
        for (const auto& instance : each.instances) {
            if (instance.state != "terminated") wanted_volumes.insert(instance.root_volume_id);
        }
    }
    (void)ec2::public_addresses.scan(
        tx, {}, [&](const std::vector<std::string>& key, ec2::PublicAddressUse&) {
            used.insert(key.at(0));
        });
    compare(held, used, "public address", problems);
    compare(wanted_volumes, volumes, "volume", problems);
}

/// Processes, and the files of theirs that are not logs.
void check_processes(World& world, store::Tx& tx, const std::vector<ec2::RegionRecords>& regions,
                     Problems& problems) {
    Names wanted, running, files;
    bool has_door = false;
    for (const auto& each : regions) {
        for (const auto& vpc : each.vpcs) wanted.insert(vpc.id);
    }
    for (const auto& balancer : must(elbv2::load_balancers.all(tx))) {
        has_door = has_door || balancer.scheme == "internet-facing";
        for (const auto& place : balancer.zones) {
            wanted.insert(fmt::format("lb-{}-{}", balancer.id, place.zone));
        }
    }
    if (has_door) wanted.insert("front-door");
    for (const auto& [name, pid] : world.processes.running()) running.insert(name);
    compare(wanted, running, "process", problems);
    for (const auto& name : world.processes.records()) {
        if (!wanted.contains(name)) problems.push_back("process record: " + name + " leaks");
    }
    for (const char* folder : {"vpc", "lb"}) {
        std::error_code error;
        const auto path = world.realm.run_dir + "/" + folder;
        for (const auto& each : std::filesystem::directory_iterator(path, error)) {
            const auto file = each.path().filename().string();
            const auto name = file.substr(0, file.find('.'));
            // The front door's stay: there is one in a realm, and it comes back.
            if (!wanted.contains(name) && name != "front-door") {
                problems.push_back("file: " + file + " leaks");
            }
        }
    }
}

/// A tag set belongs to something.
void check_tags(store::Tx& tx, Problems& problems) {
    Names there;
    const auto add = [&](const auto& resource) {
        for (const auto& one : must(resource.table.all(tx))) there.insert(one.id);
    };
    add(ec2::vpcs);
    add(ec2::subnets);
    add(ec2::internet_gateways);
    add(ec2::route_tables);
    add(ec2::acls);
    add(ec2::groups);
    add(ec2::interfaces);
    add(ec2::elastic_addresses);
    add(ec2::nat_gateways);
    add(ec2::endpoints);
    add(ec2::flow_logs);
    add(ec2::launch_templates);
    add(ec2::instances);
    add(ec2::volumes);
    for (const auto& group : must(ec2::groups.table.all(tx))) {
        for (const auto& rule : group.rules) there.insert(rule.id);
    }
    (void)ec2::tagged.scan(tx, {}, [&](const std::vector<std::string>& key, ec2::Tagged& tags) {
        if (there.contains(key.at(2))) return;
        problems.push_back(fmt::format("tags of {} {} leak", tags.type, key.at(2)));
    });
}

}  // namespace

Problems unsettled(World& world) {
    Problems problems;
    const auto tx = world.store.read();
    const auto regions = ec2::load_regions(*tx).value();
    check_networks(world, regions, problems);
    check_instances(world, regions, problems);
    check_interfaces(*tx, regions, problems);
    check_holders(*tx, regions, problems);
    check_processes(world, *tx, regions, problems);
    check_tags(*tx, problems);
    check_balancers(world, *tx, problems);
    check_scaling(world, *tx, problems);
    check_databases(world, *tx, problems);
    for (const auto& [name, why] : world.failing()) {
        problems.push_back(fmt::format("reconciler {} fails: {}", name, why));
    }
    return problems;
}

}  // namespace stormglass::sim
