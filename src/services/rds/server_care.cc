#include "services/rds/server_care.h"

#include "base/log.h"
#include "services/rds/changes.h"
#include "services/rds/engine.h"
#include "services/rds/health.h"
#include "services/rds/parameters_wanted.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

using substrate::ServerRole;

constexpr std::int64_t gib = 1LL << 30;
constexpr base::Millis rest_waiting{200};    // For an interface, or another step.
constexpr base::Millis rest_healthy{2'000};  // Until the next look.
constexpr base::Millis rest_watchful{250};   // The same where a standby could take over.
constexpr base::Millis rest_refused{5'000};

std::string state_word(const substrate::DatabaseServerState& state) {
    if (!state.running) return "stopped";
    return state.answers ? "running" : "unreachable";
}

}  // namespace

substrate::DatabaseServerSpec InstanceCare::spec_of(const Server& server,
                                                    const Texts& parameters) const {
    substrate::DatabaseServerSpec spec;
    spec.id = server.id;
    spec.network_namespace = parts_.network.attachment_namespace(server.interface_id);
    spec.address = server.address;
    spec.port = static_cast<std::uint16_t>(instance_.port);
    spec.backplane_address = server.backplane_address;
    spec.server_id = server.server_id;
    spec.parameters = parameters;
    if (const auto known = find_class(instance_.instance_class)) {
        spec.cpu_millicores = known->cpu_millicores;
        spec.memory_bytes = known->memory_bytes;
    }
    spec.storage_bytes = instance_.allocated_storage * gib;
    spec.encryption_key = key_;
    if (instance_.is_replica()) spec.follower = substrate::DatabaseServerSpec::Follower::read_replica;
    return spec;
}

Result<void> InstanceCare::observe() {
    states_.clear();
    memory_.servers.clear();
    for (const auto& server : instance_.servers) {
        const auto& state = states_[server.id] = TRY(parts_.databases.observe(spec_of(server)));
        memory_.servers.push_back({.id = server.id,
                                   .role = role_word(server, state),
                                   .zone = server.zone,
                                   .address = server.address,
                                   .state = state_word(state),
                                   .replicating = state.replicating,
                                   .synchronous = server.id == instance_.primary
                                                      ? state.synchronous
                                                      : server.in_sync && state.replicating,
                                   .pid = state.pid,
                                   .lag_seconds = instance_.is_replica() ? state.lag_seconds
                                                                         : std::nullopt});
    }
    return {};
}

/// As the server itself says, where it answers.
std::string InstanceCare::role_word(const Server& server, const State& state) const {
    const bool is_main = server.id == instance_.primary;
    if (instance_.is_replica() && is_main) return "replica";
    const bool leads = state.answers ? state.role == ServerRole::primary : is_main;
    return leads ? "primary" : "standby";
}

const InstanceCare::State* InstanceCare::state_of(const Server* server) const {
    if (server == nullptr) return nullptr;
    const auto found = states_.find(server->id);
    return found == states_.end() ? nullptr : &found->second;
}

bool InstanceCare::is_plugged(const Server& server) const {
    return parts_.interfaces.is_plugged(server.interface_id);
}

bool InstanceCare::is_usable(const Server& server) const {
    const auto found = zones_.find(server.zone);
    return found == zones_.end() || services::is_usable(found->second);
}

/// The state of the servers' zones. Where the power is lost nothing runs, whoever started it.
Result<void> InstanceCare::look_at_zones() {
    const auto tx = parts_.store.read();
    for (const auto& server : instance_.servers) {
        const auto fault = TRY(services::zone_fault(*tx, server.zone));
        zones_[server.zone] = services::zone_state(fault);
        if (zones_[server.zone] == services::ZoneState::power_lost) {
            TRY(parts_.databases.kill(server.id));
        }
    }
    return {};
}

/// Makes the data key once; the record has it before the first byte is encrypted with it.
Result<void> InstanceCare::settle_key() {
    if (instance_.wrapped_key.empty()) {
        const auto wrapped = TRY(keys_.make(realm_, instance_));
        TRY(update([&](wire::Request&, Instance& record) -> Result<void> {
            record.wrapped_key = wrapped;
            return {};
        }));
    }
    auto key = keys_.open(realm_, instance_);
    if (!key) {
        TRY(set_status("inaccessible-encryption-credentials"));
        return std::unexpected(std::move(key).error());
    }
    key_ = *key;
    return {};
}

Result<base::Millis> InstanceCare::tend() {
    if (instance_.status == "deleting") return destroy();
    TRY(settle_key());
    TRY(look_at_zones());
    TRY(observe());
    const auto* primary = instance_.primary_server();
    if (primary == nullptr) return fail(Domain::system, "NoPrimary", "the record names no primary");
    if (instance_.is_replica()) return tend_replica();
    if (instance_.ready && instance_.stop_wanted && !instance_.failover) return stand_still();
    if (instance_.ready) {
        TRY(check_invariants());
        if (const auto why = reason_to_fail_over(); why && !instance_.failover) {
            TRY(begin_failover(*why));
        }
        if (instance_.failover) return continue_failover();
        TRY(settle_asked_failover());
    }
    primary = instance_.primary_server();
    const bool starting = instance_.status == "starting";
    if (instance_.ready && !state_of(primary)->running && !starting) TRY(set_status("rebooting"));
    if (!is_usable(*primary) || !is_plugged(*primary)) return rest_waiting;
    return instance_.ready ? keep_up() : create();
}

Result<void> InstanceCare::remove_server(const Server& server) {
    TRY(parts_.databases.remove(server.id));
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        TRY(parts_.interfaces.remove(request, server.interface_id));
        std::erase_if(record.servers, [&](const Server& each) { return each.id == server.id; });
        return {};
    });
}

