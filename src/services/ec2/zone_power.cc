#include "services/ec2/zone_power.h"

#include <thread>

#include "services/common/zones.h"
#include "services/ec2/instances.h"
#include "services/ec2/region_records.h"

namespace stormglass::ec2 {
namespace {

/// Visits the instances of the zone, of whatever account, that may have a body.
template <class Visit>
Result<void> visit_zone(store::Tx& tx, const std::string& zone, Visit visit) {
    return instances.table.scan(
        tx, {}, [&](const std::vector<std::string>& key, const Instance& instance) {
            if (instance.zone == zone && has_body(instance)) visit(key, instance);
        });
}

}  // namespace

Result<void> ZonePower::note_power_loss(store::Tx& tx, const std::string& zone) {
    std::vector<std::pair<std::vector<std::string>, Instance>> running;
    TRY(visit_zone(tx, zone, [&](const auto& key, const Instance& instance) {
        if (instance.state == state::running) running.emplace_back(key, instance);
    }));
    for (auto& [key, instance] : running) {
        instance.power_lost = true;
        instances.table.put(tx, store::Parts(key), instance);
    }
    return {};
}

Result<void> ZonePower::cut_power(const std::string& zone) {
    std::vector<std::string> ids;
    {
        const auto tx = store_.read();
        TRY(visit_zone(*tx, zone, [&](const auto&, const Instance& one) { ids.push_back(one.id); }));
    }
    // Side by side, so that the last one does not outlive the first. Failures are repeated by the
    // reconciler, which keeps the zone dark.
    std::vector<Result<void>> outcomes(ids.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            threads.emplace_back([&, i] {
                outcomes[i] = machines_.halt(ids[i], substrate::Halt::power_off);
            });
        }
    }
    for (auto& outcome : outcomes) TRY(std::move(outcome));
    return {};
}

Result<void> check_capacity(wire::Request& request, const std::string& zone,
                            const std::string& instance_type) {
    const auto fault = TRY(services::zone_fault(request.tx(), zone));
    if (services::is_usable(services::zone_state(fault))) return {};
    std::string others;
    for (const auto& other : services::zones_of(request.region)) {
        const auto state =
            services::zone_state(TRY(services::zone_fault(request.tx(), other.name)));
        if (!services::is_usable(state)) continue;
        others += (others.empty() ? "" : ", ") + other.name;
    }
    return aws_error(
        "InsufficientInstanceCapacity",
        fmt::format("We currently do not have sufficient {0} capacity in the Availability Zone you "
                    "requested ({1}). Our system will be working on provisioning additional "
                    "capacity. You can currently get {0} capacity by not specifying an "
                    "Availability Zone in your request or choosing {2}.",
                    instance_type, zone, others),
        500);
}

}  // namespace stormglass::ec2
