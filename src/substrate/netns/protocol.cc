// Protocol names and numbers, ports, ICMP types and codes.
#include "substrate/netns/protocol.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace stormglass::substrate::netns {
namespace {

constexpr int icmp_number = 1, tcp_number = 6, udp_number = 17;
constexpr int port_max = 65535, protocol_max = 255;
constexpr int any = -1;

Result<int> protocol_number(const std::string& protocol) {
    const std::string name = base::to_lower(protocol);
    if (name == "tcp") return tcp_number;
    if (name == "udp") return udp_number;
    if (name == "icmp") return icmp_number;
    if (name == "icmpv6") return 58;
    const auto number = base::parse_integer(name);
    if (!number || *number < any || *number > protocol_max)
        return fail(Domain::config, "BadProtocol", fmt::format("\"{}\" is no protocol", protocol));
    return static_cast<int>(*number);
}

Result<std::string> port_match(const char* name, int from_port, int to_port) {
    if (from_port == any && to_port == any) return fmt::format("meta l4proto {} ", name);
    if (from_port < 0 || to_port > port_max || from_port > to_port)
        return fail(Domain::config, "BadPorts",
                    fmt::format("{} to {} is no range of ports", from_port, to_port));
    if (from_port == 0 && to_port == port_max) return fmt::format("meta l4proto {} ", name);
    if (from_port == to_port) return fmt::format("{} dport {} ", name, from_port);
    return fmt::format("{} dport {}-{} ", name, from_port, to_port);
}

Result<std::string> icmp_match(int type, int code) {
    if (type < any || type > 255 || code < any || code > 255)
        return fail(Domain::config, "BadIcmp", fmt::format("no ICMP type {} code {}", type, code));
    if (type == any) return std::string("meta l4proto icmp ");
    if (code == any) return fmt::format("icmp type {} ", type);
    return fmt::format("icmp type {} icmp code {} ", type, code);
}

}  // namespace

Result<std::string> protocol_match(const std::string& protocol, int from_port, int to_port) {
    const int number = TRY(protocol_number(protocol));
    if (number == any) return std::string();
    if (number == tcp_number) return port_match("tcp", from_port, to_port);
    if (number == udp_number) return port_match("udp", from_port, to_port);
    if (number == icmp_number) return icmp_match(from_port, to_port);
    return fmt::format("meta l4proto {} ", number);
}

}  // namespace stormglass::substrate::netns
