// The continuous backup: the log of an instance that keeps backups goes into its archive every minute
// (AWS: every five), so that it can be restored to any second between its oldest automated snapshot and
// then. The log is taken from where snapshots are: from a standby that may be relied on, whose log holds
// nothing that a failover would undo, once that has applied what the goal names.
#include "base/strings.h"
#include "services/rds/server_care.h"
#include "services/rds/snapshots.h"

namespace stormglass::rds {
namespace {

constexpr base::Seconds archive_interval{60};
constexpr base::Seconds clock_doubt{1};  // A transaction is stamped a little before it is logged.
constexpr char job_name[] = "log archive";

std::int64_t sequence_of(const std::string& position) {
    const auto last = position.rfind('-');
    if (last == position.npos) return 0;
    return base::parse_integer(position.substr(last + 1)).value_or(0);
}

}  // namespace

Result<void> InstanceCare::note_archived(const ArchiveGoal& goal) {
    memory_.archive_goal.reset();
    return update([&](wire::Request&, Instance& record) -> Result<void> {
        record.log_archive = {.position = goal.position, .complete_to = goal.as_of};
        return {};
    });
}

/// What lies before the oldest automated snapshot serves nobody.
Result<void> InstanceCare::prune_archive() {
    const Snapshot* oldest = nullptr;
    const auto all = TRY(own_snapshots());
    for (const auto& each : all) {
        if (each.type != automated_snapshot || each.status != "available") continue;
        if (oldest == nullptr || each.created < oldest->created) oldest = &each;
    }
    if (oldest == nullptr) return {};
    return parts_.databases.prune_archive(archive_name(instance_), oldest->position);
}

Result<void> InstanceCare::tend_log_archive() {
    if (instance_.backup_retention_period == 0 || instance_.status != "available") return {};
    const auto now = parts_.clock.now();
    const auto before = instance_.log_archive.complete_to;
    const auto* source = backup_source();
    const auto& written = state_of(instance_.primary_server())->log_position;
    auto& goal = memory_.archive_goal;
    if (memory_.job.is(job_name)) {
        const auto outcome = memory_.job.take();
        if (!outcome) return {};
        TRY(Result<void>(*outcome));
        if (goal) TRY(note_archived(ArchiveGoal(*goal)));
        return prune_archive();
    }
    if (source == nullptr || !memory_.job.is_idle()) return {};
    if (!goal) {
        if (before && now - *before < archive_interval) return {};
        goal = ArchiveGoal{.as_of = std::chrono::floor<base::Seconds>(now) - clock_doubt,
                           .position = written};
        // Nothing was written since: what is kept is complete.
        const bool idle = before && written == instance_.log_archive.position;
        if (idle) return note_archived(ArchiveGoal(*goal));
    }
    if (sequence_of(state_of(source)->gtid_position) < sequence_of(goal->position)) return {};
    memory_.job.start(parts_.work_mode, job_name,
                      [&databases = parts_.databases, spec = spec_of(*source),
                       archive = archive_name(instance_)]() -> Result<void> {
                          TRY(databases.archive_log(spec, archive));
                          return {};
                      });
    return {};
}

/// A restored copy goes on to the wanted moment, before anything else is written there.
Result<void> InstanceCare::replay(const substrate::DatabaseServerSpec& primary) {
    if (!instance_.replay) return {};
    const auto wanted = *instance_.replay;
    const auto until = std::chrono::floor<base::Seconds>(wanted.until).time_since_epoch().count();
    TRY(parts_.databases.replay_log(primary, wanted.archive,
                                    {.begin = wanted.begin, .until = until}));
    return update([&](wire::Request&, Instance& record) -> Result<void> {
        record.replay.reset();
        return {};
    });
}

}  // namespace stormglass::rds
