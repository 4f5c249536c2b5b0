// Snapshots, and standing still. A snapshot is taken from the standby where there is one that may be
// relied on, as on AWS: the primary does not notice. Once a day, in the backup window, there is an
// automated one, kept for as long as the instance asks.
#include "base/log.h"
#include "services/rds/instance_check.h"
#include "services/rds/server_care.h"
#include "services/rds/snapshots.h"

namespace stormglass::rds {
namespace {

constexpr base::Millis rest_stopped{2'000};
constexpr std::string_view automated_prefix = "rds:";

/// "rds:NAME-2026-11-24-07-04"
std::string automated_name(const Instance& instance, base::Time now) {
    auto when = base::iso8601_seconds(now).substr(0, 16);
    std::replace_if(when.begin(), when.end(), [](char c) { return c == 'T' || c == ':'; }, '-');
    return fmt::format("{}{}-{}", automated_prefix, instance.identifier, when);
}

}  // namespace

Result<std::vector<Snapshot>> InstanceCare::own_snapshots() {
    const auto request = wire::make_internal_request(
        parts_.store, wire::TxMode::read, "rds", realm_.account, realm_.region, parts_.clock.now());
    if (!request) return fail(Domain::store, "Busy", "the store gave no transaction");
    return snapshots_of(*request, instance_);
}

/// The record, its files' fate decided by what is still in it.
Result<void> InstanceCare::settle_snapshot(const std::string& identifier,
                                           const std::string& position) {
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        auto snapshot = need_snapshot(request, identifier);
        if (!snapshot) return {};  // Deleted meanwhile.
        snapshot->status = "available";
        snapshot->completed = request.now;
        snapshot->position = position;
        save(request, *snapshot);
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::backup_done);
    });
}

const Server* InstanceCare::backup_source() const {
    const auto* standby = instance_.standby_server();
    const auto* state = state_of(standby);
    if (standby != nullptr && standby->in_sync && state->answers && state->replicating) {
        return standby;
    }
    const auto* primary = instance_.primary_server();
    return primary != nullptr && state_of(primary)->answers ? primary : nullptr;
}

/// The oldest snapshot that is asked for. True: none is left to do.
Result<bool> InstanceCare::tend_snapshots() {
    auto all = TRY(own_snapshots());
    std::erase_if(all, [](const Snapshot& each) { return each.status != "creating"; });
    if (all.empty()) return true;
    const auto& wanted = all.front();
    const auto name = "snapshot " + wanted.identifier;
    memory_.job.give_way_to(name);
    if (memory_.job.is_idle()) {
        const auto* source = backup_source();
        if (source == nullptr) return false;
        const auto spec = spec_of(*source);
        TRY(add_event(event::backup_begun));
        memory_.job.start(parts_.work_mode, name,
                          [&databases = parts_.databases, spec,
                           folder = wanted.folder]() -> Result<void> {
                              TRY(databases.take_snapshot(spec, folder));
                              return {};
                          });
    }
    if (!memory_.job.is(name)) return false;
    const auto outcome = memory_.job.take();
    if (!outcome) return false;
    TRY(Result<void>(*outcome));
    // There already: this only tells its position.
    const auto position = TRY(parts_.databases.take_snapshot(
        spec_of(*instance_.primary_server()), wanted.folder));
    TRY(settle_snapshot(wanted.identifier, position));
    return all.size() == 1;
}

/// In the backup window of a day that has none yet, and once at the very beginning: restores to any later
/// second begin with it. What is too old goes, but not the newest.
Result<void> InstanceCare::keep_automated_snapshots() {
    const auto now = parts_.clock.now();
    const auto days = base::Days{instance_.backup_retention_period};
    std::vector<Snapshot> automated = TRY(own_snapshots());
    std::erase_if(automated, [](const Snapshot& each) { return each.type != automated_snapshot; });
    std::optional<base::Time> newest, newest_there;
    for (const auto& each : automated) {
        newest = std::max(newest, std::optional(each.created));
        if (each.status == "available") newest_there = std::max(newest_there, std::optional(each.created));
    }
    std::erase_if(automated, [&](const Snapshot& each) {
        if (days.count() == 0) return false;  // None is wanted any more.
        return each.created == newest_there || now - each.created <= days;
    });
    const bool due = days.count() > 0 && instance_.status == "available" &&
                     (!newest || (now - *newest >= base::Days{1} &&
                                  in_backup_window(instance_.backup_window, now)));
    if (automated.empty() && !due) return {};
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        for (const auto& old : automated) {
            snapshots.erase(request.tx(), {realm_.account, realm_.region, old.identifier});
        }
        if (!due) return {};
        TRY(ask_for_snapshot(request, parts_.random, record, automated_name(record, now),
                             automated_snapshot));
        return {};
    });
}

/// With the instance its automated snapshots go.
Result<void> InstanceCare::forget_automated_snapshots() {
    const auto all = TRY(own_snapshots());
    return update([&](wire::Request& request, Instance&) -> Result<void> {
        for (const auto& each : all) {
            if (each.type != automated_snapshot) continue;
            snapshots.erase(request.tx(), {realm_.account, realm_.region, each.identifier});
        }
        return {};
    });
}

/// The primary first: whatever it acknowledged, the standby has. What is asked for before stopping
/// is done before.
Result<base::Millis> InstanceCare::stand_still() {
    if (!TRY(tend_snapshots())) return base::Millis{200};
    for (const auto* server : {instance_.primary_server(), instance_.standby_server()}) {
        if (server != nullptr && state_of(server)->running) TRY(parts_.databases.stop(server->id));
    }
    if (instance_.status == "stopped") return rest_stopped;
    TRY(update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.status = "stopped";
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier,
                            event::stopped);
    }));
    TRY(observe());
    return rest_stopped;
}

}  // namespace stormglass::rds
