#include "services/rds/changes.h"

#include "services/rds/common.h"
#include "services/rds/instance_check.h"

namespace stormglass::rds {
namespace {

template <class T>
void forget_if(std::optional<T>& pending, const T& wanted) {
    if (pending == wanted) pending.reset();
}

}  // namespace

void forget_same(Instance& instance) {
    forget_if(instance.pending.instance_class, instance.instance_class);
    forget_if(instance.pending.engine_version, instance.engine_version);
    forget_if(instance.pending.allocated_storage, instance.allocated_storage);
    forget_if(instance.pending.port, instance.port);
    forget_if(instance.pending.multi_az, instance.multi_az);
    forget_if(instance.pending.storage_type, instance.storage_type);
    if (instance.pending.storage_type) return;  // Of another type even the same rates are news.
    if (instance.pending.iops == instance.iops) instance.pending.iops.reset();
    if (instance.pending.storage_throughput == instance.storage_throughput) {
        instance.pending.storage_throughput.reset();
    }
}

Result<void> apply_pending_storage(const PendingChanges& pending, Instance& instance) {
    if (pending.allocated_storage) instance.allocated_storage = *pending.allocated_storage;
    if (pending.storage_type) {
        instance.storage_type = *pending.storage_type;
        instance.iops.reset();
        instance.storage_throughput.reset();
    }
    if (pending.iops) instance.iops = pending.iops;
    if (pending.storage_throughput) instance.storage_throughput = pending.storage_throughput;
    return settle_storage(instance);
}

Result<void> apply_pending(wire::Request& request, ServerTools tools, Instance& instance) {
    const auto pending = std::exchange(instance.pending, {});
    if (pending.instance_class) instance.instance_class = *pending.instance_class;
    if (pending.engine_version) instance.engine_version = *pending.engine_version;
    TRY(apply_pending_storage(pending, instance));
    if (pending.port) instance.port = *pending.port;
    if (!pending.multi_az) return {};
    instance.multi_az = *pending.multi_az;
    if (instance.multi_az) {
        return add_server(request, tools, TRY(need_subnet_group(request, instance.subnet_group)),
                          "", instance);
    }
    for (auto& server : instance.servers) server.retired = server.id != instance.primary;
    return {};
}

bool is_storage_behind(const Instance& instance) {
    return instance.ready && instance.in_force.allocated_storage != 0 &&
           instance.in_force.allocated_storage != instance.allocated_storage;
}

bool needs_work(const Instance& instance) {
    const auto& in_force = instance.in_force;
    if (is_storage_behind(instance)) return true;
    if (in_force.instance_class != instance.instance_class || in_force.port != instance.port ||
        in_force.credentials_version != instance.credentials_version || instance.reboot_wanted) {
        return true;
    }
    return std::any_of(instance.servers.begin(), instance.servers.end(),
                       [&](const Server& server) {
                           return server.retired ||
                                  (server.id != instance.primary && !server.in_sync);
                       });
}

}  // namespace stormglass::rds
