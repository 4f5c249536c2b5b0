// One region in memory: what a machine has (clock, store, substrate, the processes' behaviour) and
// a daemon on it (all services, the gateway, the reconcilers), wired by app::Services as the real
// one is. A daemon may die anywhere; the machine stays and a new daemon finds it.
#pragma once

#include "api_client.h"
#include "app/services.h"
#include "base/random.h"
#include "dice.h"
#include "faulty_store.h"
#include "planes_sim.h"
#include "sabotage.h"
#include "store/testing.h"
#include "substrate/sim/databases_sim.h"
#include "substrate/sim/instances_sim.h"
#include "substrate/sim/network_sim.h"
#include "substrate/sim/processes_sim.h"
#include "trace.h"

namespace stormglass::sim {

inline constexpr char account[] = "123456789012";
inline constexpr char region[] = "us-east-1";

/// The value of what cannot fail while the simulation itself looks; a value of its own, fit for a
/// range-for.
template <class T>
T must(Result<T> outcome) {
    return std::move(outcome).value();
}

/// How often things go wrong: once in so many substrate calls (writes too, for `crash` and
/// `interleave`); 0: never.
struct Odds {
    std::size_t failure = 0;     // The call fails, before or half way.
    std::size_t slow = 0;        // Time passes meanwhile.
    std::size_t crash = 0;       // The daemon dies there.
    std::size_t interleave = 0;  // Something else happens there.
};

/// Single-threaded.
class World {
public:
    explicit World(std::uint64_t seed, Sabotage sabotage = Sabotage::none);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // The daemon.
    /// Runs `what`; if the daemon dies in it, a new one is started. False: it died.
    bool survive(const std::function<void()>& what);
    void kill();
    std::size_t reconcilers() const { return rests_.size(); }
    std::string_view reconciler_name(std::size_t index) const;
    /// One pass, unless that reconciler is in the middle of one.
    void pass(std::size_t index);
    /// Those whose rest is over, as app::ReconcilerRunner has it; by themselves they stay out of
    /// the trace unless something comes of them.
    void run_due_passes();
    /// What the last pass of each failed with, if it did.
    const std::map<std::string, std::string>& failing() const { return failing_; }
    /// Until the next of them.
    base::Millis until_next_pass() const;

    // The API; in the trace with its outcome unless it only reads.
    Answer query(const std::string& service, const std::string& action, const Params& params);
    Answer json(const std::string& service, const std::string& target, const base::Json& input);
    Answer s3(const std::string& method, const std::string& path, const std::string& body);

    void advance(base::Millis by);
    void complain(std::string what) { complaints_.push_back(std::move(what)); }
    const std::vector<std::string>& complaints() const { return complaints_; }

    /// While it lives the simulation itself looks at things: nothing goes wrong.
    class Looking {
    public:
        explicit Looking(World& world) : flag_(world.in_daemon_), before_(flag_) { flag_ = false; }
        ~Looking() { flag_ = before_; }
        Looking(const Looking&) = delete;
        Looking& operator=(const Looking&) = delete;

    private:
        bool& flag_;
        const bool before_;
    };

    Odds odds;
    /// What else may happen in the middle of a pass.
    std::function<void()> interfere;
    /// Looked at around every call to the databases.
    std::function<void()> watch_databases;

    Dice dice;
    base::ManualClock clock;
    Trace trace{clock};
    FaultyStore store;
    substrate::Realm realm;
    substrate::NetworkSim network;
    substrate::InstancesSim instances;
    substrate::ProcessesSim processes;
    substrate::DatabasesSim databases;
    PlanesSim planes;

private:
    struct Daemon;
    struct Events;
    class CallObserver;

    substrate::FaultHook faults();
    Result<void> at_call(std::string_view call, std::string_view subject);
    void at_store(std::string_view point);
    void maybe_die(std::string_view where);
    void maybe_interleave(std::string_view where);
    void boot();
    void wake();
    void tell(const std::string& name, const Answer& answer);

    const Sabotage sabotage_;
    KeepingInstances keeping_{instances};
    store::TemporaryFolder folder_;
    base::SeededRandom random_;
    std::unique_ptr<store::KeyRing> keys_;
    std::unique_ptr<net::CertificateAuthority> ca_;
    std::unique_ptr<Events> events_;
    ApiClient client_;
    std::unique_ptr<Daemon> daemon_;
    std::vector<base::Time> rests_;     // When each reconciler's rest is over.
    std::vector<std::size_t> passing_;  // Those in the middle of a pass, outermost first.
    std::map<std::string, std::string> failing_;
    bool in_daemon_ = false;  // survive() is under way.
    std::vector<std::string> complaints_;
};

}  // namespace stormglass::sim
