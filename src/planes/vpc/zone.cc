#include "planes/vpc/zone.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace stormglass::vpc {
namespace {

constexpr int private_name_ttl = 60;

std::optional<std::uint16_t> type_of(std::string_view name) {
    if (name == "A") return dns_type::a;
    if (name == "CNAME") return dns_type::cname;
    if (name == "PTR") return dns_type::ptr;
    return std::nullopt;
}

std::optional<std::array<std::uint8_t, 4>> octets(std::string_view address) {
    std::array<std::uint8_t, 4> bytes{};
    if (inet_pton(AF_INET, std::string(address).c_str(), bytes.data()) != 1) return std::nullopt;
    return bytes;
}

std::string canonical(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return base::to_lower(name);
}

void append(DnsAnswer& to, std::string_view owner, std::uint16_t type, const DnsRecord& record,
            std::size_t turn) {
    const std::size_t count = record.values.size();
    for (std::size_t i = 0; i < count; ++i) {
        to.records.push_back({std::string(owner), type, static_cast<std::uint32_t>(record.ttl),
                              record.values[(i + turn) % count]});
    }
}

}  // namespace

std::string private_name(std::string_view address, std::string_view region) {
    std::string dashed(address);
    std::replace(dashed.begin(), dashed.end(), '.', '-');
    if (region == "us-east-1") return fmt::format("ip-{}.ec2.internal", dashed);
    return fmt::format("ip-{}.{}.compute.internal", dashed, region);
}

std::string reverse_name(std::string_view address) {
    const auto bytes = octets(address);
    if (!bytes) return {};
    return fmt::format("{}.{}.{}.{}.in-addr.arpa", (*bytes)[3], (*bytes)[2], (*bytes)[1],
                       (*bytes)[0]);
}

Zone::Zone(const Config& config) {
    add({"localhost", "A", {"127.0.0.1"}, private_name_ttl});
    for (const std::string& address : config.named_addresses) {
        add_private_name(address, config.region);
    }
    for (const InstanceMetadata& instance : config.instances) {
        if (!instance.local_ipv4.empty()) add_private_name(instance.local_ipv4, config.region);
        for (const InterfaceMetadata& interface : instance.interfaces) {
            for (const std::string& address : interface.local_ipv4s) {
                add_private_name(address, config.region);
            }
        }
        // Inside the VPC an instance's public name leads to its private address.
        if (!instance.public_hostname.empty() && !instance.local_ipv4.empty()) {
            add({instance.public_hostname, "A", {instance.local_ipv4}, private_name_ttl});
        }
    }
    for (const DnsRecord& record : config.records) add(record);  // Last: these win.
}

void Zone::add(const DnsRecord& record) {
    const auto type = type_of(record.type);
    if (!type || record.values.empty()) return;
    std::string name = canonical(record.name);
    if (name.starts_with("*.")) {
        name.erase(0, 2);
        wildcards_[name].insert_or_assign(*type, record);
    } else {
        names_[name].insert_or_assign(*type, record);
    }
    for (std::size_t dot = name.find('.'); dot != std::string::npos;
         dot = name.find('.', dot + 1)) {
        parents_.insert(name.substr(dot + 1));
    }
}

void Zone::add_private_name(const std::string& address, std::string_view region) {
    const std::string reverse = reverse_name(address);
    if (reverse.empty()) return;
    const std::string name = private_name(address, region);
    add({name, "A", {address}, private_name_ttl});
    add({reverse, "PTR", {name}, private_name_ttl});
}

const std::map<std::uint16_t, DnsRecord>* Zone::find(std::string_view name) const {
    if (const auto found = names_.find(name); found != names_.end()) return &found->second;
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
         dot = name.find('.', dot + 1)) {
        const auto found = wildcards_.find(name.substr(dot + 1));
        if (found != wildcards_.end()) return &found->second;
    }
    return nullptr;
}

DnsAnswer Zone::lookup(std::string_view name, std::uint16_t type, std::size_t turn) const {
    DnsAnswer answer;
    std::string owner(name);
    for (int hop = 0; hop < aliases_max; ++hop) {
        const auto* records = find(owner);
        if (records == nullptr) {
            const bool known = hop > 0 || parents_.contains(owner) || wildcards_.contains(owner);
            if (!known) answer.rcode = Rcode::name_error;
            return answer;
        }
        if (type == dns_type::any) {
            for (const auto& [kind, record] : *records) append(answer, owner, kind, record, turn);
            return answer;
        }
        if (const auto found = records->find(type); found != records->end()) {
            append(answer, owner, type, found->second, turn);
            return answer;
        }
        const auto alias = records->find(dns_type::cname);
        if (alias == records->end()) return answer;
        append(answer, owner, dns_type::cname, alias->second, 0);
        owner = canonical(alias->second.values.front());
    }
    return answer;
}

}  // namespace stormglass::vpc
