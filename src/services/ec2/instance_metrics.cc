#include "services/ec2/instance_metrics.h"

#include <set>

#include "services/common/zone_health.h"
#include "services/ec2/instance_types.h"

namespace stormglass::ec2 {
namespace {

using cloudwatch::Sample;
using NamedDimensions = std::vector<std::pair<std::string, std::string>>;

constexpr base::Seconds minute_length{60}, basic_period{300};
constexpr double percent = 100;

void gather(std::map<std::string, InstanceMetrics::Gathered>& to, const char* name, const char* unit,
            double value) {
    auto& one = to[name];
    one.unit = unit;
    one.values.push_back({value});
}

/// What has been counted since the last look.
void gather_counters(std::map<std::string, InstanceMetrics::Gathered>& to, const InstanceCounters& now,
                     const InstanceCounters& then) {
    gather(to, "NetworkIn", "Bytes", now.network_in - then.network_in);
    gather(to, "NetworkOut", "Bytes", now.network_out - then.network_out);
    gather(to, "NetworkPacketsIn", "Count", now.packets_in - then.packets_in);
    gather(to, "NetworkPacketsOut", "Count", now.packets_out - then.packets_out);
    if (!now.read_ops || !then.read_ops) return;
    gather(to, "EBSReadOps", "Count", *now.read_ops - *then.read_ops);
    gather(to, "EBSWriteOps", "Count", *now.write_ops - *then.write_ops);
    gather(to, "EBSReadBytes", "Bytes", *now.read_bytes - *then.read_bytes);
    gather(to, "EBSWriteBytes", "Bytes", *now.write_bytes - *then.write_bytes);
}

void append(std::vector<Sample>& to, const std::map<std::string, InstanceMetrics::Gathered>& values,
            const NamedDimensions& dimensions, base::Time time) {
    for (const auto& [name, gathered] : values) {
        to.push_back({.metric_namespace = "AWS/EC2", .name = name, .dimensions = dimensions,
                      .unit = gathered.unit, .time = time, .values = gathered.values,
                      .statistics = {}});
    }
}

}  // namespace

InstanceMetrics::Look InstanceMetrics::look_at(const Instance& instance) const {
    Look look;
    look.pid = needs_.observed.pid_of(instance.id);
    look.wall = needs_.wall_clock.now();
    const auto usage = needs_.instances.usage(instance.id);
    look.cpu_seconds = usage ? usage->cpu_seconds : -1;
    if (needs_.counters != nullptr) look.counters = needs_.counters->read(instance.id, look.pid);
    return look;
}

InstanceMetrics::Values InstanceMetrics::used(const Instance& instance, Known& known) const {
    const Look now = look_at(instance);
    Values values;
    // Without an earlier look, what it has used since it booted is not this minute's.
    if (known.last && known.last->pid == now.pid) {
        const Look& then = *known.last;
        const double elapsed = std::chrono::duration<double>(now.wall - then.wall).count();
        const auto type = find_instance_type(instance.type);
        if (now.cpu_seconds >= 0 && then.cpu_seconds >= 0 && elapsed > 0 && type) {
            const double used = (now.cpu_seconds - then.cpu_seconds) / elapsed / type->vcpus;
            gather(values, "CPUUtilization", "Percent", std::clamp(used * percent, 0.0, percent));
        }
        if (now.counters && then.counters) gather_counters(values, *now.counters, *then.counters);
    }
    known.last = now;
    return values;
}

Result<double> InstanceMetrics::system_failed(store::Tx& tx, const Instance& instance) const {
    const auto state = services::zone_state(TRY(services::zone_fault(tx, instance.zone)));
    return services::is_usable(state) ? 0.0 : 1.0;
}

/// The Auto Scaling group of each instance that counts for it.
Result<std::map<std::string, std::string>> InstanceMetrics::groups(store::Tx& tx,
                                                                   base::Time now) const {
    std::map<std::string, std::string> by_instance;
    if (needs_.groups == nullptr) return by_instance;
    for (const auto& group : TRY(needs_.groups->group_figures(tx, now))) {
        for (const auto& id : group.counted_instances) by_instance[id] = group.group;
    }
    return by_instance;
}

Result<std::vector<cloudwatch::MetricSource::Measured>> InstanceMetrics::measure(base::Time minute) {
    const auto tx = needs_.store.read();
    if (needs_.counters != nullptr) needs_.counters->refresh();
    const auto group_of = TRY(groups(*tx, minute + minute_length));
    const bool ends_five = (minute + minute_length).time_since_epoch() % basic_period == base::Seconds{0};
    std::vector<Measured> all;
    std::set<std::string> seen;
    std::vector<std::pair<std::vector<std::string>, Instance>> running;
    TRY(instances.table.scan(*tx, {}, [&](const std::vector<std::string>& key, Instance& instance) {
        if (instance.state == "running") running.emplace_back(key, std::move(instance));
    }));
    for (const auto& [key, instance] : running) {
        seen.insert(instance.id);
        Known& known = known_[instance.id];
        Measured measured{key[0], key[1], {}};
        const NamedDimensions own{{"InstanceId", instance.id}};
        const double system = TRY(system_failed(*tx, instance));
        const double hangs = needs_.observed.hangs(instance.id) || system > 0 ? 1 : 0;
        Values checks;
        gather(checks, "StatusCheckFailed", "Count", std::max(hangs, system));
        gather(checks, "StatusCheckFailed_Instance", "Count", hangs);
        gather(checks, "StatusCheckFailed_System", "Count", system);
        append(measured.samples, checks, own, minute);
        Values values = used(instance, known);
        for (auto& [name, gathered] : values) {
            auto& kept = known.gathered[name];
            kept.unit = gathered.unit;
            kept.values.insert(kept.values.end(), gathered.values.begin(), gathered.values.end());
        }
        if (instance.monitoring || ends_five) {
            const base::Time time = instance.monitoring ? minute : minute + minute_length - basic_period;
            append(measured.samples, known.gathered, own, time);
            if (const auto group = group_of.find(instance.id); group != group_of.end()) {
                append(measured.samples, known.gathered, {{"AutoScalingGroupName", group->second}}, time);
            }
            // As on AWS these exist with detailed monitoring only.
            if (instance.monitoring) {
                append(measured.samples, known.gathered, {{"ImageId", instance.image_id}}, time);
                append(measured.samples, known.gathered, {{"InstanceType", instance.type}}, time);
                append(measured.samples, known.gathered, {}, time);
            }
            known.gathered.clear();
        }
        all.push_back(std::move(measured));
    }
    std::erase_if(known_, [&](const auto& one) { return !seen.contains(one.first); });
    return all;
}

}  // namespace stormglass::ec2
