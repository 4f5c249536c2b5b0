// Keeps instances what the records say: launches what is pending, halts what is stopping, removes
// what is shutting down, and records what it sees, deaths included.
#pragma once

#include "base/clock.h"
#include "services/common/timeline.h"
#include "services/ec2/access.h"
#include "services/ec2/background.h"
#include "services/ec2/network_keeper.h"
#include "services/ec2/observed.h"
#include "services/ec2/region_records.h"
#include "substrate/instances.h"

namespace stormglass::ec2 {

struct InstanceKeeperParts {
    store::Store& store;
    const base::Clock& clock;
    services::Timeline& timeline;
    substrate::Instances& instances;
    substrate::Network& network;
    const NetworkKeeper& networks;
    Observed& observed;
    std::string ca_certificate_pem;
    WorkMode work_mode;
};

/// Used by the reconciler's thread alone.
class InstanceKeeper {
public:
    explicit InstanceKeeper(InstanceKeeperParts parts)
        : parts_(std::move(parts)), work_(parts_.work_mode) {}

    /// One step for every instance; true if something is on its way and is worth another look soon.
    bool keep(const std::vector<RegionRecords>& regions);
    /// Ends and deletes what runs without a record.
    Result<void> sweep(const std::vector<RegionRecords>& regions);

private:
    struct Place {
        const RegionRecords& region;
        const Instance& instance;
    };
    using Change = std::function<Result<void>(wire::Request&, Instance&)>;

    bool step(const Place& place);
    bool step_pending(const Place& place);
    bool step_running(const Place& place);
    /// Its time as a Spot instance is over.
    bool take_back(const Place& place);
    /// In a zone without power: whatever still runs (a launch that was under way) ends.
    bool keep_dark(const Place& place);
    /// The power is back: it boots from its volume.
    bool boot_again(const Place& place);
    void refuse_launch(const Place& place);
    bool step_stopping(const Place& place);
    bool step_shutting_down(const Place& place);
    bool step_terminated(const Place& place);

    Result<substrate::InstanceSpec> spec_of(const Place& place) const;
    /// Changes the record in a write of its own, if its state is still the one that was acted upon.
    Result<void> record(const Place& place, const Change& change);
    void record_running(const Place& place);
    void record_death(const Place& place, const substrate::InstanceState& seen);
    void launch_failed(const Place& place, const Error& error);
    void log(const Place& place, const Result<void>& outcome) const;
    void tell(const Place& place, std::string text);

    InstanceKeeperParts parts_;
    std::map<std::string, int> failures_;  // Launches that failed, by instance.
    std::map<std::string, int> waits_;     // Passes spent waiting for the VPC's services.
    std::map<std::string, int> running_;   // Pids, as seen in this pass.
    std::set<std::string> hanging_;        // As seen in this pass.
    Background work_;
};

/// The instance is gone: its interface and volume too, or given back to their owner.
Result<void> finish_termination(wire::Request& request, Instance& instance);

}  // namespace stormglass::ec2
