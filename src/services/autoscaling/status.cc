// The groups' part of `stormglass status`.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/reconciler.h"

namespace stormglass::autoscaling {

Result<base::Json> Reconciler::status(store::Tx& tx) {
    base::Json all = base::Json::array();
    std::vector<std::pair<std::vector<std::string>, Group>> found;
    TRY(groups.scan(tx, {}, [&](const std::vector<std::string>& parts, Group& group) {
        found.emplace_back(parts, std::move(group));
    }));
    for (const auto& [parts, group] : found) {
        base::Json seen = base::Json::array();
        std::int64_t in_service = 0;
        for (const auto& one : TRY(members.all(tx, {parts.at(0), parts.at(1), group.name}))) {
            in_service += one.lifecycle == "InService";
            seen.push_back({{"id", one.id},
                            {"zone", one.zone},
                            {"lifecycle", one.lifecycle},
                            {"health", one.health},
                            {"reason", one.observed}});
        }
        all.push_back({{"name", group.name},
                       {"desired", group.desired},
                       {"min", group.min_size},
                       {"max", group.max_size},
                       {"in_service", in_service},
                       {"members", std::move(seen)}});
    }
    return all;
}

}  // namespace stormglass::autoscaling
