// A configuration, checked and compiled: what the workers use. Immutable, swapped whole on reload.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "planes/lb/config.h"
#include "planes/lb/forward_head.h"
#include "planes/lb/http1/desync.h"
#include "planes/lb/rules.h"
#include "planes/lb/target_state.h"
#include "planes/lb/tls.h"

namespace stormglass::lb {

struct Target {
    TargetConfig config;
    std::shared_ptr<TargetState> state;
    bool draining() const { return config.state == "draining"; }
};

struct TargetGroup {
    TargetGroupConfig config;
    std::shared_ptr<TargetGroupState> state;
    std::vector<Target> targets;  // All registered.
    /// Indexes of the targets this node may use: those of its zone when cross-zone is off.
    std::vector<int> reachable;
    int index = 0;  // Of Snapshot::groups.

    bool target_tls() const { return config.protocol == "HTTPS"; }
};

struct WeightedGroup {
    const TargetGroup* group = nullptr;
    int weight = 0;
};

/// A rule's forward action, resolved. Empty for other actions.
struct ForwardPlan {
    std::vector<WeightedGroup> groups;
    int weight_total = 0;
};

struct Listener {
    ListenerConfig config;
    RuleSet rules;
    std::vector<ForwardPlan> plans;        // Beside rules.rules().
    std::unique_ptr<const TlsServer> tls;  // Null for HTTP.
    int index = 0;

    bool https() const { return tls != nullptr; }
};

struct Snapshot {
    LoadBalancerConfig config;  // Without the parts moved into listeners and groups.
    std::string log_name;       // "app/NAME/ID"
    std::string cookie_key;     // 32 bytes.
    ForwardPolicy forward_policy;
    http1::DesyncMode desync_mode = http1::DesyncMode::defensive;
    std::vector<std::unique_ptr<Listener>> listeners;
    std::vector<std::unique_ptr<TargetGroup>> groups;
};

/// Makes snapshots, keeping the state of targets and groups that stay. Control thread only.
class SnapshotBuilder {
public:
    /// On failure the states are as they were.
    Result<std::shared_ptr<const Snapshot>> build(LoadBalancerConfig config);

private:
    Result<void> add_group(Snapshot& snapshot, TargetGroupConfig config);
    Result<void> add_listener(Snapshot& snapshot, ListenerConfig config);
    void adopt(const Snapshot& snapshot);
    static std::string key_of(const std::string& group_arn, const TargetConfig& target);

    std::map<std::string, std::shared_ptr<TargetState>> targets_;      // By key_of().
    std::map<std::string, std::shared_ptr<TargetGroupState>> groups_;  // By ARN.
};

/// Reads and parses the file; its content never appears in the error.
Result<LoadBalancerConfig> read_config(const std::string& path);

}  // namespace stormglass::lb