/// Asked for together with the deletion. True: there is nothing to wait for.
Result<bool> InstanceCare::take_final_snapshot() {
    bool wanted = false;
    for (const auto& each : TRY(own_snapshots())) wanted = wanted || each.status == "creating";
    if (!wanted) return true;
    TRY(settle_key());
    TRY(look_at_zones());
    TRY(observe());
    const auto* primary = instance_.primary_server();
    if (primary == nullptr) return true;
    if (!state_of(primary)->running) {
        TRY(parts_.databases.start(spec_of(*primary), ServerRole::primary));
        TRY(observe());
    }
    return tend_snapshots();
}

Result<base::Millis> InstanceCare::destroy() {
    if (!TRY(take_final_snapshot())) return rest_waiting;
    TRY(forget_automated_snapshots());
    const auto servers = instance_.servers;
    for (const auto& server : servers) TRY(remove_server(server));
    TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
        services::dns_records.erase(
            request.tx(), {realm_.region, endpoint_name(realm_.account, realm_.region,
                                                        record.identifier)});
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::deleted);
    }));
    const auto request =
        wire::make_internal_request(parts_.store, wire::TxMode::write, "rds", realm_.account,
                                    realm_.region, parts_.clock.now());
    if (!request) return fail(Domain::store, "Busy", "the store's writer lock does not come free");
    instances.erase(request->tx(), {realm_.account, realm_.region, instance_.identifier});
    TRY(request->commit());
    keys_.forget(instance_);
    memory_.servers.clear();
    return rest_healthy;
}

/// The first time: data, server, users; then the standby from it. Every step does nothing where an
/// earlier pass has done it.
Result<base::Millis> InstanceCare::create() {
    const auto parameters = parameters_after_reboot(TRY(group()));
    const auto problems = TRY(parts_.databases.check_parameters(parameters));
    if (!problems.empty()) {
        spdlog::warn("rds: {}: parameter {}: {}", instance_.identifier, problems.front().name,
                     problems.front().reason);
        if (instance_.status == "incompatible-parameters") return rest_refused;
        TRY(set_status("incompatible-parameters"));
        TRY(add_event(event::parameters_refused));
        return rest_refused;
    }
    const auto primary = *instance_.primary_server();
    const auto spec = spec_of(primary, parameters);
    const bool restores = !instance_.from_snapshot.empty();
    const InForce in_force{.instance_class = instance_.instance_class,
                           .parameter_group = instance_.parameter_group,
                           .port = instance_.port,
                           .credentials_version = instance_.credentials_version,
                           .allocated_storage = instance_.allocated_storage,
                           .parameters = parameters,
                           .awaiting_restart = {},
                           .parameters_refused = false};
    if (is_hung(*state_of(&primary))) TRY(parts_.databases.kill(primary.id));
    TRY(restores ? parts_.databases.restore_snapshot(instance_.from_snapshot, spec)
                 : parts_.databases.create_data(spec));
    TRY(parts_.databases.start(spec, ServerRole::primary));
    TRY(replay(spec));
    TRY(parts_.databases.set_credentials(
        spec, {.master_username = instance_.master_username,
               .master_password = instance_.master_password,
               .replication_password = instance_.replication_password,
               .initial_database = restores ? "" : instance_.db_name}));
    TRY(update([&](wire::Request&, Instance& record) -> Result<void> {
        record.in_force = in_force;  // The standby starts with the same.
        return {};
    }));
    if (const auto* standby = instance_.standby_server()) {
        if (!is_plugged(*standby)) return rest_waiting;
        TRY(observe());
        TRY(tend_standby());
        standby = instance_.standby_server();
        if (standby != nullptr && !standby->in_sync) return rest_waiting;
    }
    TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.ready = true;
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            restores ? event::restored : event::created);
    }));
    TRY(publish_name());
    TRY(observe());
    TRY(finish());
    return rest_healthy;
}

Result<void> InstanceCare::revive_primary() {
    const auto primary = *instance_.primary_server();
    const auto& state = *state_of(&primary);
    if (state.running && state.answers) return {};
    if (state.running && !is_hung(state)) return {};
    if (state.running) {
        spdlog::warn("rds: {} does not answer and is ended", primary.id);
        TRY(parts_.databases.kill(primary.id));
    }
    const bool starting = instance_.status == "starting";
    if (!starting) TRY(set_status("rebooting"));
    TRY(parts_.databases.start(spec_of(primary), ServerRole::primary));
    TRY(add_event(starting ? event::started : event::restarted));
    return observe();
}

