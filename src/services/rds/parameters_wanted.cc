#include "services/rds/parameters_wanted.h"

namespace stormglass::rds {

Texts parameters_after_reboot(const ParameterGroup& group) {
    Texts wanted;
    for (const auto& [name, parameter] : group.parameters) {
        if (!parameter.reset) wanted[name] = parameter.value;
    }
    return wanted;
}

Texts parameters_now(const Instance& instance, const ParameterGroup& group) {
    Texts wanted = instance.in_force.parameters;
    if (instance.in_force.parameter_group != instance.parameter_group) return wanted;
    for (const auto& [name, parameter] : group.parameters) {
        if (parameter.pending_reboot) continue;
        if (parameter.reset) {
            wanted.erase(name);
        } else {
            wanted[name] = parameter.value;
        }
    }
    return wanted;
}

std::string apply_status(const Instance& instance, const ParameterGroup& group) {
    if (!instance.ready) return "in-sync";
    const auto& in_force = instance.in_force;
    if (in_force.parameter_group == instance.parameter_group &&
        parameters_now(instance, group) != in_force.parameters) {
        return "applying";
    }
    const bool same = in_force.parameter_group == instance.parameter_group &&
                      in_force.parameters == parameters_after_reboot(group);
    return same && in_force.awaiting_restart.empty() ? "in-sync" : "pending-reboot";
}

}  // namespace stormglass::rds
