#include "services/ec2/instance_keeper.h"

#include <set>

#include "base/log.h"
#include "base/strings.h"
#include "services/ec2/cidr.h"
#include "services/ec2/instance_types.h"
#include "services/ec2/instances.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/names.h"
#include "services/ec2/spot.h"

namespace stormglass::ec2 {
namespace {

constexpr int launch_failures_max = 3;
/// Passes (some 20 ms apart) that a launch waits for the metadata service to know the instance.
constexpr int services_waits_max = 500;
constexpr auto stop_grace = std::chrono::seconds{10};
constexpr auto terminate_grace = std::chrono::seconds{5};
constexpr auto terminated_visible = std::chrono::hours{1};
constexpr int millicores_per_vcpu = 1000;
constexpr std::int64_t mebibyte = 1024 * 1024;
constexpr std::int64_t gibibyte = 1024 * mebibyte;

}  // namespace

Result<void> finish_termination(wire::Request& request, Instance& instance) {
    if (auto interface = TRY(find(request, interfaces, instance.interface_id))) {
        if (interface->delete_on_termination) {
            TRY(remove_interface(request, *interface));
        } else {
            interface->attachment_id.clear();
            interface->instance_id.clear();
            if (interface->allocation_id.empty()) TRY(drop_public_address(request, *interface));
            save(request, interfaces, *interface);
        }
    }
    if (TRY(find(request, volumes, instance.root_volume_id))) {
        erase(request, volumes, instance.root_volume_id);
    }
    services::spot_notices.erase(request.tx(), {request.account, request.region, instance.id});
    instance.state = state::terminated;
    instance.ended = request.now;
    return {};
}

void InstanceKeeper::tell(const Place& place, std::string text) {
    parts_.timeline.add({.time = parts_.clock.now(),
                         .kind = "instance",
                         .subject = place.instance.id,
                         .text = std::move(text),
                         .region = place.region.region});
}

void InstanceKeeper::log(const Place& place, const Result<void>& outcome) const {
    if (outcome) return;
    spdlog::warn("ec2: {} ({}): {}", place.instance.id, place.instance.state,
                 outcome.error().message);
}

Result<void> InstanceKeeper::record(const Place& place, const Change& change) {
    auto request =
        wire::make_internal_request(parts_.store, wire::TxMode::write, "ec2", place.region.account,
                                    place.region.region, parts_.clock.now());
    if (request == nullptr) return fail(Domain::store, "Busy", "the store takes no writes now");
    auto instance = TRY(find(*request, instances, place.instance.id));
    if (!instance || instance->state != place.instance.state) return {};
    TRY(change(*request, *instance));
    save(*request, instances, *instance);
    return request->commit();
}

Result<substrate::InstanceSpec> InstanceKeeper::spec_of(const Place& place) const {
    const Instance& instance = place.instance;
    const auto* interface = by_id(place.region.interfaces, instance.interface_id);
    const auto* vpc = by_id(place.region.vpcs, instance.vpc_id);
    const auto* volume = by_id(place.region.volumes, instance.root_volume_id);
    const auto type = find_instance_type(instance.type);
    if (interface == nullptr || vpc == nullptr || !type) {
        return fail(Domain::store, "Incomplete", instance.id + " lacks its interface, VPC or type");
    }
    substrate::InstanceSpec spec;
    spec.id = instance.id;
    spec.network_namespace = parts_.network.attachment_namespace(instance.id);
    spec.hostname = private_name(interface->address, place.region.region);
    spec.dns_server = address_text(parse_cidr(vpc->blocks.front().cidr)->base + 2);
    spec.search_domain = private_domain(place.region.region);
    spec.user_data = TRY(base::base64_decode(instance.user_data));
    spec.ca_certificate_pem = parts_.ca_certificate_pem;
    spec.cpu_millicores = type->vcpus * millicores_per_vcpu;
    spec.memory_bytes = type->memory_mib * mebibyte;
    if (volume != nullptr) spec.root_volume_bytes = volume->size_gib * gibibyte;
    return spec;
}

void InstanceKeeper::record_running(const Place& place) {
    failures_.erase(place.instance.id);
    waits_.erase(place.instance.id);
    log(place, record(place, [](wire::Request&, Instance& instance) -> Result<void> {
            instance.state = state::running;
            return {};
        }));
    tell(place, "running in " + place.instance.zone);
}

void InstanceKeeper::launch_failed(const Place& place, const Error& error) {
    spdlog::warn("ec2: launching {}: {}", place.instance.id, error.message);
    if (++failures_[place.instance.id] < launch_failures_max) return;
    failures_.erase(place.instance.id);
    tell(place, "launch failed: " + error.message);
    log(place, record(place, [&](wire::Request&, Instance& instance) -> Result<void> {
            instance.state = state::shutting_down;
            instance.reason = "Server.InternalError";
            instance.state_reason_code = "Server.InternalError";
            instance.state_reason_message = "Server.InternalError: " + error.message;
            return {};
        }));
}

bool InstanceKeeper::step_pending(const Place& place) {
    const std::string& id = place.instance.id;
    if (auto outcome = work_.take(id, WorkKind::launch)) {
        if (*outcome) {
            record_running(place);
        } else {
            launch_failed(place, outcome->error());
        }
        return true;
    }
    if (work_.has(id)) return true;
    if (!services::is_usable(place.region.zone_state(place.instance.zone))) {
        refuse_launch(place);
        return true;
    }
    if (!parts_.observed.is_plugged(place.instance.interface_id)) return true;
    if (!parts_.networks.services_are_current(place.instance.vpc_id)) {
        if (++waits_[id] < services_waits_max) return true;
        spdlog::warn("ec2: {} starts although its VPC's services do not answer", id);
    }
    auto spec = spec_of(place);
    if (!spec) {
        launch_failed(place, spec.error());
        return true;
    }
    work_.start(id, WorkKind::launch, [this, spec = std::move(*spec)]() -> Result<void> {
        const auto seen = TRY(parts_.instances.launch(spec));
        if (seen.phase == substrate::InstancePhase::running) return {};
        return fail(Domain::system, "NotRunning", "its init ended at once");
    });
    return true;
}

void InstanceKeeper::record_death(const Place& place, const substrate::InstanceState& seen) {
    const bool clean = seen.exit_status == 0;
    const bool terminate = place.instance.shutdown_behavior == "terminate";
    tell(place, clean ? std::string("shut itself down")
                      : fmt::format("died (exit status {})",
                                    seen.exit_status ? std::to_string(*seen.exit_status)
                                                     : std::string("unknown")));
    log(place, record(place, [&](wire::Request&, Instance& instance) -> Result<void> {
            const std::string code =
                clean ? "Client.InstanceInitiatedShutdown" : "Server.InternalError";
            instance.state_reason_code = code;
            instance.state_reason_message =
                clean ? code + ": Instance initiated shutdown"
                      : code + ": The instance ended unexpectedly";
            instance.reason.clear();
            // What is left of it is cleared away by the next steps.
            instance.state = terminate ? state::shutting_down : state::stopping;
            return {};
        }));
}

void InstanceKeeper::refuse_launch(const Place& place) {
    tell(place, "not launched: " + place.instance.zone + " is not available");
    log(place, record(place, [](wire::Request&, Instance& instance) -> Result<void> {
            instance.state = state::shutting_down;
            instance.reason = instance.state_reason_code = "Server.InsufficientInstanceCapacity";
            instance.state_reason_message =
                "Server.InsufficientInstanceCapacity: There is not enough capacity to fulfill your "
                "instance request; the Availability Zone became unavailable";
            return {};
        }));
}

bool InstanceKeeper::keep_dark(const Place& place) {
    const std::string& id = place.instance.id;
    if (auto outcome = work_.take(id, WorkKind::power_off)) log(place, *outcome);
    if (work_.has(id)) return true;
    if (!place.instance.power_lost) {
        log(place, record(place, [](wire::Request&, Instance& instance) -> Result<void> {
                instance.power_lost = true;
                return {};
            }));
    }
    const auto seen = parts_.instances.observe(id);
    if (seen && seen->phase != substrate::InstancePhase::running) return false;
    work_.start(id, WorkKind::power_off,
                [this, id] { return parts_.instances.halt(id, substrate::Halt::power_off); });
    return true;
}

bool InstanceKeeper::boot_again(const Place& place) {
    const std::string& id = place.instance.id;
    if (auto outcome = work_.take(id, WorkKind::power_on)) {
        log(place, *outcome);
        if (!*outcome && ++failures_[id] < launch_failures_max) return true;
        failures_.erase(id);
        const bool booted = outcome->has_value();
        log(place, record(place, [](wire::Request&, Instance& instance) -> Result<void> {
                instance.power_lost = instance.reboot = false;  // Else the next look finds it dead.
                return {};
            }));
        tell(place, booted ? "running again: power is back in " + place.instance.zone
                           : "does not boot although power is back: " + outcome->error().message);
        return true;
    }
    if (work_.has(id) || !parts_.observed.is_plugged(place.instance.interface_id)) return true;
    auto spec = spec_of(place);
    if (!spec) return false;
    work_.start(id, WorkKind::power_on, [this, spec = std::move(*spec)]() -> Result<void> {
        const auto seen = TRY(parts_.instances.launch(spec));
        if (seen.phase == substrate::InstancePhase::running) return {};
        return fail(Domain::system, "NotRunning", "its init ended at once");
    });
    return true;
}

bool InstanceKeeper::take_back(const Place& place) {
    const auto notice = place.region.spot_notices.find(place.instance.id);
    if (notice == place.region.spot_notices.end() || parts_.clock.now() < notice->second.ends) {
        return false;
    }
    tell(place, "taken back by EC2: its Spot interruption is due");
    log(place, record(place, [](wire::Request& request, Instance& instance) -> Result<void> {
            set_spot_reason(instance, request.now);
            return {};
        }));
    return true;
}

bool InstanceKeeper::step_running(const Place& place) {
    const std::string& id = place.instance.id;
    if (place.region.zone_state(place.instance.zone) == services::ZoneState::power_lost) {
        return keep_dark(place);
    }
    if (take_back(place)) return true;
    if (place.instance.power_lost) return boot_again(place);
    if (auto outcome = work_.take(id, WorkKind::reboot)) {
        log(place, *outcome);
        log(place, record(place, [](wire::Request&, Instance& instance) -> Result<void> {
                instance.reboot = false;
                return {};
            }));
        tell(place, "rebooted");
        return true;
    }
    if (work_.has(id)) return true;
    const auto seen = parts_.instances.observe(id);
    if (!seen) {
        spdlog::warn("ec2: observing {}: {}", id, seen.error().message);
        return false;
    }
    if (seen->phase != substrate::InstancePhase::running) {
        record_death(place, *seen);
        return true;
    }
    running_[id] = seen->pid;
    if (seen->hangs) hanging_.insert(id);
    if (!place.instance.reboot) return false;
    auto spec = spec_of(place);
    if (!spec) return false;
    work_.start(id, WorkKind::reboot, [this, spec = std::move(*spec)]() -> Result<void> {
        TRY(parts_.instances.halt(spec.id, substrate::Halt::graceful, stop_grace));
        TRY(parts_.instances.launch(spec));
        return {};
    });
    return true;
}

bool InstanceKeeper::step_stopping(const Place& place) {
    const std::string& id = place.instance.id;
    if (auto outcome = work_.take(id, WorkKind::halt)) {
        log(place, *outcome);
        const auto seen = parts_.instances.observe(id);
        if (!seen || seen->phase == substrate::InstancePhase::running) return true;
        log(place, record(place, [](wire::Request& request, Instance& instance) -> Result<void> {
                auto interface = TRY(find(request, interfaces, instance.interface_id));
                if (interface && interface->allocation_id.empty()) {
                    TRY(drop_public_address(request, *interface));
                    save(request, interfaces, *interface);
                }
                instance.state = state::stopped;
                return {};
            }));
        tell(place, "stopped");
        return true;
    }
    work_.start(id, WorkKind::halt, [this, id] {
        return parts_.instances.halt(id, substrate::Halt::graceful, stop_grace);
    });
    return true;
}

bool InstanceKeeper::step_shutting_down(const Place& place) {
    const std::string& id = place.instance.id;
    if (auto outcome = work_.take(id, WorkKind::remove)) {
        log(place, *outcome);
        if (!*outcome) return true;
        log(place, record(place, finish_termination));
        tell(place, "terminated");
        return true;
    }
    work_.start(id, WorkKind::remove, [this, id]() -> Result<void> {
        TRY(parts_.instances.halt(id, substrate::Halt::graceful, terminate_grace));
        return parts_.instances.remove(id);
    });
    return true;
}

bool InstanceKeeper::step_terminated(const Place& place) {
    const auto ended = place.instance.ended.value_or(place.instance.launched);
    if (parts_.clock.now() - ended < terminated_visible) return false;
    // The folder first: without its record nobody would look for it again.
    const auto forgotten = parts_.instances.forget(place.instance.id);
    log(place, forgotten);
    if (!forgotten) return false;
    auto request =
        wire::make_internal_request(parts_.store, wire::TxMode::write, "ec2", place.region.account,
                                    place.region.region, parts_.clock.now());
    if (request == nullptr) return false;
    erase(*request, instances, place.instance.id);
    log(place, request->commit());
    return false;
}

bool InstanceKeeper::step(const Place& place) {
    const std::string& state_now = place.instance.state;
    if (state_now == state::pending) return step_pending(place);
    if (state_now == state::running) return step_running(place);
    if (state_now == state::stopping) return step_stopping(place);
    if (state_now == state::shutting_down) return step_shutting_down(place);
    if (state_now == state::terminated) return step_terminated(place);
    return false;
}

bool InstanceKeeper::keep(const std::vector<RegionRecords>& regions) {
    running_.clear();
    hanging_.clear();
    bool busy = false;
    std::set<std::string> known;
    for (const auto& region : regions) {
        for (const auto& instance : region.instances) {
            known.insert(instance.id);
            if (step({region, instance})) busy = true;
        }
    }
    parts_.observed.set_instances(running_, hanging_);
    const auto is_gone = [&](const auto& entry) { return !known.contains(entry.first); };
    std::erase_if(failures_, is_gone);
    std::erase_if(waits_, is_gone);
    return busy;
}

Result<void> InstanceKeeper::sweep(const std::vector<RegionRecords>& regions) {
    std::set<std::string> known;
    for (const auto& region : regions) {
        for (const auto& instance : region.instances) {
            if (instance.state != state::terminated) known.insert(instance.id);
        }
    }
    for (const auto& id : TRY(parts_.instances.list())) {
        if (known.contains(id) || work_.has(id)) continue;
        spdlog::info("ec2: removing {}, which no record knows", id);
        work_.start(id, WorkKind::remove, [this, id]() -> Result<void> {
            TRY(parts_.instances.remove(id));
            return parts_.instances.forget(id);
        });
    }
    work_.drop_unknown([&](const std::string& id) { return known.contains(id); });
    return {};
}

}  // namespace stormglass::ec2
