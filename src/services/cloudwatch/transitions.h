// An alarm changes its state: the record, its history, and the actions of the new state.
//
// SNS topics are told within the transaction that changes the state, so that no notice is lost or
// sent twice. Actions that call other services are noted in that transaction and run right after it
// by the alarms' reconciler, each in one of its own.
#pragma once

#include "base/random.h"
#include "services/cloudwatch/records.h"
#include "services/common/timeline.h"
#include "services/sns/publish_door.h"

namespace stormglass::cloudwatch {

/// Actions that still have to run. Key: {account, region, name of the alarm}.
struct PendingActions {
    std::string account, region, alarm, state;
    std::vector<std::string> actions;
};
STORMGLASS_JSON(PendingActions, account, region, alarm, state, actions)
inline constexpr store::Table<PendingActions> pending_actions{"cloudwatch/pending"};

const std::vector<std::string>& actions_of(const Alarm& alarm);

struct NewState {
    std::string state, reason;
    std::optional<std::string> data;
    std::optional<double> value;
};

class Transitions {
public:
    Transitions(base::Random& random, services::Timeline& timeline, sns::PublishDoor& topics)
        : random_(random), timeline_(timeline), topics_(topics) {}
    /// Writes the alarm. A state that is the same already runs nothing.
    Result<void> change(wire::Request& request, Alarm& alarm, const NewState& to);
    /// Runs the actions of the alarm's state (a composite alarm's may have waited for it).
    Result<void> announce(wire::Request& request, Alarm& alarm, const std::string& old_state);
    /// What came of an action, in the alarm's history and on the timeline.
    void record_action(wire::Request& request, const Alarm& alarm, const std::string& action,
                       const std::string& failure, const std::string& said = {});

private:
    base::Random& random_;
    services::Timeline& timeline_;
    sns::PublishDoor& topics_;
};

}  // namespace stormglass::cloudwatch
