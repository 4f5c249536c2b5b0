// Read replicas: an instance whose one server follows the primary of another instance, by a copy and
// then by its log. No write of the source waits for it, so it may lack the newest (ReplicaLag), and
// after a failover of the source it may hold what that does not: then it is made anew. It becomes an
// instance of its own when asked to, and when its source is deleted, as on AWS.
#include "base/log.h"
#include "services/rds/health.h"
#include "services/rds/parameters_wanted.h"
#include "services/rds/server_care.h"

namespace stormglass::rds {
namespace {

using substrate::ServerRole;

constexpr base::Millis rest_waiting{200}, rest_following{1'000};

}  // namespace

/// The record that it follows; nothing once that is gone, or going.
Result<std::optional<Instance>> InstanceCare::source() {
    const auto tx = parts_.store.read();
    auto found =
        TRY(instances.get(*tx, {realm_.account, realm_.region, instance_.replica_source}));
    if (!found || found->resource_id != instance_.source_resource_id ||
        found->status == "deleting") {
        return std::nullopt;
    }
    return found;
}

substrate::DatabaseServerSpec InstanceCare::spec_of_source(const Instance& source,
                                                           const Server& server) const {
    substrate::DatabaseServerSpec spec;
    spec.id = server.id;
    spec.network_namespace = parts_.network.attachment_namespace(server.interface_id);
    spec.address = server.address;
    spec.port = static_cast<std::uint16_t>(source.in_force.port);
    spec.backplane_address = server.backplane_address;
    spec.server_id = server.server_id;
    spec.encryption_key = key_;
    return spec;
}

/// From a standby that may be relied on, else from the primary. True: the copy is there and runs.
Result<bool> InstanceCare::seed_replica(const Instance& source) {
    const auto server = *instance_.primary_server();
    const auto parameters =
        instance_.ready ? instance_.in_force.parameters : parameters_after_reboot(TRY(group()));
    const auto spec = spec_of(server, parameters);
    const auto name = "copy for " + spec.id;
    memory_.job.give_way_to(name);
    if (memory_.job.is_idle()) {
        const auto* standby = source.standby_server();
        const bool spares = standby != nullptr && standby->in_sync && standby->seeded;
        const auto from = spec_of_source(source, spares ? *standby : *source.primary_server());
        if (!TRY(parts_.databases.observe(from)).answers) return false;
        TRY(parts_.databases.remove(spec.id));
        memory_.job.start(parts_.work_mode, name, [&databases = parts_.databases, from, spec] {
            return databases.clone_data(from, spec);
        });
    }
    if (!memory_.job.is(name)) return false;
    const auto copied = memory_.job.take();
    if (!copied) return false;
    TRY(Result<void>(*copied));
    TRY(parts_.databases.start(spec, ServerRole::standby));
    memory_.followed.clear();
    TRY(update([&](wire::Request&, Instance& record) -> Result<void> {
        if (auto* own = record.server(server.id)) own->seeded = true;
        if (record.ready) return {};
        record.in_force = {.instance_class = record.instance_class,
                           .parameter_group = record.parameter_group,
                           .port = record.port,
                           .credentials_version = record.credentials_version,
                           .allocated_storage = record.allocated_storage,
                           .parameters = parameters,
                           .awaiting_restart = {},
                           .parameters_refused = false};
        return {};
    }));
    TRY(observe());
    return true;
}

/// It holds what its source does not: thrown away, and copied again in the next pass.
Result<void> InstanceCare::begin_again() {
    spdlog::warn("rds: {}: has a history of its own and is made anew", instance_.identifier);
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        for (auto& server : record.servers) server.seeded = server.in_sync = false;
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::replica_error);
    });
}

/// Whom it follows, and, in the record, whether it does.
Result<void> InstanceCare::follow_source(const Instance& source) {
    const auto server = *instance_.primary_server();
    const auto* leader = source.primary_server();
    const auto* state = state_of(&server);
    if (leader == nullptr || state == nullptr || !state->answers) return {};
    if (!source.failover && (!state->replicating || memory_.followed != leader->id)) {
        const auto joined = parts_.databases.replicate_from(
            spec_of(server), spec_of_source(source, *leader), source.replication_password);
        if (!joined && joined.error().code == "Diverged") return begin_again();
        if (joined) memory_.followed = leader->id;
        if (!joined) spdlog::warn("rds: {}: {}", server.id, joined.error().message);
        TRY(observe());
        state = state_of(&server);
    }
    const bool follows = state->replicating;
    if (follows == server.in_sync) return {};
    return update([&](wire::Request&, Instance& record) -> Result<void> {
        if (auto* own = record.server(server.id)) own->in_sync = follows;
        return {};
    });
}

Result<void> InstanceCare::open_replica() {
    TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.ready = true;
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::created);
    }));
    return publish_name();
}

/// As keep_up(), for a server that only follows.
Result<void> InstanceCare::keep_replica(const Instance& source) {
    const auto server = *instance_.primary_server();
    if (is_hung(*state_of(&server))) TRY(parts_.databases.kill(server.id));
    if (!state_of(&server)->running || is_hung(*state_of(&server))) {
        TRY(parts_.databases.start(spec_of(server), ServerRole::standby));
        TRY(add_event(event::restarted));
        TRY(observe());
    }
    if (!state_of(&server)->answers) return {};
    if (instance_.master_password != source.master_password) {
        TRY(update([&](wire::Request&, Instance& record) -> Result<void> {
            record.master_password = source.master_password;  // The log brought it already.
            return {};
        }));
    }
    TRY(tend_storage());
    TRY(open_window());
    TRY(restart());
    TRY(follow_parameters());
    TRY(follow_source(source));
    TRY(publish_name());
    TRY(finish());
    TRY(tend_snapshots());
    TRY(export_logs());
    return monitor();
}

/// Applies what it has received, and is an instance like any other.
Result<base::Millis> InstanceCare::promote_replica() {
    const auto server = *instance_.primary_server();
    if (is_hung(*state_of(&server))) TRY(parts_.databases.kill(server.id));
    const auto spec = spec_of(server);
    TRY(parts_.databases.start(spec, ServerRole::standby));
    TRY(parts_.databases.promote(spec));
    TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.replica_source.clear();
        record.source_resource_id.clear();
        record.promote_wanted = false;
        for (auto& own : record.servers) own.in_sync = false;
        const EventTools tools{parts_.random, parts_.timeline};
        TRY(record_event(request, tools, record.identifier, event::replica_ended));
        return record_event(request, tools, record.identifier, event::replica_promoted);
    }));
    TRY(observe());
    TRY(finish());
    return rest_waiting;
}

Result<base::Millis> InstanceCare::tend_replica() {
    const auto found = TRY(source());
    const auto* server = instance_.primary_server();
    if (!is_usable(*server) || !is_plugged(*server)) return rest_waiting;
    if (instance_.ready && server->seeded && (!found || instance_.promote_wanted)) {
        return promote_replica();
    }
    if (!found) return fail(Domain::system, "NoSource", "the source of this replica is gone");
    if (!server->seeded && !TRY(seed_replica(*found))) return rest_waiting;
    if (!instance_.ready) {
        if (!state_of(server = instance_.primary_server())->running) {
            TRY(parts_.databases.start(spec_of(*server), ServerRole::standby));
            TRY(observe());
        }
        TRY(follow_source(*found));
        if (!instance_.primary_server()->in_sync) return rest_waiting;
        TRY(open_replica());
    }
    TRY(keep_replica(*found));
    return instance_.status == "available" ? rest_following : rest_waiting;
}

}  // namespace stormglass::rds
