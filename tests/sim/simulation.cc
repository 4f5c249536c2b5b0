#include "simulation.h"

#include "services/ec2/records.h"

namespace stormglass::sim {
namespace {

constexpr std::size_t steps_of_life = 220, steps_of_deletion = 120;
constexpr std::size_t trace_lines_shown = 80;
constexpr base::Millis peace_max = std::chrono::minutes{40};  // Until everything is at rest.
constexpr base::Millis look_every{3'000};
constexpr base::Millis rest_needed{15'000};  // Without any change.
/// A terminated instance is shown for an hour; then nothing of it may be left.
constexpr base::Millis long_after = std::chrono::minutes{65};

}  // namespace

Simulation::Simulation(std::uint64_t seed, Sabotage sabotage)
    : world_(seed, sabotage), stack_(world_), facts_(world_), database_client_(world_) {
    choose_odds();
    world_.interfere = [this] { something_else(); };
    world_.watch_databases = [this] {
        const World::Looking looking(world_);
        for (const auto& problem : two_primaries(world_)) world_.complain(problem);
    };
}

/// Each seed has troubles of its own: all kinds at once would hide those that need a quiet time.
void Simulation::choose_odds() {
    auto& dice = world_.dice;
    const auto sometimes = [&](std::size_t from, std::size_t to) -> std::size_t {
        if (dice.once_in(3)) return 0;
        return static_cast<std::size_t>(
            dice.between(static_cast<std::int64_t>(from), static_cast<std::int64_t>(to)));
    };
    odds_ = {.failure = sometimes(10, 200),
             .slow = sometimes(20, 200),
             .crash = sometimes(60, 1500),
             .interleave = sometimes(10, 100)};
    disasters_ = sometimes(8, 60);
    kills_ = sometimes(20, 100);
}

std::string Simulation::some_instance() {
    const auto tx = world_.store.read();
    std::vector<std::string> ids;
    for (const auto& one : must(ec2::instances.table.all(*tx))) {
        if (one.state == "running" || one.state == "stopped") ids.push_back(one.id);
    }
    return ids.empty() ? std::string() : world_.dice.one_of(ids);
}

/// What a person at a console might do.
void Simulation::call_api() {
    auto& dice = world_.dice;
    const auto id = some_instance();
    const auto on_instance = [&](const char* action) {
        if (!id.empty()) world_.query("ec2", action, {{"InstanceId.1", id}});
    };
    switch (dice.below(12)) {
        case 0:
            return on_instance("TerminateInstances");
        case 1:
            return on_instance("StopInstances");
        case 2:
            return on_instance("StartInstances");
        case 3:
            return on_instance("RebootInstances");
        case 4:
            if (id.empty()) return;
            world_.query("autoscaling", "TerminateInstanceInAutoScalingGroup",
                         {{"InstanceId", id},
                          {"ShouldDecrementDesiredCapacity", dice.once_in(2) ? "true" : "false"}});
            return;
        case 5:
            if (id.empty()) return;
            world_.query("autoscaling", "SetInstanceHealth",
                         {{"InstanceId", id}, {"HealthStatus", "Unhealthy"}});
            return;
        case 6:
            world_.query(
                "autoscaling", "StartInstanceRefresh",
                {{"AutoScalingGroupName", "sim-group"}, {"Preferences.InstanceWarmup", "0"}});
            return;
        case 7:
            world_.query("rds", "RebootDBInstance", {{"DBInstanceIdentifier", "sim"}});
            return;
        case 8:
            if (stack_.id("sim-template").empty() || !stack_.wanted.network) return;
            world_.query("ec2", "RunInstances",
                         {{"MinCount", "1"},
                          {"MaxCount", "1"},
                          {"SubnetId", stack_.id("sim-public-a")},
                          {"LaunchTemplate.LaunchTemplateName", "sim-template"}});
            return;
        default:
            return facts_.write();
    }
}

void Simulation::end_instance() {
    const auto running = world_.instances.running();
    if (running.empty()) return;
    const std::string id = world_.dice.one_of(running);
    if (world_.dice.once_in(3)) {
        world_.trace.add("disaster: " + id + "'s application hangs");
        return world_.planes.sicken(id);
    }
    const bool clean = world_.dice.once_in(2);
    world_.trace.add(fmt::format("disaster: {} {}", id, clean ? "shuts itself down" : "dies"));
    world_.instances.crash(id, clean ? std::optional(0) : std::nullopt);
}

void Simulation::trouble_a_database() {
    const auto all = world_.databases.list().value();
    if (all.empty()) return;
    const std::string id = world_.dice.one_of(all);
    using Hangs = substrate::DatabasesSim::Hangs;
    switch (world_.dice.below(4)) {
        case 0:
            world_.trace.add("disaster: " + id + " hangs");
            return world_.databases.hang(id, Hangs::yes);
        case 1:
            world_.trace.add("disaster: " + id + " receives nothing any more");
            return world_.databases.cut_replication(id);
        default:
            world_.trace.add("disaster: " + id + " dies");
            return world_.databases.crash(id);
    }
}

void Simulation::disaster() {
    const World::Looking looking(world_);
    auto& dice = world_.dice;
    switch (dice.below(4)) {
        case 0:
            return end_instance();
        case 1:
            return trouble_a_database();
        case 2: {
            const auto running = world_.processes.running();
            if (running.empty()) return;
            const auto name = dice.one_of(running).first;
            world_.trace.add("disaster: process " + name + " dies");
            return world_.processes.crash(name);
        }
        default: {
            const auto vpcs = world_.network.observed_vpcs().value();
            if (vpcs.empty()) return;
            const auto in_force = world_.network.in_force(vpcs.front());
            if (!in_force || in_force->interfaces.empty()) return;
            const auto& lost = dice.one_of(in_force->interfaces);
            world_.trace.add("disaster: interface " + lost.id + " is lost");
            world_.network.lose_interface(vpcs.front(), lost.id);
        }
    }
}

void Simulation::advance() {
    auto& dice = world_.dice;
    auto by = base::Millis(dice.between(20, 3000));
    if (dice.once_in(20)) by = base::Seconds(dice.between(10, 90));
    if (dice.once_in(150)) by = long_after;
    world_.advance(by);
}

/// In the middle of a pass, another thread: another reconciler, a caller, the world.
void Simulation::something_else() {
    auto& dice = world_.dice;
    switch (dice.below(5)) {
        case 0:
        case 1:
            return world_.pass(dice.below(world_.reconcilers()));
        case 2:
            return call_api();
        case 3:
            return disaster();
        default:
            (void)stack_.step();
    }
}

void Simulation::one_step() {
    auto& dice = world_.dice;
    const auto choice = dice.below(100);
    if (choice < 45) return world_.pass(dice.below(world_.reconcilers()));
    if (choice < 70) return advance();
    if (choice < 90) {
        (void)stack_.step();
        return;
    }
    if (choice < 93 && stack_.wanted.network) return stack_.change_mind();
    call_api();
}

bool Simulation::check_always() {
    for (const auto& problem : two_primaries(world_)) world_.complain(problem);
    if (world_.complaints().empty()) return true;
    problem_ = world_.complaints().front();
    return false;
}

bool Simulation::troubles(std::size_t steps) {
    world_.odds = odds_;
    for (std::size_t i = 0; i < steps; ++i) {
        if (world_.dice.once_in(disasters_)) disaster();
        database_client_.write();
        bool alive = true;
        if (world_.dice.once_in(kills_)) {
            world_.kill();
            alive = false;
        } else {
            alive = world_.survive([&] { one_step(); });
        }
        if (!alive) {
            stack_.doubt();
            facts_.check();
        }
        if (!check_always()) return false;
    }
    return true;
}

/// No more faults: within a bounded time all is as wanted, and then nothing changes any more.
bool Simulation::settle(std::string_view when, Problems (*wrong)(World&)) {
    world_.odds = {};
    world_.trace.add(fmt::format("=== peace ({})", when));
    stack_.doubt();
    const auto end = world_.clock.now() + peace_max;
    auto look_at = world_.clock.now();
    auto changed_at = world_.clock.now();
    std::uint64_t latest = 0;
    Problems problems;
    while (world_.clock.now() < end) {
        world_.survive([&] { world_.run_due_passes(); });
        if (!check_always()) return false;
        if (world_.clock.now() >= look_at) {
            look_at = world_.clock.now() + look_every;
            const auto progress = stack_.step();
            while (progress == Progress::changed && stack_.step() == Progress::changed) {
            }
            database_client_.write();
            if (world_.store.latest().number != latest) {
                latest = world_.store.latest().number;
                changed_at = world_.clock.now();
            } else if (progress == Progress::done &&
                       world_.clock.now() - changed_at >= rest_needed) {
                problems = wrong(world_);
                for (auto& problem : database_client_.lost()) problems.push_back(problem);
                if (problems.empty()) return true;
            }
        }
        world_.advance(std::max(world_.until_next_pass(), base::Millis(20)));
    }
    problems = wrong(world_);
    for (auto& problem : database_client_.lost()) problems.push_back(problem);
    problem_ = fmt::format("not at rest ({}); the last refusal: {}\n", when, stack_.last_refusal());
    if (world_.clock.now() - changed_at < rest_needed) problem_ += "  records still change\n";
    for (const auto& problem : problems) problem_ += "  " + problem + "\n";
    return false;
}

Outcome Simulation::run() {
    const bool ok = [&] {
        // Half of the seeds have troubles while all is built, the others only afterwards.
        if (world_.dice.once_in(2) && !settle("birth", unsettled)) return false;
        if (!troubles(steps_of_life) || !settle("life", unsettled)) return false;
        stack_.want_nothing();
        if (!troubles(steps_of_deletion) || !settle("deletion", unsettled)) return false;
        world_.survive([&] { world_.advance(long_after); });
        return settle("long after", leftovers);
    }();
    return {ok, problem_, world_.trace.tail(trace_lines_shown)};
}

}  // namespace stormglass::sim
