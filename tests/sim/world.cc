#include "world.h"

#include "app/reconciler_runner.h"
#include "crash.h"

namespace stormglass::sim {
namespace {

constexpr char key_id[] = "AKIASIMULATION000000", key_secret[] = "simulated-secret";
constexpr int http_port = 8080, https_port = 8443;
constexpr std::size_t nesting_max = 2;      // Passes in the middle of a pass.
constexpr std::size_t delay_max_ms = 4000;  // Of a slow call.

bool only_reads(const std::string& action) {
    return action.starts_with("Describe") || action.starts_with("Get") ||
           action.starts_with("List");
}

}  // namespace

struct World::Events final : services::Timeline {
    explicit Events(Trace& to) : trace(to) {}
    void add(services::TimelineEvent event) override {
        trace.add(fmt::format("[{}] {}: {}", event.kind, event.subject, event.text));
    }
    Trace& trace;
};

class World::CallObserver final : public wire::Observer {
public:
    void called(const wire::Request&, const wire::Routed&, int, const Error*) override {}
};

/// All that is gone when the daemon dies.
struct World::Daemon {
    Daemon(World& world, app::ServicesNeeds needs)
        : services(needs),
          gateway({.account_id = account}, world.store, world.clock, world.random_,
                  services.authenticator(), services.authorizer(), observer) {
        services.register_all(gateway);
        gateway.set_on_commit([&world] { world.wake(); });
        reconcilers = services.reconcilers();
    }
    app::Services services;
    CallObserver observer;
    wire::Gateway gateway;
    std::vector<services::Reconciler*> reconcilers;
};

World::World(std::uint64_t seed, Sabotage sabotage)
    : dice(seed),
      store([this](std::string_view point) { at_store(point); }),
      network(faults()),
      instances(faults()),
      processes(faults()),
      databases(faults()),
      planes(clock, realm, processes, instances),
      sabotage_(sabotage),
      random_(seed),
      keys_(store::KeyRing::in_memory(random_)),
      ca_(net::CertificateAuthority::create("simulation", clock).value()),
      events_(std::make_unique<Events>(trace)),
      client_({key_id, key_secret, region}, clock) {
    realm = {.id = "5eed00",
             .data_dir = folder_.path() + "/data",
             .run_dir = folder_.path() + "/run",
             .program = "/sim/stormglass"};
    if (sabotage_ == Sabotage::writes_are_lost) store.skip_syncs();
    boot();
}

World::~World() = default;

substrate::FaultHook World::faults() {
    return
        [this](std::string_view call, std::string_view subject) { return at_call(call, subject); };
}

void World::boot() {
    auto& used = sabotage_ == Sabotage::instances_stay
                     ? static_cast<substrate::Instances&>(keeping_)
                     : instances;
    daemon_ =
        std::make_unique<Daemon>(*this, app::ServicesNeeds{.store = store,
                                                           .clock = clock,
                                                           .random = random_,
                                                           .timeline = *events_,
                                                           .keys = *keys_,
                                                           .realm = realm,
                                                           .network = network,
                                                           .instances = used,
                                                           .processes = processes,
                                                           .databases = databases,
                                                           .ca = *ca_,
                                                           .root_access_key_id = key_id,
                                                           .root_secret_access_key = key_secret,
                                                           .account_id = account,
                                                           .region = region,
                                                           .http_port = http_port,
                                                           .https_port = https_port,
                                                           .steering = app::Steering::simulated});
    rests_.assign(daemon_->reconcilers.size(), clock.now());
    const auto prepared = daemon_->services.prepare();
    if (!prepared) complain("the daemon does not start: " + prepared.error().message);
}

void World::kill() {
    daemon_.reset();
    passing_.clear();
    failing_.clear();
    trace.outermost();
    const bool lost = dice.once_in(2);
    store.crash(lost ? FaultyStore::Unsynced::lost : FaultyStore::Unsynced::kept);
    trace.add(lost ? "--- the daemon died" : "--- the daemon died, the newest commit survived");
    boot();
}

bool World::survive(const std::function<void()>& what) {
    in_daemon_ = true;
    try {
        what();
        in_daemon_ = false;
        return true;
    } catch (const Crash&) {
        in_daemon_ = false;
        kill();
        return false;
    }
}

void World::maybe_die(std::string_view where) {
    if (!in_daemon_ || !dice.once_in(odds.crash)) return;
    trace.add(fmt::format("crash at {}", where));
    throw Crash{};
}

/// Something else, in the middle of a pass: what threads do to each other.
void World::maybe_interleave(std::string_view where) {
    if (passing_.empty() || passing_.size() > nesting_max || store.has_open_write()) return;
    if (!interfere || !dice.once_in(odds.interleave)) return;
    trace.add(fmt::format("meanwhile, at {}:", where));
    trace.enter();
    interfere();
    trace.leave();
}

Result<void> World::at_call(std::string_view call, std::string_view subject) {
    if (!in_daemon_) return {};  // The simulation itself looks.
    if (store.has_open_write()) {
        complain(fmt::format("{} {} inside a write transaction", call, subject));
    }
    const std::string where = fmt::format("{} {}", call, subject);
    if (watch_databases && call.starts_with("databases.")) watch_databases();
    maybe_die(where);
    maybe_interleave(where);
    if (dice.once_in(odds.slow)) {
        const auto delay = base::Millis(dice.below(delay_max_ms));
        trace.add(fmt::format("{} takes {} ms", where, delay.count()));
        clock.advance(delay);
        planes.step();
    }
    if (!dice.once_in(odds.failure)) return {};
    trace.add(fmt::format("{} fails", where));
    return fail(Domain::system, "Simulated", "a fault at " + where);
}

void World::at_store(std::string_view point) {
    if (!in_daemon_) return;
    maybe_die(point);
    if (point == "store.write") maybe_interleave(point);
}

void World::wake() {
    // Not before the shortest rest is over.
    for (auto& rest : rests_) {
        rest = std::min(rest, clock.now() + app::ReconcilerRunner::rest_min);
    }
}

std::string_view World::reconciler_name(std::size_t index) const {
    return daemon_->reconcilers.at(index)->name();
}

void World::pass(std::size_t index) {
    if (std::find(passing_.begin(), passing_.end(), index) != passing_.end()) return;
    auto& reconciler = *daemon_->reconcilers.at(index);
    if (sabotage_ == Sabotage::a_reconciler_sleeps && reconciler.name() == "elbv2") return;
    trace.add(fmt::format("pass {}", reconciler.name()));
    const auto lines = trace.size();
    trace.enter();
    passing_.push_back(index);
    // As app::ReconcilerRunner has it: an API call in the middle of the pass wakes it again.
    const auto long_after = clock.now() + base::Days(1);
    rests_[index] = long_after;
    const auto outcome = reconciler.reconcile();
    passing_.pop_back();
    const auto rest = outcome ? std::max(*outcome, app::ReconcilerRunner::rest_min)
                              : app::ReconcilerRunner::rest_after_error;
    rests_[index] = std::min(rests_[index], clock.now() + rest);
    if (!outcome) {
        rests_[index] = clock.now() + rest;
        trace.add(fmt::format("fails: {}: {}", outcome.error().code, outcome.error().message));
        failing_[std::string(reconciler.name())] = outcome.error().message;
    } else {
        failing_.erase(std::string(reconciler.name()));
    }
    trace.leave();
    if (odds.failure + odds.crash + odds.slow + odds.interleave == 0 && trace.size() == lines) {
        trace.drop_last();
    }
}

void World::run_due_passes() {
    for (std::size_t i = 0; i < rests_.size(); ++i) {
        if (rests_[i] <= clock.now()) pass(i);
    }
}

base::Millis World::until_next_pass() const {
    const auto next = *std::min_element(rests_.begin(), rests_.end());
    return std::max(next - clock.now(), base::Millis(0));
}

void World::advance(base::Millis by) {
    clock.advance(by);
    planes.step();
}

void World::tell(const std::string& name, const Answer& answer) {
    trace.add(answer.ok() ? fmt::format("api {}: ok", name)
                          : fmt::format("api {}: {} {}", name, answer.status(), answer.code()));
    // Others of this status are AWS's own words (ResourceContention).
    if (answer.code().starts_with("Internal")) {
        complain(fmt::format("{} answers {}", name, answer.body()));
    }
}

Answer World::query(const std::string& service, const std::string& action, const Params& params) {
    auto answer = client_.query(daemon_->gateway, service, action, params);
    if (!only_reads(action) || answer.status() >= 500) tell(action, answer);
    return answer;
}

Answer World::json(const std::string& service, const std::string& target, const base::Json& input) {
    auto answer = client_.json(daemon_->gateway, service, target, input);
    const auto action = target.substr(target.rfind('.') + 1);
    if (!only_reads(action) || answer.status() >= 500) {
        tell(action + " " + input.dump().substr(0, 80), answer);
    }
    return answer;
}

Answer World::s3(const std::string& method, const std::string& path, const std::string& body) {
    auto answer = client_.s3(daemon_->gateway, method, path, body);
    if (method != "GET" || answer.status() >= 500) tell(method + " " + path, answer);
    return answer;
}

}  // namespace stormglass::sim
