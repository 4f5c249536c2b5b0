// Takes the log files that balancer nodes have finished to the buckets that their balancers name. A
// reconciler of its own: compressing and storing must not delay the care for nodes.
#pragma once

#include <map>
#include <set>

#include "services/common/object_delivery.h"
#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/elbv2/log_delivery.h"
#include "store/store.h"
#include "substrate/realm.h"

namespace stormglass::elbv2 {

struct AccessLogParts {
    store::Store& store;
    const base::Clock& clock;
    const base::Clock& wall_clock;  // Real time, in which the nodes' intervals are.
    services::Timeline& timeline;
    const substrate::Realm& realm;
    services::ObjectDelivery& delivery;
};

/// Where the node of that process name leaves its files and their destination.
std::string access_log_folder(const substrate::Realm& realm, const std::string& node_name);
/// Writes it durably when it is not what stands there already.
Result<void> keep_log_destination(const std::string& folder, const LogDestination& to);

/// A file is deleted once it is in the bucket, under a key that its own name decides: what a crash
/// in between repeats replaces itself. What S3 refuses is tried again for a bounded time.
class AccessLogs final : public services::Reconciler {
public:
    explicit AccessLogs(AccessLogParts parts) : parts_(parts) {}
    std::string_view name() const override { return "elbv2-access-logs"; }
    Result<base::Millis> reconcile() override;

private:
    enum class NodeFate { lives, gone };
    struct File {
        std::string path, random;
        base::Time end{};
        bool whole = false;
    };

    Result<std::set<std::string>> living_nodes();
    Result<void> empty(const std::string& node_name, NodeFate fate);
    static std::vector<File> files_in(const std::string& folder);
    Result<void> deliver(const LogDestination& to, const File& file);
    void give_up(const LogDestination& to, const File& file);
    void tell(const LogDestination& to, std::string text);

    AccessLogParts parts_;
    base::Time next_{};
    std::map<std::string, base::Time> retry_at_;  // By node, where S3 refused.
    std::map<std::string, std::string> told_;     // By node, what it refused with.
};

}  // namespace stormglass::elbv2
