#include "services/ec2/reconciler.h"

#include "base/log.h"

namespace stormglass::ec2 {
namespace {

constexpr base::Millis rest_idle{500};   // How late a death is noticed.
constexpr base::Millis rest_busy{20};    // While something is launching or ending.
constexpr base::Millis rest_trouble{1000};

}  // namespace

Reconciler::Reconciler(ReconcilerParts parts)
    : parts_(std::move(parts)),
      credentials_(parts_.store, parts_.clock, parts_.credentials),
      networks_(parts_.network, parts_.processes, parts_.realm, parts_.gate),
      instances_({.store = parts_.store,
                  .clock = parts_.clock,
                  .timeline = parts_.timeline,
                  .instances = parts_.instances,
                  .network = parts_.network,
                  .networks = networks_,
                  .observed = parts_.observed,
                  .ca_certificate_pem = parts_.ca_certificate_pem,
                  .work_mode = parts_.work_mode}) {}

bool Reconciler::keep_networks(const std::vector<RegionRecords>& regions, const Names& names) {
    bool well = true;
    std::set<std::string> known;
    for (const auto& region : regions) {
        for (const auto& vpc : region.vpcs) {
            known.insert(vpc.id);
            const auto kept =
                networks_.keep(region, vpc, names.at(region.region), credentials_.issued());
            if (kept) continue;
            spdlog::warn("ec2: {}: {}", vpc.id, kept.error().message);
            well = false;
        }
    }
    parts_.observed.set_interfaces(networks_.plugged());
    if (const auto swept = networks_.sweep(known); !swept) {
        spdlog::warn("ec2: removing VPCs: {}", swept.error().message);
        well = false;
    }
    return well;
}

Result<base::Millis> Reconciler::reconcile() {
    // Read in one snapshot, which is given up before the substrate is touched.
    auto tx = parts_.store.read();
    auto regions = TRY(load_regions(*tx));
    Names names;
    for (auto& region : regions) {
        region.now = parts_.clock.now();
        names[region.region] = TRY(services::dns_records.all(*tx, {region.region}));
    }
    tx.reset();
    credentials_.refresh(regions);
    const bool well = keep_networks(regions, names);
    const bool busy = instances_.keep(regions);
    TRY(instances_.sweep(regions));
    if (!well) return rest_trouble;
    return busy ? rest_busy : rest_idle;
}

}  // namespace stormglass::ec2
