// A node that died or hangs is there again within a second. The reconciler's pass does all that needs
// thought; this look, five times a second, only puts back what ran a moment ago.
#pragma once

#include <map>

#include "services/elbv2/reconciler.h"

namespace stormglass::elbv2 {

struct NodeWatchParts {
    store::Store& store;
    const base::Clock& clock;
    const base::Clock& wall_clock;  // Real time, as the nodes see it.
    services::Timeline& timeline;
    substrate::Network& network;
    substrate::Processes& processes;
    const substrate::Realm& realm;
    services::ManagedInterfaces& interfaces;
};

class NodeWatch final : public services::Reconciler {
public:
    static constexpr base::Millis look_every{200};
    /// A status is written twice a second. One as old as this, of a process that used no processor
    /// time meanwhile, means that it hangs; one as old as `silence_max` means so in any case.
    static constexpr base::Millis heartbeat_max{1'500}, silence_max{15'000};
    /// Between two restarts of a node that keeps dying: doubled each time, up to the longest.
    static constexpr base::Millis again_first{500}, again_most{30'000};
    static constexpr base::Millis calm{60'000};  // After which a death is the first again.

    explicit NodeWatch(NodeWatchParts parts) : parts_(parts) {}
    std::string_view name() const override { return "elbv2-nodes"; }
    Result<base::Millis> reconcile() override;

private:
    struct Watched {
        int pid = 0;  // As seen alive; 0: never, the reconciler starts it.
        std::uint64_t cpu_ticks = 0;
        base::Time ticks_since{};  // When it was last seen to use the processor.
        bool was_stopped = false;  // At the last look.
        base::Time restarted{}, again_at{};
        base::Millis pause{0};
    };

    Result<void> look(const std::vector<std::string>& key, const Node& node);
    /// Why it counts as hanging; empty: it does not.
    std::string hangs(const NodePaths& paths, const substrate::ProcessState& seen, Watched& watched);
    Result<void> put_back(const std::string& region, const Node& node, const NodePaths& paths,
                          const std::string& why, Watched& watched);

    NodeWatchParts parts_;
    std::map<std::string, Watched> watched_;  // By process name.
};

}  // namespace stormglass::elbv2