/// A reboot, or a change that needs one: the standby first, so that the primary finds it again.
Result<void> InstanceCare::restart() {
    const auto& in_force = instance_.in_force;
    const bool resized = in_force.instance_class != instance_.instance_class;
    if (!instance_.reboot_wanted && !resized && in_force.port == instance_.port) return {};
    auto parameters = parameters_after_reboot(TRY(group()));
    if (!TRY(parts_.databases.check_parameters(parameters)).empty()) {
        TRY(add_event(event::parameters_refused));
        parameters = in_force.parameters;
    }
    InForce after = in_force;
    after.instance_class = instance_.instance_class;
    after.port = instance_.port;
    after.parameter_group = instance_.parameter_group;
    after.parameters = parameters;
    after.awaiting_restart.clear();
    const auto primary = *instance_.primary_server();
    const auto spec = spec_of(primary, parameters);
    const auto* other = instance_.standby_server();
    const bool pair = other != nullptr && other->seeded && is_plugged(*other) && is_usable(*other);
    const auto standby = spec_of(pair ? *other : primary, parameters);
    if (pair) {
        TRY(parts_.databases.stop(standby.id));
        TRY(parts_.databases.start(standby, ServerRole::standby));
    }
    TRY(parts_.databases.stop(primary.id));
    TRY(parts_.databases.start(
        spec, instance_.is_replica() ? ServerRole::standby : ServerRole::primary));
    if (pair) rejoin_after_restart(standby, spec);
    TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.reboot_wanted = false;
        record.in_force = after;
        const EventTools tools{parts_.random, parts_.timeline};
        TRY(record_event(request, tools, record.identifier, event::restarted));
        if (!resized) return {};
        return record_event(request, tools, record.identifier, event::class_change);
    }));
    return observe();
}

/// At once, since writes wait for it; whatever fails here is tend_standby()'s to repair.
void InstanceCare::rejoin_after_restart(const substrate::DatabaseServerSpec& standby,
                                        const substrate::DatabaseServerSpec& primary) {
    const auto joined =
        parts_.databases.replicate_from(standby, primary, instance_.replication_password);
    if (!joined) spdlog::warn("rds: {}: {}", standby.id, joined.error().message);
}

Result<void> InstanceCare::follow_credentials() {
    const auto version = instance_.credentials_version;
    if (instance_.in_force.credentials_version == version) return {};
    TRY(parts_.databases.set_credentials(
        spec_of(*instance_.primary_server()),
        {.master_username = instance_.master_username,
         .master_password = instance_.master_password,
         .replication_password = instance_.replication_password,
         .initial_database = ""}));
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.in_force.credentials_version = version;
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::credentials);
    });
}

Result<void> InstanceCare::follow_parameters() {
    const auto wanted = parameters_now(instance_, TRY(group()));
    if (wanted == instance_.in_force.parameters || wanted == memory_.refused_parameters) return {};
    std::vector<std::string> awaiting;
    const auto servers = instance_.servers;
    for (const auto& server : servers) {
        const auto* state = state_of(&server);
        if (server.retired || state == nullptr || !state->answers) continue;
        auto applied = parts_.databases.apply_parameters(spec_of(server, wanted));
        if (!applied && applied.error().code == "InvalidParameter") {
            memory_.refused_parameters = wanted;
            spdlog::warn("rds: {}: {}", instance_.identifier, applied.error().message);
            return add_event(event::parameters_refused);
        }
        awaiting = TRY(std::move(applied));
    }
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.in_force.parameters = wanted;
        record.in_force.awaiting_restart = awaiting;
        parts_.timeline.add({request.now, "database", record.identifier,
                             "parameters applied to running servers", realm_.region});
        return {};
    });
}

Result<void> InstanceCare::retire() {
    const auto servers = instance_.servers;
    for (const auto& server : servers) {
        if (!server.retired || server.id == instance_.primary) continue;
        // Nobody may wait for it any more.
        TRY(drop_out_of_sync(server));
        TRY(remove_server(server));
        TRY(add_event(event::to_single_az));
    }
    return {};
}

Result<base::Millis> InstanceCare::keep_up() {
    TRY(revive_primary());
    if (!state_of(instance_.primary_server())->answers) return rest_waiting;
    TRY(tend_storage());
    TRY(open_window());
    TRY(retire());
    TRY(restart());
    TRY(follow_credentials());
    TRY(follow_parameters());
    TRY(tend_standby());
    TRY(publish_name());
    TRY(finish());
    TRY(keep_automated_snapshots());
    TRY(tend_snapshots());
    TRY(tend_log_archive());
    TRY(export_logs());
    TRY(monitor());
    const bool settled = instance_.status == "available" && !needs_work(instance_);
    if (!settled) return rest_waiting;
    return instance_.standby_server() != nullptr ? rest_watchful : rest_healthy;
}

}  // namespace stormglass::rds
