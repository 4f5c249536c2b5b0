#include "planes/vpc/resolver.h"

#include <algorithm>

namespace stormglass::vpc {
namespace {

constexpr std::uint16_t class_in = 1, class_any = 255;
constexpr std::uint8_t opcode_query = 0;

DnsAnswer answer_of(const Zone& zone, const DnsQuery& query, std::size_t turn) {
    if (query.opcode != opcode_query) return {Rcode::not_implemented, {}};
    if (query.klass != class_in && query.klass != class_any) return {Rcode::refused, {}};
    return zone.lookup(query.name, query.type, turn);
}

}  // namespace

std::optional<std::string> resolve(const Zone& zone, std::string_view packet,
                                   DnsTransport transport, std::size_t turn) {
    const auto query = parse_query(packet);
    if (!query) return std::nullopt;
    std::size_t bytes_max = tcp_bytes_max;
    if (transport == DnsTransport::udp) {
        bytes_max = std::clamp<std::size_t>(query->edns_bytes.value_or(udp_bytes_plain),
                                            udp_bytes_plain, udp_bytes_max);
    }
    return write_answer(*query, answer_of(zone, *query, turn), bytes_max);
}

bool RateLimit::allow(std::uint32_t source, base::Time now) {
    const std::int64_t second = std::chrono::floor<base::Seconds>(now).time_since_epoch().count();
    if (second != second_) {
        second_ = second;
        counts_.clear();
    }
    const bool known = counts_.contains(source);
    if (!known && counts_.size() >= sources_max) source = 0;
    return ++counts_[source] <= packets_per_second_max;
}

}  // namespace stormglass::vpc
