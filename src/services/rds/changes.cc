#include "services/rds/changes.h"

#include "services/rds/common.h"

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
}

Result<void> apply_pending(wire::Request& request, ServerTools tools, Instance& instance) {
    const auto pending = std::exchange(instance.pending, {});
    if (pending.instance_class) instance.instance_class = *pending.instance_class;
    if (pending.engine_version) instance.engine_version = *pending.engine_version;
    if (pending.allocated_storage) instance.allocated_storage = *pending.allocated_storage;
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

bool needs_work(const Instance& instance) {
    const auto& in_force = instance.in_force;
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
