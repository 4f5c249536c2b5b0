// What is to be seen of a group at one moment: its records, its instances in EC2, its targets.
#pragma once

#include <map>
#include <set>

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"

namespace stormglass::autoscaling {

struct SeenInstance {
    std::string state, reason;
    bool at_risk = false;  // It is Spot and will be interrupted.
    bool impaired = false;  // A status check fails.
};

struct View {
    Group group;
    std::vector<Member> members;
    std::optional<Refresh> refresh;  // The active one.
    std::vector<Hook> hooks;
    std::vector<Schedule> schedules;
    TemplateRef current;             // What launches use now; no version: it cannot be resolved.
    std::map<std::string, SeenInstance> instances;  // Absent: EC2 knows it no more.
    /// By target group, then instance: the target's state. A group that is gone has no targets.
    std::map<std::string, std::map<std::string, std::string>> targets;
    std::map<std::string, base::Seconds> drain_delays;  // By target group, where someone drains.
    bool has_balancers = true;  // Is there a load balancing service at all.
    std::vector<std::string> raised;  // Alarms of the refresh that are in ALARM.
    std::set<std::string> lost_zones;  // Nothing can be launched or reached there now.

    std::string state_of(const Member& member) const;   // "gone" when absent.
    bool is_impaired(const Member& member) const;
    bool serves_nobody(const Member& member) const;  // Down, or cut off: nothing to wait for.
    std::string target_state(const std::string& target_group, const std::string& id) const;
};

/// "terminated" or "gone".
bool is_ended(std::string_view state);
/// Not "pending" or "running".
bool is_down(std::string_view state);

Result<View> observe(wire::Request& request, const Peers& peers, const Group& group);
/// "running; target healthy", for people and the status.
std::string describe_observed(const View& view, const Member& member);

}  // namespace stormglass::autoscaling
