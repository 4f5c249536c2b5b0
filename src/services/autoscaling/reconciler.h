// Keeps groups at their desired capacity with healthy instances: looks (observe.h), decides (plan.h),
// and carries out one action after the other, each in a transaction of its own.
//
// EC2 and load balancing live in the same store, so an action's calls to them and its own records
// commit together: a process killed between any two steps finds nothing half done.
#pragma once

#include <map>

#include "base/random.h"
#include "services/autoscaling/activities.h"
#include "services/autoscaling/plan.h"
#include "services/common/ports.h"
#include "services/common/reconciler.h"
#include "services/common/timeline.h"

namespace stormglass::autoscaling {

/// reconcile() is called by one thread at a time; status() by any.
class Reconciler final : public services::Reconciler, public services::StatusSource {
public:
    static constexpr base::Millis rest{1000};  // Health is looked at this often.
    static constexpr base::Seconds retry_first{10}, retry_most{300};  // After failed launches.
    static constexpr base::Seconds zone_avoided{300};

    Reconciler(store::Store& store, base::Clock& clock, base::Random& random,
               services::Timeline& timeline, Peers peers)
        : store_(store), clock_(clock), random_(random), timeline_(timeline), peers_(peers) {}

    std::string_view name() const override { return "autoscaling"; }
    Result<base::Millis> reconcile() override;
    std::string_view status_key() const override { return "groups"; }
    Result<base::Json> status(store::Tx& tx) override;

private:
    struct Where {
        std::string account, region, group;
    };
    struct Launched {
        std::string error_code, error;  // Empty: it worked, or was no longer wanted.
    };
    struct How {
        TemplateRef wanted;
        std::string type;  // Empty: the template's own.
        bool is_spot = false;
    };
    /// After a launch that EC2 refused: another zone is tried, or the group waits a while.
    enum class FailedLaunch { goes_elsewhere, waits };
    using Lines = std::vector<std::string>;

    Result<std::unique_ptr<wire::Request>> begin(wire::TxMode mode, const Where& where);
    Result<void> reconcile_group(const Where& where);
    Result<void> refresh_group(const Where& where, const View& view);
    Result<void> act(const Where& where, const View& view, const Action& action);
    Result<void> act_on_member(wire::Request& request, const View& view, const Action& action,
                               Lines& lines);
    Result<void> act_on_wait(wire::Request& request, const Group& group, Member& member,
                             const Action& action, Lines& lines);
    Result<void> move_on(wire::Request& request, Group& group, Member& member,
                         const Action& action, Lines& lines);
    Result<void> end_group(wire::Request& request, const Group& group, Lines& lines);

    // One member's step; `group` and `member` are as the transaction sees them.
    Result<void> register_targets(wire::Request& request, const Group& group, Member& member);
    Result<void> leave_targets(wire::Request& request, const Group& group, Member& member);
    Result<void> deregister(wire::Request& request, Member& member, const Lines& arns);
    Result<void> settle(wire::Request& request, Group& group, Member& member, Lines& lines);
    Result<void> abandon(wire::Request& request, Group& group, Member& member,
                         const std::string& why, Lines& lines);
    Result<void> take_out(wire::Request& request, Group& group, Member& member,
                          const Action& action, Lines& lines);
    Result<void> drain(wire::Request& request, const Group& group, Member& member);
    Result<void> terminate(wire::Request& request, const Group& group, Member& member);
    Result<void> finish(wire::Request& request, const Group& group, Member& member, Lines& lines);

    // transitions.cc
    Result<void> hold(wire::Request& request, const Group& group, Member& member,
                      std::string_view transition, Lines& lines);
    Result<void> adopt(wire::Request& request, const Group& group, Member& member);
    Result<void> set_aside(wire::Request& request, const Group& group, Member& member,
                           Lines& lines);
    Result<void> let_go(wire::Request& request, const Group& group, Member& member, Lines& lines);
    Result<void> run_schedule(wire::Request& request, const std::string& name,
                              const std::string& action, Lines& lines);

    // launch.cc
    Result<void> launch(const Where& where, const Action& action);
    Result<Launched> launch_in(const Where& where, const Place& place, const Override& choice,
                               const Action& action);
    Result<void> launch_failed(const Where& where, const Place& place, const std::string& why,
                               const Action& action, FailedLaunch then);
    Result<ec2::api::Instance> run_instance(wire::Request& request, const Group& group,
                                            const How& how, const Place& place);
    Result<void> record_launch(wire::Request& request, const Group& group,
                               const ec2::api::Instance& made, Member member);

    Result<void> tell(wire::Request& request, const Group& group, const Activity& activity,
                      std::string_view event, Lines& lines);
    void show(const Where& where, const Lines& lines);

    store::Store& store_;
    base::Clock& clock_;
    base::Random& random_;
    services::Timeline& timeline_;
    Peers peers_;
    std::map<std::string, std::string> shown_errors_;  // By group and member: the last one told.
};

}  // namespace stormglass::autoscaling
