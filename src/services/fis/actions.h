// What each action does: begins (twice is as once, since a daemon may end in between), looks
// whether it is over, and puts back what it changed.
#pragma once

#include "services/fis/targets.h"
#include "store/store.h"

namespace stormglass::fis {

/// Whether begin() may have been carried out already, in part or whole, by a daemon that ended over
/// it.
enum class Attempt { first, again };

/// One action at work. `targets` are the ARNs that its one target resolved to.
struct Stage {
    Scene& scene;
    store::Store& store;
    const Experiment& experiment;
    const std::string& name;
    const Action& action;
    const std::vector<std::string>& targets;
    Run& run;
    base::Time now;
    Attempt attempt = Attempt::first;

    std::string parameter(const std::string& key) const {
        const auto at = action.parameters.find(key);
        return at == action.parameters.end() ? std::string() : at->second;
    }
    /// Of "PT5M"; zero when absent.
    base::Seconds time_parameter(const std::string& key) const;
};

enum class Progress { running, over };

/// What end() will need, found out and kept before begin() changes anything.
Result<void> remember(Stage& stage);
Result<void> begin(Stage& stage);
Result<Progress> look(Stage& stage);
/// Also of an action that begin() left half done. Absent things are fine.
Result<void> end(Stage& stage);

/// "PT1H30M" in seconds; nullopt: not such a text.
std::optional<base::Seconds> parse_period(std::string_view text);

// action_network.cc
Result<void> remember_network(Stage& stage);
Result<void> begin_network(Stage& stage);
Result<void> end_network(Stage& stage);
// action_simple.cc
Result<void> begin_instances(Stage& stage);
Result<Progress> look_instances(Stage& stage);
Result<void> end_instances(Stage& stage);
Result<void> begin_reboot_databases(Stage& stage);
Result<Progress> look_databases(Stage& stage);
Result<void> begin_interruptions(Stage& stage);
Result<void> begin_capacity(Stage& stage);
Result<void> end_capacity(Stage& stage);

}  // namespace stormglass::fis
