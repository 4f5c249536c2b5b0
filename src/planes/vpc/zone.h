// All names a VPC's resolver knows, from one configuration. Immutable: a reload makes a new one.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "planes/vpc/config.h"
#include "planes/vpc/dns_message.h"

namespace stormglass::vpc {

/// "ip-10-20-0-5.ec2.internal"
std::string private_name(std::string_view address, std::string_view region);
/// "5.0.20.10.in-addr.arpa"; empty if `address` is none.
std::string reverse_name(std::string_view address);

class Zone {
public:
    static constexpr int aliases_max = 8;  // CNAMEs followed in one answer.

    explicit Zone(const Config& config);
    /// Values of an A record are rotated by `turn`, so that clients spread.
    DnsAnswer lookup(std::string_view name, std::uint16_t type, std::size_t turn) const;

private:
    void add(const DnsRecord& record);
    void add_private_name(const std::string& address, std::string_view region);
    /// Exact name first, then the longest wildcard.
    const std::map<std::uint16_t, DnsRecord>* find(std::string_view name) const;

    std::map<std::string, std::map<std::uint16_t, DnsRecord>, std::less<>> names_;
    std::map<std::string, std::map<std::uint16_t, DnsRecord>, std::less<>>
        wildcards_;                               // By suffix.
    std::set<std::string, std::less<>> parents_;  // Names that only have names below them.
};

}  // namespace stormglass::vpc
