#include "app/cost/inventory.h"

#include <map>

#include "app/cost/prices.h"
#include "services/autoscaling/records.h"
#include "services/cloudwatch/records.h"
#include "services/dynamodb/records.h"
#include "services/ec2/records.h"
#include "services/elbv2/records.h"
#include "services/kms/records.h"
#include "services/rds/records.h"
#include "services/s3/records.h"

namespace stormglass::app::cost {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0, gigabyte = 1e9;

/// Lines by what they are, in order of their making.
class Lines {
public:
    void add(const char* service, const std::string& what, double count, std::optional<double> hourly_each,
             const std::string& resource) {
        auto& line = lines_[{service, what}];
        line.service = service;
        line.what = what;
        line.count += count;
        line.is_known = hourly_each.has_value();
        line.hourly_each = hourly_each.value_or(0);
        if (!resource.empty()) line.resources.push_back(resource);
    }
    std::vector<Line> take() {
        std::vector<Line> all;
        for (auto& [key, line] : lines_) all.push_back(std::move(line));
        return all;
    }

private:
    std::map<std::pair<std::string, std::string>, Line> lines_;
};

std::optional<double> monthly(std::optional<double> price) {
    return price ? std::optional(*price / hours_a_month) : std::nullopt;
}

Result<void> add_instances(store::Tx& tx, Lines& lines) {
    TRY(ec2::instances.table.scan(tx, {}, [&](const ec2::Instance& one) {
        if (one.state != "running" && one.state != "pending") return;
        const bool spot = !one.spot_request_id.empty();
        auto price = instance_price(one.type);
        if (price && spot) price = *price * spot_share;
        lines.add("EC2", fmt::format("{} instances, {}", one.type, spot ? "Spot" : "On-Demand"), 1, price, one.id);
    }));
    TRY(ec2::volumes.table.scan(tx, {}, [&](const ec2::Volume& one) {
        lines.add("EC2", "EBS " + one.type + " storage, GiB", one.size_gib, monthly(volume_price(one.type)), one.id);
    }));
    return {};
}

Result<void> add_network(store::Tx& tx, Lines& lines) {
    TRY(ec2::nat_gateways.table.scan(tx, {}, [&](const ec2::NatGateway& one) {
        if (one.state == "available") lines.add("VPC", "NAT gateways", 1, nat_gateway_hour, one.id);
    }));
    TRY(ec2::public_addresses.scan(tx, {}, [&](const std::vector<std::string>& key, ec2::PublicAddressUse&) {
        lines.add("VPC", "public IPv4 addresses", 1, public_address_hour, key.empty() ? "" : key.back());
    }));
    TRY(elbv2::load_balancers.scan(tx, {}, [&](const elbv2::LoadBalancer& one) {
        lines.add("ELB", "Application Load Balancers", 1, balancer_hour, one.name);
        lines.add("ELB", "their capacity units, at least one each", 1, balancer_unit_hour, "");
    }));
    return {};
}

Result<void> add_databases(store::Tx& tx, Lines& lines) {
    return rds::instances.scan(tx, {}, [&](const rds::Instance& one) {
        const double zones = one.multi_az ? 2 : 1;
        auto price = database_price(one.instance_class);
        if (price) price = *price * zones;
        const char* kind = one.multi_az ? "Multi-AZ" : "Single-AZ";
        if (one.status != "stopped") {
            lines.add("RDS", fmt::format("{} MySQL, {}", one.instance_class, kind), 1, price, one.identifier);
        }
        lines.add("RDS", fmt::format("storage, {}, GiB", kind), static_cast<double>(one.allocated_storage),
                  monthly(database_storage_month * zones), one.identifier);
    });
}

/// What is free up to a number is counted beyond it.
void add_beyond(Lines& lines, const char* what, int count, int free, double price) {
    if (count > 0) lines.add("CloudWatch", fmt::format("{} beyond {} free ones", what, free), std::max(0, count - free),
                             monthly(price), "");
}

Result<void> add_watching(store::Tx& tx, Lines& lines) {
    int alarms = 0, dashboards = 0;
    TRY(cloudwatch::alarms.scan(tx, {}, [&](const cloudwatch::Alarm&) { ++alarms; }));
    TRY(cloudwatch::dashboards.scan(tx, {}, [&](const cloudwatch::Dashboard&) { ++dashboards; }));
    add_beyond(lines, "alarms", alarms, free_alarms, alarm_month);
    add_beyond(lines, "dashboards", dashboards, free_dashboards, dashboard_month);
    return {};
}

Result<void> add_storage(store::Tx& tx, Lines& lines) {
    double object_bytes = 0, table_bytes = 0;
    TRY(s3::versions.scan(tx, {}, [&](const s3::Version& one) { object_bytes += static_cast<double>(one.size); }));
    TRY(dynamodb::table_sizes.scan(tx, {}, [&](const dynamodb::TableSize& one) {
        table_bytes += static_cast<double>(one.bytes);
    }));
    if (object_bytes > 0) {
        lines.add("S3", "storage, Standard, GB", object_bytes / gib, monthly(object_storage_month), "");
    }
    if (table_bytes > 0) {
        lines.add("DynamoDB", "storage, GB", table_bytes / gigabyte, monthly(table_storage_month), "");
    }
    return kms::keys.scan(tx, {}, [&](const kms::Key& one) {
        if (one.manager == kms::manager::customer) lines.add("KMS", "customer managed keys", 1, monthly(key_month), one.id);
    });
}

Result<GroupHistory> history_of(store::Tx& tx, const std::vector<std::string>& key, const autoscaling::Group& group,
                                base::Time now) {
    GroupHistory history{.group = group.name, .min_size = group.min_size, .max_size = group.max_size};
    std::map<std::string, Stay> stays;  // By instance.
    TRY(autoscaling::activities.scan(tx, {key[0], key[1], group.name}, [&](const autoscaling::Activity& one) {
        if (one.instance_id.empty() || one.status == "Failed" || one.status == "Cancelled") return;
        if (one.description.starts_with("Launching")) {
            auto& stay = stays[one.instance_id];
            stay.from = one.start;
            if (stay.to == base::Time{}) stay.to = now;
        } else if (one.description.starts_with("Terminating")) {
            stays[one.instance_id].to = one.end.value_or(now);
        }
    }));
    for (const auto& [id, stay] : stays) {
        if (stay.from != base::Time{}) history.stays.push_back(stay);  // Its launch is not forgotten yet.
        const auto instance = TRY(ec2::instances.table.get(tx, {key[0], key[1], id}));
        if (instance) history.hourly_each = instance_price(instance->type).value_or(history.hourly_each);
    }
    return history;
}

}  // namespace

Result<Inventory> take_inventory(store::Tx& tx, base::Time now) {
    Lines lines;
    TRY(add_instances(tx, lines));
    TRY(add_network(tx, lines));
    TRY(add_databases(tx, lines));
    TRY(add_watching(tx, lines));
    TRY(add_storage(tx, lines));
    Inventory inventory{.lines = lines.take(), .groups = {}};
    std::vector<std::pair<std::vector<std::string>, autoscaling::Group>> groups;
    TRY(autoscaling::groups.scan(tx, {}, [&](const std::vector<std::string>& key, autoscaling::Group& group) {
        groups.emplace_back(key, group);
    }));
    for (const auto& [key, group] : groups) inventory.groups.push_back(TRY(history_of(tx, key, group, now)));
    return inventory;
}

}  // namespace stormglass::app::cost
