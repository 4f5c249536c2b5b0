// The real network: namespaces, veths, routes and rules of this machine.
//
// Objects of one realm live under realm.run_dir/netns; the host's own routes, rules, settings and
// /run/netns are never touched. Nothing is remembered but open descriptors: what exists is read
// from the kernel, so a new daemon adopts what an earlier one made. Threading: any thread; one
// mutex serialises everything but listen_in and the path functions.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "substrate/netns/hub.h"
#include "substrate/netns/plan.h"
#include "substrate/network.h"
#include "substrate/realm.h"

namespace stormglass::substrate::netns {

class NetworkLinux final : public Network {
public:
    explicit NetworkLinux(const Realm& realm);

    Result<void> start() override;
    Result<void> apply(const VpcSpec& vpc) override;
    Result<void> remove_vpc(const std::string& vpc_id) override;
    Result<void> apply_backplane(const std::vector<BackplaneSpec>& ends) override;
    Result<std::vector<std::string>> observed_vpcs() override;
    Result<std::vector<std::string>> observed_interfaces(const std::string& vpc_id) override;
    std::string attachment_namespace(const std::string& attachment) const override;
    std::string router_namespace(const std::string& vpc_id) const override;
    std::string internet_namespace() const override;
    Result<int> listen_in(const std::string& namespace_path, const std::string& address,
                          std::uint16_t port) override;
    Result<void> remove_everything() override;

private:
    /// The open hub at `path`; reopened when the namespace there is another than we have open.
    Result<Hub*> hub(const std::string& path);
    Result<void> start_locked();
    Result<void> remove_surplus_attachments(const VpcSpec& vpc);

    /// A VPC's address on the internet link: the one its link there is stamped with, or a free one.
    Result<Address> uplink_of(const std::string& vpc_id);
    /// The veth between router and internet, with its addresses.
    Result<void> join_internet(Hub& router, const std::string& vpc_id, Address uplink);
    Result<void> route_public_addresses(const VpcPlan& plan, Address uplink);
    Result<void> configure_router(Hub& router, const VpcPlan& plan, const PortsOutcome& ports);
    Result<void> note_members(const VpcSpec& vpc);
    /// Flows of addresses that were taken from whoever had them.
    Result<void> forget_released(Hub& router, const VpcPlan& plan, std::set<Address> released);

    NamespaceStore store_;
    std::mutex mutex_;
    std::map<std::string, Hub> hubs_;  // By path.
    /// Public address to private, by VPC, as last applied. Lost with the daemon: flows of a public
    /// address that moves just then stay with its former owner until they end.
    std::map<std::string, std::map<Address, Address>> mapped_;
};

/// What App owns.
std::unique_ptr<Network> make_linux_network(const Realm& realm);

}  // namespace stormglass::substrate::netns
