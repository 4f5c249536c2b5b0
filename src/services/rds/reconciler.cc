#include "services/rds/reconciler.h"

#include "base/log.h"
#include "services/rds/events_log.h"
#include "services/rds/server_care.h"
#include "services/rds/snapshots.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

constexpr base::Millis rest_idle{60'000};
constexpr base::Millis rest_after_error{1'000};
constexpr std::string_view server_prefix = "db-";
constexpr base::Seconds failing_max{30};

/// Where a server that answers says that it has this role; empty: nowhere.
std::string zone_of(const std::vector<ServerView>& seen, std::string_view role) {
    for (const auto& each : seen) {
        if (each.role == role && each.state == "running") return each.zone;
    }
    return "";
}

}  // namespace

Reconciler::Reconciler(ReconcilerParts parts)
    : parts_(parts),
      keys_({parts.store, parts.clock, parts.random, parts.keys, parts.kms}),
      keepers_(parts.work_mode) {}

Result<std::vector<Reconciler::Found>> Reconciler::load() {
    std::vector<Found> all;
    const auto tx = parts_.store.read();
    TRY(instances.scan(*tx, {}, [&](const std::vector<std::string>& key, Instance& instance) {
        all.push_back({{key[0], key[1]}, std::move(instance)});
    }));
    return all;
}

/// The record as it is now; nothing once the instance is gone.
Result<std::optional<Reconciler::Found>> Reconciler::load_one(const Found& known) {
    const auto tx = parts_.store.read();
    auto record = TRY(instances.get(
        *tx, {known.realm.account, known.realm.region, known.instance.identifier}));
    if (!record || record->resource_id != known.instance.resource_id) return std::nullopt;
    return Found{known.realm, std::move(*record)};
}

/// So that the first instance does not wait for the template.
void Reconciler::prepare_once() {
    if (prepared_) return;
    if (auto version = parts_.databases.engine_version()) {
        const std::lock_guard lock(seen_mutex_);
        engine_ = *version;
    }
    const auto prepared = parts_.databases.prepare();
    if (!prepared) spdlog::warn("rds: no data template yet: {}", prepared.error().message);
    prepared_ = prepared.has_value();
}

/// Every server that has a namespace has an end on the backplane, and no other; nor has one in a
/// zone that is lost. Servers that were there before this daemon are told again even while nobody has
/// looked at their interfaces.
Result<void> Reconciler::join_backplane(const std::vector<Found>& all) {
    std::map<std::string, std::string> wanted;
    const services::ZoneHealth zones(parts_.store);
    for (const auto& [realm, instance] : all) {
        for (const auto& server : instance.servers) {
            if (!services::is_usable(TRY(zones.state(server.zone)))) continue;
            const bool stands = server.seeded || (instance.ready && server.id == instance.primary);
            if (stands || parts_.interfaces.is_plugged(server.interface_id)) {
                wanted[server.interface_id] = server.backplane_address;
            }
        }
    }
    if (!backplane_doubt_.exchange(false) && wanted == backplane_) return {};
    backplane_.clear();
    std::vector<substrate::BackplaneSpec> ends;
    for (const auto& [attachment, address] : wanted) ends.push_back({attachment, address});
    TRY(parts_.network.apply_backplane(ends));
    backplane_ = std::move(wanted);
    return {};
}

/// Data directories that no record names: what a crash between two steps of a removal leaves.
/// `present` was listed before `all` was read: whatever was there then has its record in `all`.
Result<void> Reconciler::remove_orphans(const std::vector<std::string>& present,
                                        const std::vector<Found>& all) {
    std::set<std::string> known;
    for (const auto& [realm, instance] : all) {
        for (const auto& server : instance.servers) known.insert(server.id);
    }
    for (const auto& id : present) {
        if (known.contains(id) || !id.starts_with(server_prefix)) continue;
        spdlog::warn("rds: {} belongs to no instance and is removed", id);
        TRY(parts_.databases.remove(id));
    }
    return {};
}

/// Files of snapshots that were deleted. Listed before the records are read.
Result<void> Reconciler::remove_orphaned_snapshots() {
    const auto present = TRY(parts_.databases.list_snapshots());
    if (present.empty()) return {};
    std::set<std::string> known;
    const auto tx = parts_.store.read();
    TRY(snapshots.scan(*tx, {}, [&](Snapshot& each) { known.insert(each.folder); }));
    for (const auto& folder : present) {
        if (!known.contains(folder)) TRY(parts_.databases.remove_snapshot(folder));
    }
    return {};
}

/// Logs of instances that are gone, or keep no backups any more. One that is just being restored from
/// keeps them.
Result<void> Reconciler::remove_orphaned_archives(const std::vector<Found>& all) {
    const auto present = TRY(parts_.databases.list_archives());
    if (present.empty()) return {};
    std::set<std::string> wanted;
    for (const auto& [realm, instance] : all) {
        if (instance.backup_retention_period > 0) wanted.insert(archive_name(instance));
        if (instance.replay) wanted.insert(instance.replay->archive);
    }
    for (const auto& name : present) {
        if (!wanted.contains(name)) TRY(parts_.databases.remove_archive(name));
    }
    return {};
}

InstanceMemory& Reconciler::memory_of(const std::string& resource_id) {
    const std::lock_guard lock(memory_mutex_);
    return memory_[resource_id];
}

/// What should end a rest early: the end of any server that was seen running.
std::vector<base::UniqueFd> Reconciler::ends_of(const InstanceMemory& memory) {
    std::vector<base::UniqueFd> ends;
    if (parts_.work_mode == WorkMode::at_once) return ends;
    for (const auto& server : memory.servers) {
        if (server.pid == 0) continue;
        if (auto end = parts_.databases.end_of(server.id)) ends.push_back(std::move(*end));
    }
    return ends;
}

Look Reconciler::look(const Found& known) {
    Look look;
    look.rest = rest_idle;
    const auto found = load_one(known);
    if (!found) look.rest = rest_after_error;
    if (!found || !*found) return look;
    auto& memory = memory_of(known.instance.resource_id);
    look.rest = tend(**found, memory);
    look.ends = ends_of(memory);
    // Events wait for their delivery, and the network for what was learnt.
    if (std::exchange(memory.wrote, false)) parts_.wake();
    return look;
}

base::Millis Reconciler::tend(const Found& found, InstanceMemory& memory) {
    InstanceCare care(parts_, keys_, memory, found.realm, found.instance);
    auto rest = care.tend();
    {
        const std::lock_guard lock(seen_mutex_);
        seen_[found.instance.resource_id] = memory.servers;
    }
    if (care.doubts_backplane()) backplane_doubt_ = true;
    note_outcome(found.instance.identifier,
                 rest ? Result<void>{} : Result<void>(std::unexpected(rest.error())));
    if (rest) {
        memory.last_error.clear();
        return *rest;
    }
    if (rest.error().message != memory.last_error) {  // The same again is not news.
        memory.last_error = rest.error().message;
        spdlog::warn("rds: {}: {}: {}", found.instance.identifier, rest.error().code,
                     memory.last_error);
        parts_.timeline.add({parts_.clock.now(), "database", found.instance.identifier,
                             "cannot go on yet: " + memory.last_error, found.realm.region});
    }
    return rest_after_error;
}

Result<base::Millis> Reconciler::reconcile() {
    prepare_once();
    const auto present = TRY(parts_.databases.list());
    const auto all = TRY(load());
    base::Millis rest = rest_idle;
    if (const auto joined = join_backplane(all); !joined) {
        spdlog::debug("rds: backplane: {}", joined.error().message);
        rest = rest_after_error;
    }
    TRY(remove_orphans(present, all));
    TRY(remove_orphaned_snapshots());
    TRY(remove_orphaned_archives(all));
    std::set<std::string> kept;
    for (const auto& found : all) {
        kept.insert(found.instance.resource_id);
        rest = std::min(rest, keepers_.keep(found.instance.resource_id,
                                            [this, found] { return look(found); }));
    }
    keepers_.keep_only(kept);
    forget_all_but(all);
    TRY(deliver());
    TRY(failing_for_long());
    return rest;
}

/// What fails for a moment is normal (a server starts, a network comes up).
void Reconciler::note_outcome(const std::string& subject, const Result<void>& outcome) {
    const std::lock_guard lock(seen_mutex_);
    if (outcome) {
        failing_.erase(subject);
        return;
    }
    auto& entry = failing_[subject];
    if (entry.why.empty()) entry.since = parts_.clock.now();
    entry.why = outcome.error().message;
}

/// Of instances that are gone nothing fails any more.
void Reconciler::forget_all_but(const std::vector<Found>& all) {
    std::set<std::string> names;
    for (const auto& found : all) names.insert(found.instance.identifier);
    const std::lock_guard lock(seen_mutex_);
    std::erase_if(failing_, [&](const auto& entry) { return !names.contains(entry.first); });
}

/// An error of this pass, so that health counts it.
Result<void> Reconciler::failing_for_long() {
    const std::lock_guard lock(seen_mutex_);
    const auto now = parts_.clock.now();
    for (const auto& [subject, failing] : failing_) {
        if (now - failing.since < failing_max) continue;
        return fail(Domain::system, "Failing", subject + ": " + failing.why);
    }
    return {};
}

Result<void> Reconciler::cut_power(const std::string& zone) {
    Result<void> outcome;
    for (const auto& [realm, instance] : TRY(load())) {
        for (const auto& server : instance.servers) {
            if (server.zone != zone) continue;
            if (auto killed = parts_.databases.kill(server.id); !killed) outcome = killed;
        }
    }
    return outcome;
}

Result<void> Reconciler::deliver() {
    struct Waiting {
        std::vector<std::string> key;
        Delivery delivery;
    };
    std::vector<Waiting> waiting;
    {
        const auto tx = parts_.store.read();
        TRY(deliveries.scan(*tx, {},
                            [&](const std::vector<std::string>& key, Delivery& delivery) {
                                waiting.push_back({key, std::move(delivery)});
                            }));
    }
    for (const auto& [key, delivery] : waiting) TRY(deliver_one({key[0], key[1]}, key, delivery));
    return {};
}

/// Handed to SNS and forgotten in one transaction; what SNS refuses is told to the timeline.
Result<void> Reconciler::deliver_one(const Realm& realm, const std::vector<std::string>& key,
                                     const Delivery& delivery) {
    const auto make_request = [&] {
        return wire::make_internal_request(parts_.store, wire::TxMode::write, "rds", realm.account,
                                           realm.region, parts_.clock.now());
    };
    auto request = make_request();
    if (!request) return fail(Domain::store, "Busy", "the store's writer lock does not come free");
    if (parts_.notifications != nullptr) {
        const auto sent = parts_.notifications->publish(
            *request, delivery.topic_arn, "RDS Notification Message",
            notification_text(delivery.event, realm.region));
        if (!sent) {
            parts_.timeline.add({request->now, "database", delivery.event.source_id,
                                 "notification refused: " + sent.error().message, realm.region});
            request.reset();  // Undoes what it may have written.
            request = make_request();
            if (!request) return fail(Domain::store, "Busy", "the writer lock does not come free");
        }
    }
    deliveries.erase(request->tx(), store::Parts(key));
    return request->commit();
}

Result<std::string> Reconciler::read_log(const std::string& server_id, const std::string& log) {
    using substrate::DatabaseLog;
    const auto which = log == "general"     ? DatabaseLog::general
                       : log == "slowquery" ? DatabaseLog::slowquery
                                            : DatabaseLog::error;
    return parts_.databases.read_log(server_id, which);
}

Result<base::Json> Reconciler::status(store::Tx& tx) {
    auto list = base::Json::array();
    const std::lock_guard lock(seen_mutex_);
    auto engine = engine_;
    if (engine.starts_with("mariadb ")) engine = "MariaDB " + engine.substr(8);
    TRY(instances.scan(tx, {}, [&](const std::vector<std::string>& key, Instance& instance) {
        const auto found = seen_.find(instance.resource_id);
        const auto& seen = found == seen_.end() ? std::vector<ServerView>{} : found->second;
        const char* leads = instance.is_replica() ? "replica" : "primary";
        const auto endpoint =
            fmt::format("{}:{}", endpoint_name(key[0], key[1], instance.identifier),
                        instance.in_force.port);
        list.push_back({{"id", instance.resource_id},
                        {"name", instance.identifier},
                        {"state", instance.status},
                        {"engine", engine + " serving mysql"},
                        {"endpoint", instance.ready ? endpoint : ""},
                        {"primary_zone", zone_of(seen, leads)},
                        {"standby_zone", zone_of(seen, "standby")},
                        {"multi_az", instance.multi_az},
                        {"replica_of", instance.replica_source},
                        {"servers", seen}});
    }));
    return list;
}

}  // namespace stormglass::rds
