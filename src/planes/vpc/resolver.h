// From a packet to its answer: what the resolver says, apart from sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "planes/vpc/zone.h"

namespace stormglass::vpc {

enum class DnsTransport { udp, tcp };

/// nullopt: drop it. Never fails: a query of ours to answer gets some answer.
std::optional<std::string> resolve(const Zone& zone, std::string_view packet,
                                   DnsTransport transport, std::size_t turn);

/// AWS's limit: so many packets a second from one interface, the rest is dropped.
class RateLimit {
public:
    static constexpr std::uint32_t packets_per_second_max = 1024;
    static constexpr std::size_t sources_max = 4096;  // More share one allowance.

    bool allow(std::uint32_t source, base::Time now);

private:
    std::int64_t second_ = 0;
    std::unordered_map<std::uint32_t, std::uint32_t> counts_;
};

}  // namespace stormglass::vpc
