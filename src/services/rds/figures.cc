#include "services/rds/figures.h"

#include "services/rds/engine.h"
#include "services/rds/reconciler.h"

namespace stormglass::rds {

/// Servers use real processors in real time, however fast the control plane's clock runs. Simulated
/// ones do neither, and a seed must repeat.
std::chrono::steady_clock::time_point Reconciler::moment() const {
    if (parts_.work_mode == WorkMode::threads) return std::chrono::steady_clock::now();
    return std::chrono::steady_clock::time_point(parts_.clock.now().time_since_epoch());
}

/// Asks the server; nothing where it does not answer. Rates need an earlier look at the same process.
std::optional<InstanceFigures> Reconciler::measure(const Found& found) {
    const auto& instance = found.instance;
    const auto* server = instance.primary_server();
    if (!instance.ready || instance.stop_wanted || server == nullptr) return std::nullopt;
    substrate::DatabaseServerSpec spec;
    spec.id = server->id;
    const auto usage = parts_.databases.usage(spec);
    if (!usage) return std::nullopt;
    InstanceFigures figures{.account = found.realm.account,
                            .region = found.realm.region,
                            .identifier = instance.identifier,
                            .instance_class = instance.instance_class};
    figures.connections = usage->connections;
    figures.free_storage_bytes = usage->storage_free_bytes;
    figures.storage_bytes = usage->storage_bytes;
    figures.binlog_bytes = static_cast<double>(usage->binlog_bytes);
    const auto known = find_class(instance.instance_class);
    if (known && usage->memory_bytes) {
        figures.memory_bytes = known->memory_bytes;
        figures.freeable_memory_bytes =
            std::max<std::int64_t>(0, known->memory_bytes - *usage->memory_bytes);
    }
    if (instance.is_replica()) figures.replica_lag_seconds = usage->lag_seconds;
    const Sample now{.pid = usage->pid,
                     .at = moment(),
                     .cpu_seconds = usage->cpu_seconds,
                     .queries = usage->queries};
    const std::lock_guard lock(samples_mutex_);
    const auto before = std::exchange(samples_[server->id], now);
    const double seconds = std::chrono::duration<double>(now.at - before.at).count();
    if (before.pid != now.pid || seconds <= 0) return figures;
    figures.queries_per_second = static_cast<double>(now.queries - before.queries) / seconds;
    if (known && now.cpu_seconds && before.cpu_seconds) {
        constexpr double hundred = 100, milli = 1000;
        figures.cpu_percent = (*now.cpu_seconds - *before.cpu_seconds) / seconds /
                              (known->cpu_millicores / milli) * hundred;
    }
    return figures;
}

Result<std::vector<InstanceFigures>> Reconciler::figures() {
    std::vector<InstanceFigures> all;
    for (const auto& found : TRY(load())) {
        if (auto figures = measure(found)) all.push_back(std::move(*figures));
    }
    return all;
}

Result<std::optional<InstanceFigures>> Reconciler::figures_of(const std::string& account,
                                                              const std::string& region,
                                                              const std::string& identifier) {
    const auto record = [&] {
        const auto tx = parts_.store.read();
        return instances.get(*tx, {account, region, identifier});
    }();
    if (!record) return std::unexpected(record.error());
    if (!*record) return std::nullopt;
    return measure({{account, region}, **record});
}

}  // namespace stormglass::rds
