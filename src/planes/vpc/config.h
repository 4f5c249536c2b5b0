// What one VPC's services process is told: the names it answers and the instances it knows. The
// control plane writes this file (0600, on tmpfs: it holds role credentials) and sends SIGHUP; the
// process answers from it alone, so it goes on without the control plane.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace stormglass::vpc {

/// One name. Lower case, no final dot. "*.us-east-1.amazonaws.com" answers for every name below
/// that suffix; the most specific record wins. `type`: "A" (dotted addresses), "CNAME" or "PTR"
/// (one name). Several A values are rotated.
struct DnsRecord {
    std::string name;
    std::string type = "A";
    std::vector<std::string> values;
    int ttl = 60;
};
STORMGLASS_JSON(DnsRecord, name, type, values, ttl)

/// One network interface, as network/interfaces/macs/<mac>/ shows it.
struct InterfaceMetadata {
    std::string mac, interface_id, subnet_id, subnet_cidr, vpc_id;
    int device_number = 0;
    std::vector<std::string> vpc_cidrs;
    std::vector<std::string> local_ipv4s, public_ipv4s;
    std::vector<std::string> security_groups, security_group_ids;
};
STORMGLASS_JSON(InterfaceMetadata, mac, interface_id, subnet_id, subnet_cidr, vpc_id, device_number,
                vpc_cidrs, local_ipv4s, public_ipv4s, security_groups, security_group_ids)

/// Times as ISO 8601 with seconds: "2026-11-24T15:02:57Z".
struct RoleCredentials {
    std::string access_key_id, secret_access_key, token;
    std::string last_updated, expiration;
};
STORMGLASS_JSON(RoleCredentials, access_key_id, secret_access_key, token, last_updated, expiration)

struct InstanceMetadata {
    std::string instance_id, ami_id, instance_type, reservation_id;
    std::string architecture = "x86_64";
    int ami_launch_index = 0;
    std::string availability_zone, availability_zone_id;
    std::string launch_time;  // ISO 8601, for the identity document.
    std::string local_hostname, public_hostname;
    std::string local_ipv4, public_ipv4;        // Of the primary interface; public may be empty.
    std::vector<std::string> security_groups;   // Names.
    std::vector<InterfaceMetadata> interfaces;  // Device 0 first.
    std::string instance_profile_arn, instance_profile_id;  // Empty: no profile.
    std::string role_name;                                  // Of the profile.
    std::optional<RoleCredentials> credentials;   // Absent with a role: answered as not ready yet.
    std::optional<std::string> user_data_base64;  // Absent: 404.
    std::string key_name, public_key;             // "ssh-ed25519 AAAA... name"
    std::string target_lifecycle_state;           // "InService"; empty: not in a group, 404.
    bool is_spot = false;
    std::string rebalance_notice, spot_ends;  // ISO 8601; empty: no such notice, 404.
    std::map<std::string, std::string> tags;
    // MetadataOptions.
    bool tags_enabled = false;     // instance_metadata_tags
    bool endpoint_enabled = true;  // http_endpoint
    bool tokens_required = true;   // http_tokens
    int hop_limit = 1;             // http_put_response_hop_limit
};
STORMGLASS_JSON(InstanceMetadata, instance_id, ami_id, instance_type, reservation_id, architecture,
                ami_launch_index, availability_zone, availability_zone_id, launch_time,
                local_hostname, public_hostname, local_ipv4, public_ipv4, security_groups,
                interfaces, instance_profile_arn, instance_profile_id, role_name, credentials,
                user_data_base64, key_name, public_key, target_lifecycle_state, is_spot,
                rebalance_notice, spot_ends, tags, tags_enabled, endpoint_enabled, tokens_required,
                hop_limit)

/// Where it listens is read once, at start; everything else is read again at each SIGHUP.
struct Config {
    std::string vpc_id, region, account_id;
    std::vector<std::string> resolver_addresses;  // The VPC's base + 2 and 169.254.169.253.
    std::uint16_t dns_port = 53;                  // 0: any free one (tests); see Status.
    std::string metadata_address = "169.254.169.254";
    std::uint16_t metadata_port = 80;  // 0: any free one (tests).
    /// Besides these, the resolver derives by itself, for each interface of `instances`, the
    /// private names ip-10-20-0-5.ec2.internal (us-east-1) or .REGION.compute.internal, both ways.
    std::vector<DnsRecord> records;
    /// Addresses without an instance that have private names too (balancer nodes, databases).
    std::vector<std::string> named_addresses;
    std::vector<InstanceMetadata> instances;
};
STORMGLASS_JSON(Config, vpc_id, region, account_id, resolver_addresses, dns_port, metadata_address,
                metadata_port, records, named_addresses, instances)

/// What the process says of itself; rewritten after each (re)load and every second when changed.
struct Status {
    int pid = 0;
    std::string vpc_id;
    std::uint16_t dns_port = 0, metadata_port = 0;  // As bound.
    std::uint64_t loads = 0;                        // Configurations taken, the first included.
    std::string config_sha256;  // Hex, of the file's bytes in use: what was applied, observed.
    std::string last_error;     // Of the last load; empty: it was taken.
    std::uint64_t dns_queries = 0, dns_refused = 0, metadata_requests = 0;
};
STORMGLASS_JSON(Status, pid, vpc_id, dns_port, metadata_port, loads, config_sha256, last_error,
                dns_queries, dns_refused, metadata_requests)

}  // namespace stormglass::vpc
