// The network of a region under glass: one router namespace per VPC, one routed veth per network
// interface, one "internet" namespace that joins the VPCs' gateways, one "backplane" on which
// database servers replicate (AWS's storage network: no security group or ACL applies there).
//
// Declarative: a caller states a whole VPC and apply() brings the machine there, whatever it finds.
// Every call is idempotent and may be repeated after a crash at any point.
//
// Names: `attachment` is what an interface is plugged into ("i-0abc...", "lb-<id>-us-east-1a",
// "db-<id>-1"): the substrate makes one network namespace per attachment. Addresses are dotted IPv4.
// Threading: calls may come from any thread; implementations serialise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace stormglass::substrate {

/// One allow rule of a security group. `protocol`: "tcp", "udp", "icmp", "-1" (all) or a number.
/// Ports are inclusive (icmp: type in from_port, code in to_port, -1 any; ignored for "-1").
/// Exactly one of `cidr` and `group_id` is set; `group_id` means the members' private addresses.
struct GroupRule {
    std::string protocol;
    int from_port = -1, to_port = -1;
    std::string cidr;
    std::string group_id;
};
struct SecurityGroupSpec {
    std::string id;
    std::vector<GroupRule> ingress, egress;
};

/// Network ACL entries in ascending rule number; first match wins, no match is a deny.
struct AclEntry {
    int number = 0;
    bool allow = false;
    std::string protocol;  // As in GroupRule.
    std::string cidr;
    int from_port = -1, to_port = -1;
};
struct AclSpec {
    std::string id;
    std::vector<AclEntry> ingress, egress;
};

/// Where a route leads. `local` routes are implied by the VPC's blocks and need not be listed.
enum class RouteTarget { internet_gateway, nat_gateway, s3_endpoint, blackhole };
struct RouteSpec {
    std::string destination;  // CIDR; for s3_endpoint the S3 address range, filled by apply().
    RouteTarget target = RouteTarget::blackhole;
    std::string target_id;
};
struct SubnetSpec {
    std::string id, cidr, zone, acl_id;
    std::vector<RouteSpec> routes;  // Of the subnet's route table.
};

struct InterfaceSpec {
    std::string id;  // eni-...
    std::string attachment;
    std::string subnet_id;
    std::string address;                     // Primary private address.
    std::string mac;                         // "02:..": shown in the instance and in IMDS.
    std::optional<std::string> public_address;  // Mapped 1:1 at the internet gateway.
    std::vector<std::string> group_ids;
    bool source_dest_check = true;
};

/// Links of a zone that are at fault: between the zone and all that is not in it. What passes within
/// the zone is not touched, and neither is what the router itself serves (resolver, metadata).
struct ZoneLinkFault {
    enum class Kind { cut, slow };
    std::string zone;  // As subnets name it.
    Kind kind = Kind::cut;
    int loss_percent = 0;  // Of `slow`: of packets each way, 0 to 100.
};

struct VpcSpec {
    std::string id;
    std::vector<std::string> cidrs;
    bool has_internet_gateway = false;
    std::vector<SubnetSpec> subnets;
    std::vector<AclSpec> acls;
    std::vector<SecurityGroupSpec> groups;
    std::vector<InterfaceSpec> interfaces;
    std::vector<ZoneLinkFault> zone_faults;  // One a zone at most; zones without a subnet are fine.
};

/// One end of the backplane: an extra interface `bp0` in the attachment's namespace.
struct BackplaneSpec {
    std::string attachment;
    std::string address;  // From 100.64.0.0/10, unique in the realm.
};

/// Addresses inside the glass that do not belong to any VPC.
namespace well_known {
inline constexpr char api_address[] = "198.18.0.10";   // *.REGION.amazonaws.com: our API, 443 and 80.
inline constexpr char s3_address[] = "198.18.1.10";    // S3 alone, so that a gateway endpoint can route it.
inline constexpr char s3_range[] = "198.18.1.0/24";
inline constexpr char client_address[] = "198.19.0.1"; // The front door: "a user on the internet".
inline constexpr char public_pool[] = "203.0.113.0/24"; // Grows into 198.51.100.0/24; ec2 allocates.
inline constexpr char metadata_address[] = "169.254.169.254";
inline constexpr char resolver_address[] = "169.254.169.253";  // And each VPC's base + 2.
}  // namespace well_known

class Network {
public:
    virtual ~Network() = default;

    /// The internet and backplane namespaces; called once at start-up, before anything else.
    virtual Result<void> start() = 0;
    /// Makes the VPC exactly what `vpc` says. Interfaces absent from it are removed together with
    /// their attachment's namespace; established flows outlive a removed group rule (as on AWS).
    virtual Result<void> apply(const VpcSpec& vpc) = 0;
    virtual Result<void> remove_vpc(const std::string& vpc_id) = 0;
    /// Exactly these ends exist on the backplane afterwards.
    virtual Result<void> apply_backplane(const std::vector<BackplaneSpec>& ends) = 0;
    /// VPCs that have a router namespace now (observed).
    virtual Result<std::vector<std::string>> observed_vpcs() = 0;
    /// Interface ids whose veth exists and is up in that VPC (observed).
    virtual Result<std::vector<std::string>> observed_interfaces(const std::string& vpc_id) = 0;

    /// Path of a namespace that setns() takes: an attachment's, a VPC's router, or the internet.
    virtual std::string attachment_namespace(const std::string& attachment) const = 0;
    virtual std::string router_namespace(const std::string& vpc_id) const = 0;
    virtual std::string internet_namespace() const = 0;
    /// A listening TCP socket of ours inside a namespace (path as above), usable from any thread.
    virtual Result<int> listen_in(const std::string& namespace_path, const std::string& address,
                                  std::uint16_t port) = 0;
    /// Removes every namespace and link of this realm, known or orphaned.
    virtual Result<void> remove_everything() = 0;
};

}  // namespace stormglass::substrate
