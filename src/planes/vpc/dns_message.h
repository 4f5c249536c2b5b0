// DNS messages (RFC 1035, EDNS0 of RFC 6891): reads one query, writes its answer. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stormglass::vpc {

namespace dns_type {
inline constexpr std::uint16_t a = 1, cname = 5, soa = 6, ptr = 12, aaaa = 28, opt = 41, any = 255;
}  // namespace dns_type

enum class Rcode : std::uint8_t {
    no_error = 0,
    format_error = 1,
    name_error = 3,
    not_implemented = 4,
    refused = 5
};

inline constexpr std::size_t udp_bytes_plain = 512;  // Without EDNS.
inline constexpr std::size_t udp_bytes_max = 1232;   // With it: fits every path unfragmented.
inline constexpr std::size_t tcp_bytes_max = 65535;
inline constexpr std::size_t name_bytes_max = 255;

struct DnsQuery {
    std::uint16_t id = 0;
    std::uint8_t opcode = 0;
    bool recursion_desired = false;
    std::string question;  // As it came: echoed, since clients compare its letters' case.
    std::string name;      // Lower case, dotted, no final dot; "" is the root.
    std::uint16_t type = 0, klass = 0;
    std::optional<std::uint16_t> edns_bytes;  // The client's UDP size.
};

/// nullopt: not a query worth an answer (malformed, a response, not exactly one question).
std::optional<DnsQuery> parse_query(std::string_view packet);

/// `value`: dotted address of an A, name of a CNAME or PTR.
struct DnsAnswerRecord {
    std::string name;
    std::uint16_t type = dns_type::a;
    std::uint32_t ttl = 60;
    std::string value;
};
struct DnsAnswer {
    Rcode rcode = Rcode::no_error;
    std::vector<DnsAnswerRecord> records;  // None: an SOA goes into the authority section.
};

/// An answer longer than `bytes_max` goes out empty with the truncation bit: ask again by TCP.
std::string write_answer(const DnsQuery& query, const DnsAnswer& answer, std::size_t bytes_max);

/// "host.example" in DNS form; nullopt if it is no valid name.
std::optional<std::string> encode_name(std::string_view name);

}  // namespace stormglass::vpc
