#include "database_client.h"

#include <algorithm>

#include "services/common/ports.h"
#include "services/rds/records.h"

namespace stormglass::sim {

void DatabaseClient::write() {
    const auto tx = world_.store.read();
    const auto names = services::dns_records.all(*tx).value();
    for (const auto& instance : must(rds::instances.all(*tx))) {
        for (const auto& name : names) {
            if (!name.owner.ends_with(":db:" + instance.identifier)) continue;
            for (const auto& server : instance.servers) {
                if (name.addresses.empty() || name.addresses.front() != server.address) continue;
                const auto outcome = world_.databases.write(server.id, ++written_);
                if (outcome == substrate::DatabasesSim::Write::acknowledged) {
                    acknowledged_[instance.resource_id].push_back(written_);
                }
            }
        }
    }
}

Problems DatabaseClient::lost() const {
    Problems problems;
    const auto tx = world_.store.read();
    for (const auto& instance : must(rds::instances.all(*tx))) {
        const auto known = acknowledged_.find(instance.resource_id);
        if (known == acknowledged_.end()) continue;
        const auto there = world_.databases.transactions(instance.primary);
        for (const int one : known->second) {
            if (std::find(there.begin(), there.end(), one) != there.end()) continue;
            problems.push_back(fmt::format("transaction {} was acknowledged and is not on {}", one,
                                           instance.primary));
        }
    }
    return problems;
}

}  // namespace stormglass::sim
