// Making, describing and removing network interfaces, whoever owns them.
#pragma once

#include "base/random.h"
#include "services/common/ports.h"
#include "services/ec2/access.h"
#include "services/ec2/observed.h"

namespace stormglass::ec2 {

struct InterfaceWish {
    Subnet subnet;
    std::string address;  // Empty: any free one.
    std::vector<std::string> group_ids;  // Empty: the VPC's default group.
    std::string description, requester_id;
};

/// A new interface, not yet saved; its groups are checked.
Result<Interface> make_interface(wire::Request& request, base::Random& random,
                                 const InterfaceWish& wish);
/// The groups exist and belong to the VPC; none: its default group.
Result<std::vector<std::string>> check_groups(wire::Request& request, const std::string& vpc_id,
                                              const std::vector<std::string>& ids);
/// Gives up its public address and deletes it.
Result<void> remove_interface(wire::Request& request, const Interface& interface);
/// Takes away its public address; an Elastic IP goes back to its owner, another to the pool.
Result<void> drop_public_address(wire::Request& request, Interface& interface);

Result<api::NetworkInterface> describe(wire::Request& request, const Interface& interface);
Result<wire::List<api::GroupIdentifier>> describe_groups(wire::Request& request,
                                                         const std::vector<std::string>& ids);

/// For elbv2 and rds.
class ManagedInterfacePort final : public services::ManagedInterfaces {
public:
    ManagedInterfacePort(base::Random& random, const Observed& observed)
        : random_(random), observed_(observed) {}
    Result<Interface> create(wire::Request& request, const Wanted& wanted) override;
    Result<void> set_groups(wire::Request& request, const std::string& id,
                            const std::vector<std::string>& group_ids) override;
    Result<void> remove(wire::Request& request, const std::string& id) override;
    Result<std::optional<Interface>> find(wire::Request& request, const std::string& id) override;
    bool is_plugged(const std::string& id) const override { return observed_.is_plugged(id); }

private:
    base::Random& random_;
    const Observed& observed_;
};

}  // namespace stormglass::ec2
