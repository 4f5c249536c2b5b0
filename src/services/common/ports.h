// What services need of each other beyond their AWS APIs. Each interface is implemented by the
// service named and handed out by app::App; nobody includes another service's folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "store/table.h"
#include "wire/request.h"

namespace stormglass::services {

enum class PublicAddress { none, wanted };

/// ec2: network interfaces that a service owns (balancer nodes, database servers). The network
/// namespace of such an interface is substrate::Network::attachment_namespace(id).
class ManagedInterfaces {
public:
    struct Wanted {
        std::string subnet_id;
        std::vector<std::string> group_ids;
        std::string description;   // "ELB app/name/id", "RDSNetworkInterface"
        std::string requester_id;  // "amazon-elb", "amazon-rds"
        PublicAddress public_address = PublicAddress::none;
    };
    struct Interface {
        std::string id, subnet_id, vpc_id, zone, address, public_address;
        std::vector<std::string> group_ids;
    };
    virtual ~ManagedInterfaces() = default;
    virtual Result<Interface> create(wire::Request& request, const Wanted& wanted) = 0;
    virtual Result<void> set_groups(wire::Request& request, const std::string& id,
                                    const std::vector<std::string>& group_ids) = 0;
    /// Absent is fine.
    virtual Result<void> remove(wire::Request& request, const std::string& id) = 0;
    virtual Result<std::optional<Interface>> find(wire::Request& request, const std::string& id) = 0;
    /// Does the interface's namespace exist right now, as the network was last observed?
    virtual bool is_plugged(const std::string& id) const = 0;
};

/// iam: temporary credentials for the role of an instance profile, as IMDS hands them out.
struct TemporaryCredentials {
    std::string access_key_id, secret_access_key, session_token;
    base::Time expiration{};
    std::string role_name, role_arn, instance_profile_arn, instance_profile_id;
};
STORMGLASS_JSON(TemporaryCredentials, access_key_id, secret_access_key, session_token, expiration,
                role_name, role_arn, instance_profile_arn, instance_profile_id)

class InstanceCredentials {
public:
    virtual ~InstanceCredentials() = default;
    /// `profile` is a name or an ARN; session name is the instance id. nullopt: the profile has no
    /// role. Error InvalidParameterValue-like when there is no such profile.
    virtual Result<std::optional<TemporaryCredentials>> issue(wire::Request& request,
                                                              const std::string& profile,
                                                              const std::string& instance_id) = 0;
};

/// iam: sessions, for sts.
struct RoleSessionWanted {
    std::string role_arn, session_name;
    base::Seconds duration{3600};
    std::vector<std::string> policies;      // Documents of session policies.
    std::vector<std::string> policy_arns;   // Managed session policies.
    std::map<std::string, std::string> tags;
    std::string external_id;
};
struct IssuedSession {
    std::string access_key_id, secret_access_key, session_token;
    base::Time expiration{};
    std::string assumed_role_id, arn;
};
class RoleSessions {
public:
    virtual ~RoleSessions() = default;
    /// Checks the trust policy and the caller's right (sts:AssumeRole).
    virtual Result<IssuedSession> assume_role(wire::Request& request,
                                              const RoleSessionWanted& wanted) = 0;
    virtual Result<IssuedSession> session_token(wire::Request& request,
                                                base::Seconds duration) = 0;
};

/// acm: certificate and private key, PEM, for balancer nodes.
struct LoadedCertificate {
    std::string arn, certificate, private_key, chain;
    std::vector<std::string> names;  // Subject and alternative names.
};
class Certificates {
public:
    virtual ~Certificates() = default;
    virtual Result<LoadedCertificate> load(wire::Request& request, const std::string& arn) = 0;
    /// Who uses it, so that it cannot be deleted meanwhile (ResourceInUse).
    virtual Result<void> set_user(wire::Request& request, const std::string& arn,
                                  const std::string& user_arn, bool in_use) = 0;
};

/// sns: delivery on behalf of a service (autoscaling, rds, cloudwatch). Refused silently by policy is
/// never silent: an AccessDenied comes back and is put on the timeline by the caller.
class Notifications {
public:
    virtual ~Notifications() = default;
    virtual Result<void> publish(wire::Request& request, const std::string& topic_arn,
                                 const std::string& subject, const std::string& message) = 0;
};

/// Names that the resolvers of all VPCs answer, and that the front door knows. Written by elbv2 and
/// rds, read by ec2's reconciler.
struct DnsRecord {
    std::string name;                             // Lower case, no trailing dot.
    std::vector<std::string> addresses;           // What the VPC in `vpc_id` gets (private).
    std::vector<std::string> public_addresses;    // What other VPCs get; empty: nothing.
    std::string vpc_id;
    int ttl_seconds = 60;
    std::string owner;                            // ARN.
};
STORMGLASS_JSON(DnsRecord, name, addresses, public_addresses, vpc_id, ttl_seconds, owner)
/// Key: {region, name}.
inline constexpr store::Table<DnsRecord> dns_records{"common/dns"};

/// A service's part of `stormglass status`: observed facts, by the contract's top-level key
/// ("load_balancers", "groups", "instances", "databases", "alarms"). Thread-safe.
class StatusSource {
public:
    virtual ~StatusSource() = default;
    virtual std::string_view status_key() const = 0;
    virtual Result<base::Json> status(store::Tx& tx) = 0;
};

}  // namespace stormglass::services
