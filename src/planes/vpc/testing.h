// What the tests of this folder share: a configuration with two instances, and DNS packets.
#pragma once

#include <string>

#include "planes/vpc/config.h"
#include "planes/vpc/dns_message.h"

namespace stormglass::vpc {

inline InstanceMetadata web_instance() {
    InstanceMetadata instance;
    instance.instance_id = "i-0abc0000000000001";
    instance.ami_id = "ami-0debian12";
    instance.instance_type = "t3.micro";
    instance.reservation_id = "r-0abc";
    instance.availability_zone = "us-east-1a";
    instance.availability_zone_id = "use1-az1";
    instance.launch_time = "2026-11-24T15:02:57Z";
    instance.local_hostname = "ip-127-0-0-1.ec2.internal";
    instance.public_hostname = "ec2-203-0-113-9.compute-1.amazonaws.com";
    instance.local_ipv4 = "127.0.0.1";
    instance.public_ipv4 = "203.0.113.9";
    instance.security_groups = {"web", "default"};
    instance.interfaces = {{.mac = "02:00:00:00:00:01",
                            .interface_id = "eni-1",
                            .subnet_id = "subnet-1",
                            .subnet_cidr = "127.0.0.0/24",
                            .vpc_id = "vpc-1",
                            .vpc_cidrs = {"127.0.0.0/16"},
                            .local_ipv4s = {"127.0.0.1"},
                            .public_ipv4s = {"203.0.113.9"},
                            .security_groups = {"web"},
                            .security_group_ids = {"sg-1"}}};
    instance.instance_profile_arn = "arn:aws:iam::123456789012:instance-profile/web";
    instance.instance_profile_id = "AIPAWEB";
    instance.role_name = "web-role";
    instance.credentials = RoleCredentials{
        "ASIAEXAMPLE", "secret/example", "token==", "2026-11-24T15:00:00Z", "2026-11-24T21:00:00Z"};
    instance.user_data_base64 = "IyEvYmluL2Jhc2gKZWNobyBoaQo=";  // "#!/bin/bash\necho hi\n"
    instance.target_lifecycle_state = "InService";
    instance.tags = {{"Name", "web 1"}, {"Empty", ""}};
    instance.tags_enabled = true;
    instance.key_name = "ops";
    instance.public_key = "ssh-ed25519 AAAA ops";
    return instance;
}

/// The second instance takes IMDSv1 and has neither role, user data, group nor tags.
inline InstanceMetadata plain_instance() {
    InstanceMetadata instance;
    instance.instance_id = "i-0abc0000000000002";
    instance.local_ipv4 = "127.0.0.2";
    instance.tokens_required = false;
    return instance;
}

inline Config test_config() {
    Config config;
    config.vpc_id = "vpc-1";
    config.region = "us-east-1";
    config.account_id = "123456789012";
    config.resolver_addresses = {"127.0.0.1"};
    config.dns_port = 0;
    config.metadata_address = "127.0.0.1";
    config.metadata_port = 0;
    config.records = {
        {"*.us-east-1.amazonaws.com", "A", {"198.18.0.10"}, 60},
        {"s3.us-east-1.amazonaws.com", "A", {"198.18.1.10"}, 60},
        {"*.s3.us-east-1.amazonaws.com", "A", {"198.18.1.10"}, 60},
        {"web-1.us-east-1.elb.localhost", "A", {"10.20.0.10", "10.20.1.10"}, 60},
        {"db.abc.us-east-1.rds.amazonaws.com", "CNAME", {"db-1.internal"}, 5},
        {"db-1.internal", "A", {"10.20.8.5"}, 5},
        {"loop.internal", "CNAME", {"loop.internal"}, 5},
        {"away.internal", "CNAME", {"elsewhere.example"}, 5},
    };
    config.named_addresses = {"10.20.0.5"};
    config.instances = {web_instance(), plain_instance()};
    return config;
}

inline std::string query_packet(std::string_view name, std::uint16_t type) {
    std::string packet("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
    packet += *encode_name(name);
    packet += static_cast<char>(type >> 8U);
    packet += static_cast<char>(type & 0xFFU);
    packet += std::string("\x00\x01", 2);
    return packet;
}

}  // namespace stormglass::vpc
