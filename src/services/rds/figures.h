// What a DB instance uses and how far a replica is behind, as measured just now: for CloudWatch's
// AWS/RDS metrics and for enhanced monitoring. Plain data and an interface; rds::Reconciler
// implements it (app hands it out).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace stormglass::rds {

/// Of the server that clients talk to (the primary; a replica's own). A figure that cannot be
/// measured on this machine (no cgroups) or not yet (a rate needs two looks) is absent.
struct InstanceFigures {
    std::string account, region, identifier, instance_class;
    std::optional<double> cpu_percent;             // Of the class's vCPUs: CPUUtilization.
    std::optional<std::int64_t> connections;       // DatabaseConnections.
    std::optional<std::int64_t> free_storage_bytes, storage_bytes;  // FreeStorageSpace.
    std::optional<std::int64_t> freeable_memory_bytes, memory_bytes;  // FreeableMemory.
    std::optional<double> replica_lag_seconds;     // ReplicaLag; of read replicas only.
    std::optional<double> queries_per_second;      // Queries.
    std::optional<double> binlog_bytes;            // BinLogDiskUsage.
};

/// Thread-safe. A look asks the servers: some milliseconds each; never inside a transaction.
class FigureSource {
public:
    virtual ~FigureSource() = default;
    /// Every instance whose server answers; others are left out. Rates are since the last call.
    virtual Result<std::vector<InstanceFigures>> figures() = 0;
    /// Of one; nothing when there is no such instance or its server does not answer.
    virtual Result<std::optional<InstanceFigures>> figures_of(const std::string& account,
                                                              const std::string& region,
                                                              const std::string& identifier) = 0;
};

}  // namespace stormglass::rds
