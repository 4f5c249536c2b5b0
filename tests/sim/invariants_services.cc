#include "invariants_services.h"

#include "services/autoscaling/records.h"
#include "services/common/ports.h"
#include "services/ec2/records.h"
#include "services/elbv2/records.h"
#include "services/rds/records.h"

namespace stormglass::sim {
namespace {

using Names = std::set<std::string>;

substrate::DatabaseServerState look_at(World& world, const std::string& server) {
    substrate::DatabaseServerSpec spec;
    spec.id = server;
    return world.databases.observe(spec).value();
}

void check_instance(World& world, const rds::Instance& instance, Problems& problems) {
    const auto& name = instance.identifier;
    if (instance.status != "available") {
        problems.push_back(fmt::format("database {} is {}", name, instance.status));
    }
    if (instance.servers.size() != (instance.multi_az ? 2U : 1U)) {
        problems.push_back(
            fmt::format("database {} has {} servers", name, instance.servers.size()));
    }
    for (const auto& server : instance.servers) {
        const auto state = look_at(world, server.id);
        const bool primary = server.id == instance.primary;
        if (!state.running || !state.answers) {
            problems.push_back(server.id + " does not answer");
        } else if (primary != (state.role == substrate::ServerRole::primary)) {
            problems.push_back(server.id + " has the wrong role");
        } else if (!primary && !(state.replicating && server.in_sync)) {
            problems.push_back(server.id + " is not in sync");
        } else if (primary && state.waits_for_standby != instance.multi_az) {
            problems.push_back(server.id + " waits for the wrong standby");
        }
    }
    if (instance.in_force.credentials_version != instance.credentials_version) {
        problems.push_back(name + " has not got its new password");
    }
    const auto credentials = world.databases.credentials(instance.primary);
    if (!credentials || credentials->master_password != instance.master_password) {
        problems.push_back(name + " takes another password than the recorded one");
    }
}

void check_names(store::Tx& tx, const std::map<std::string, Names>& wanted, Problems& problems) {
    Names owners, recorded;
    for (const auto& [owner, addresses] : wanted) owners.insert(owner);
    for (const auto& record : must(services::dns_records.all(tx))) {
        recorded.insert(record.owner);
        const auto known = wanted.find(record.owner);
        const Names addresses(record.addresses.begin(), record.addresses.end());
        if (known != wanted.end() && known->second != addresses) {
            problems.push_back("the name of " + record.owner + " leads elsewhere");
        }
    }
    compare(owners, recorded, "name", problems);
}

}  // namespace

Problems two_primaries(World& world) {
    Problems problems;
    std::map<std::string, Names> writable;
    for (const auto& id : must(world.databases.list())) {
        const auto state = look_at(world, id);
        if (!state.answers || state.role != substrate::ServerRole::primary) continue;
        writable[id.substr(0, id.rfind('-'))].insert(id);
    }
    for (const auto& [instance, servers] : writable) {
        if (servers.size() > 1) problems.push_back("two primaries of " + instance);
    }
    return problems;
}

void check_balancers(World& world, store::Tx& tx, Problems& problems) {
    Names nodes_wanted, nodes_there;
    for (const auto& balancer : must(elbv2::load_balancers.all(tx))) {
        if (balancer.state != "active") {
            problems.push_back(fmt::format("balancer {} is {}", balancer.name, balancer.state));
        }
        for (const auto& place : balancer.zones) {
            nodes_wanted.insert(balancer.id + " " + place.zone);
        }
    }
    for (const auto& node : must(elbv2::nodes.all(tx))) {
        nodes_there.insert(node.load_balancer_id + " " + node.zone);
    }
    compare(nodes_wanted, nodes_there, "balancer node", problems);
    for (const auto& group : must(elbv2::target_groups.all(tx))) {
        const auto seen = world.query("elasticloadbalancing", "DescribeTargetHealth",
                                      {{"TargetGroupArn", group.arn}});
        const char* wanted = nodes_wanted.empty() ? "unused" : "healthy";
        for (const auto& state : seen.texts("//TargetHealth/State")) {
            if (state != wanted) problems.push_back("a target of " + group.name + " is " + state);
        }
    }
}

void check_scaling(World&, store::Tx& tx, Problems& problems) {
    Names members_known, members_tagged, registered, targets;
    for (const auto& group : must(autoscaling::groups.all(tx))) {
        if (group.deleting) problems.push_back(group.name + " is being deleted");
        std::map<std::string, std::int64_t> in_zone;
        for (const auto& place : group.places) in_zone[place.zone] = 0;
        const auto members = autoscaling::members.all(tx, {account, region, group.name}).value();
        for (const auto& member : members) {
            members_known.insert(member.id);
            ++in_zone[member.zone];
            if (member.lifecycle != "InService" || member.health != "Healthy") {
                problems.push_back(
                    fmt::format("{} is {} and {}", member.id, member.lifecycle, member.health));
            }
            if (member.registered.size() != group.target_groups.size()) {
                problems.push_back(member.id + " is not registered");
            }
            if (!member.registered.empty()) registered.insert(member.id);
        }
        if (static_cast<std::int64_t>(members.size()) != group.desired) {
            problems.push_back(fmt::format("{} has {} of {} instances", group.name, members.size(),
                                           group.desired));
        }
        const auto [least, most] =
            std::minmax_element(in_zone.begin(), in_zone.end(),
                                [](const auto& a, const auto& b) { return a.second < b.second; });
        if (most->second - least->second > 1) problems.push_back(group.name + " is lopsided");
    }
    for (const auto& instance : must(ec2::instances.table.all(tx))) {
        const auto tags = ec2::tagged.get(tx, {account, region, instance.id}).value();
        const bool of_group = tags && tags->tags.contains("aws:autoscaling:groupName");
        if (of_group && instance.state != "terminated") members_tagged.insert(instance.id);
    }
    compare(members_known, members_tagged, "group member", problems);
    for (const auto& target : must(elbv2::targets.all(tx))) {
        targets.insert(target.id);
        if (target.state != "active") problems.push_back(target.id + " is " + target.state);
    }
    compare(registered, targets, "target", problems);
    for (const auto& activity : must(autoscaling::activities.all(tx))) {
        if (!activity.end) problems.push_back("activity goes on: " + activity.description);
    }
}

void check_databases(World& world, store::Tx& tx, Problems& problems) {
    Names wanted, ends;
    std::map<std::string, Names> names;
    for (const auto& balancer : must(elbv2::load_balancers.all(tx))) names[balancer.arn];
    for (const auto& node : must(elbv2::nodes.all(tx))) {
        names[node.load_balancer_arn].insert(node.address);
    }
    for (const auto& instance : must(rds::instances.all(tx))) {
        check_instance(world, instance, problems);
        for (const auto& server : instance.servers) {
            wanted.insert(server.id);
            ends.insert(server.interface_id);
        }
        const auto* primary = instance.primary_server();
        if (primary == nullptr) continue;
        names[fmt::format("arn:aws:rds:{}:{}:db:{}", region, account, instance.identifier)] = {
            primary->address};
    }
    const auto listed = world.databases.list().value();
    compare(wanted, {listed.begin(), listed.end()}, "database server", problems);
    Names there;
    for (const auto& [attachment, address] : world.network.backplane()) there.insert(attachment);
    compare(ends, there, "backplane end", problems);
    check_names(tx, names, problems);
    for (const auto& problem : two_primaries(world)) problems.push_back(problem);
}

Problems leftovers(World& world) {
    // Kept on purpose, as on AWS: history, metrics, identity, keys and data that the stack did not delete.
    static const Names kept = {
        "autoscaling/activity", "cloudwatch", "common/schema", "iam",      "kms", "rds/event",
        "rds/parameter-group",  "ssm",           "dynamodb", "s3",  "ec2/launch-template-name"};
    Problems problems = unsettled(world);
    std::map<std::string, int> left;
    const auto tx = world.store.read();
    (void)tx->scan({}, {}, store::Direction::forward, [&](std::string_view key, std::string_view) {
        const auto parts = store::parts_of(key);
        const std::string table = parts ? parts->front() : std::string(key);
        const std::string service = table.substr(0, table.find('/'));
        if (!kept.contains(table) && !kept.contains(service)) ++left[table];
        return store::Step::next;
    });
    for (const auto& [table, count] : left) {
        problems.push_back(fmt::format("{} records left in {}", count, table));
    }
    return problems;
}

}  // namespace stormglass::sim
