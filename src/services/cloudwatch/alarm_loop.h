// Evaluates alarms by the clock, follows composite alarms, and runs the actions that call other
// services.
#pragma once

#include <map>

#include "api/ec2.h"
#include "base/clock.h"
#include "services/cloudwatch/composite_rule.h"
#include "services/cloudwatch/evaluation.h"
#include "services/cloudwatch/transitions.h"
#include "services/common/reconciler.h"
#include "services/common/scaling.h"

namespace stormglass::cloudwatch {

/// What an alarm's points are right now, and what follows (alarm_look.cc).
struct AlarmLook {
    Verdict verdict;
    std::string reason, data;
    std::optional<double> newest;
};
Result<AlarmLook> look_at(store::Tx& tx, const Alarm& alarm, base::Time now);
/// Alarms whose period is below a minute are evaluated every ten seconds.
bool is_high_resolution(const Alarm& alarm);

struct AlarmLoopNeeds {
    store::Store& store;
    const base::Clock& clock;
    base::Random& random;
    services::Timeline& timeline;
    sns::PublishDoor& topics;
    ec2::api::Api* ec2 = nullptr;
    services::ScalingPolicies* scaling = nullptr;
    double clock_speed = 1.0;
};

/// On one thread. Every minute (every ten seconds for alarms of high resolution) all alarms are
/// evaluated, twenty seconds into it so that the minute's points are in. Killed anywhere, the next
/// daemon evaluates from the stored states.
class AlarmLoop final : public services::Reconciler {
public:
    explicit AlarmLoop(const AlarmLoopNeeds& needs)
        : needs_(needs), transitions_(needs.random, needs.timeline, needs.topics) {}
    std::string_view name() const override { return "cloudwatch-alarms"; }
    Result<base::Millis> reconcile() override;

private:
    enum class Which { all, high_resolution };
    Result<void> evaluate_all(Which which);
    Result<void> evaluate(const Alarm& alarm);
    Result<void> scale_again(const Alarm& alarm, std::optional<double> newest);

    Result<void> follow_composites();
    Result<bool> follow(const Alarm& seen);
    Result<void> suppress(const Alarm& seen);

    Result<void> run_pending();
    Result<void> run_action(const PendingActions& pending, const std::string& action);
    /// Nothing: the action was run; what it says. Otherwise what went wrong.
    Result<std::string> perform(wire::Request& request, const Alarm& alarm,
                                const std::string& action);
    Result<std::string> perform_ec2(wire::Request& request, const Alarm& alarm,
                                    const std::string& verb);
    Result<std::unique_ptr<wire::Request>> writer(const std::string& account,
                                                  const std::string& region);

    AlarmLoopNeeds needs_;
    Transitions transitions_;
    base::Time next_minute_{}, next_seconds_{};
    bool has_suppressors_ = false;
};

}  // namespace stormglass::cloudwatch
