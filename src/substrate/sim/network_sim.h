// The network as a simulation has it: the same contract and the same checks of what is asked for,
// with memory instead of a machine. Deterministic: no clock, no randomness, no threads.
//
// A fault can strike before anything is done or, as a crash would, half way: calls ask the hook a
// second time under NAME.half ("network.apply.half"), and what was done by then stays done.
// Threading: any thread.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "substrate/network.h"
#include "substrate/sim/faults.h"

namespace stormglass::substrate {

class NetworkSim final : public Network {
public:
    explicit NetworkSim(FaultHook faults = {}) : faults_(std::move(faults)) {}

    Result<void> start() override;
    Result<void> apply(const VpcSpec& vpc) override;
    Result<void> remove_vpc(const std::string& vpc_id) override;
    Result<void> apply_backplane(const std::vector<BackplaneSpec>& ends) override;
    Result<std::vector<std::string>> observed_vpcs() override;
    Result<std::vector<std::string>> observed_interfaces(const std::string& vpc_id) override;
    std::string attachment_namespace(const std::string& attachment) const override;
    std::string router_namespace(const std::string& vpc_id) const override;
    std::string internet_namespace() const override;
    /// A listener on loopback, port chosen by the kernel: real, but nobody knows of it.
    Result<int> listen_in(const std::string& namespace_path, const std::string& address,
                          std::uint16_t port) override;
    Result<void> remove_everything() override;

    // For tests.
    /// What is in force for a VPC now; absent if there is none.
    std::optional<VpcSpec> in_force(const std::string& vpc_id) const;
    /// Attachments that have a namespace.
    std::set<std::string> attachments() const;
    std::map<std::string, std::string> backplane() const;  // Attachment to address.
    /// Takes an interface away behind everybody's back, as damage would.
    void lose_interface(const std::string& vpc_id, const std::string& interface_id);

private:
    Result<void> fault(std::string_view call, std::string_view subject) const {
        return faults_ ? faults_(call, subject) : Result<void>{};
    }

    FaultHook faults_;
    mutable std::mutex mutex_;
    std::map<std::string, VpcSpec> vpcs_;
    std::map<std::string, std::string> backplane_;
};

}  // namespace stormglass::substrate
