// Carries experiments out: resolves targets, starts each action when those it waits for are over,
// watches stop conditions, and puts back what an action changed when it ends, whichever way that
// is. Every step is in the store before it is taken, so that a daemon killed over it goes on with
// it, or undoes it, when it is up again.
#pragma once

#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/fis/actions.h"
#include "store/store.h"

namespace stormglass::fis {

/// reconcile() is called by one thread at a time.
class Runner final : public services::Reconciler {
public:
    static constexpr base::Millis rest{1000}, rest_active{200};

    Runner(store::Store& store, base::Clock& clock, base::Random& random,
           services::Timeline& timeline, Caller& caller)
        : store_(store), clock_(clock), random_(random), timeline_(timeline), caller_(caller) {}

    std::string_view name() const override { return "fis"; }
    Result<base::Millis> reconcile() override;

private:
    /// One step of one experiment. What fails in it as AWS words it ends the experiment.
    Result<void> step(Experiment& one);
    Result<void> initiate(Experiment& one, Scene& scene);
    Result<void> run(Experiment& one, Scene& scene);
    Result<void> run_action(Experiment& one, Scene& scene, const std::string& name);
    Result<void> start_action(Experiment& one, Scene& scene, const std::string& name,
                              Attempt attempt);
    Result<void> watch_action(Experiment& one, Scene& scene, const std::string& name);
    Result<void> stop(Experiment& one, Scene& scene);
    /// Why it must stop; empty: it need not.
    Result<std::string> stop_reason(const Experiment& one);
    Result<Scene> scene_of(const Experiment& one);
    template <class Act>
    auto with_stage(Experiment& one, Scene& scene, const std::string& name, Attempt attempt,
                    Act act);

    void end_action(Experiment& one, const std::string& name, const char* status,
                    const std::string& reason);
    void finish(Experiment& one, const char* status, const std::string& reason);
    void fail_with(Experiment& one, const Error& error, const std::string& location);
    Result<void> save(const Experiment& one);
    void tell(const Experiment& one, const std::string& text);

    store::Store& store_;
    base::Clock& clock_;
    base::Random& random_;
    services::Timeline& timeline_;
    Caller& caller_;
    std::map<std::string, services::IssuedSession> sessions_;  // By experiment.
};

}  // namespace stormglass::fis
