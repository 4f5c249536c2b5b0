// What a zone's loss of power means for balancers: the nodes in it are gone at one instant.
#pragma once

#include "services/common/zone_health.h"
#include "services/elbv2/reconciler.h"

namespace stormglass::elbv2 {

class ZonePower final : public services::ZoneOccupant {
public:
    ZonePower(store::Store& store, substrate::Processes& processes, const substrate::Realm& realm)
        : store_(store), processes_(processes), realm_(realm) {}

    Result<void> cut_power(const std::string& zone) override {
        std::vector<std::string> names;
        {
            const auto tx = store_.read();
            TRY(nodes.scan(*tx, {}, [&](const std::vector<std::string>&, Node& node) {
                if (node.zone != zone) return;
                names.push_back(node_paths(realm_, node.load_balancer_id, zone).name);
            }));
        }
        for (const auto& name : names) TRY(processes_.stop(name, substrate::StopMode::kill));
        return {};
    }

private:
    store::Store& store_;
    substrate::Processes& processes_;
    const substrate::Realm& realm_;
};

}  // namespace stormglass::elbv2
