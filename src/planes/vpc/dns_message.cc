#include "planes/vpc/dns_message.h"

#include <arpa/inet.h>

#include "base/strings.h"

namespace stormglass::vpc {
namespace {

constexpr std::size_t header_bytes = 12, label_bytes_max = 63;
constexpr std::uint32_t negative_ttl = 5;  // A name that moves (failover) must not stay unknown.
constexpr std::uint16_t class_in = 1;

/// Reads big-endian numbers and names; every read says whether there was enough.
class Reader {
public:
    explicit Reader(std::string_view packet) : packet_(packet) {}

    bool u8(std::uint8_t& to) {
        if (at_ + 1 > packet_.size()) return false;
        to = static_cast<std::uint8_t>(packet_[at_++]);
        return true;
    }
    bool u16(std::uint16_t& to) {
        std::uint8_t high = 0, low = 0;
        if (!u8(high) || !u8(low)) return false;
        to = static_cast<std::uint16_t>(high << 8U | low);
        return true;
    }
    bool skip(std::size_t count) {
        if (count > packet_.size() - at_) return false;
        at_ += count;
        return true;
    }
    /// A name without compression: questions have nothing before them to point to.
    bool name(std::string& to) {
        std::size_t total = 1;
        for (;;) {
            std::uint8_t length = 0;
            if (!u8(length) || length > label_bytes_max) return false;
            if (length == 0) return true;
            total += length + 1U;
            if (total > name_bytes_max || length > packet_.size() - at_) return false;
            const std::string_view label = packet_.substr(at_, length);
            // A dot or a NUL inside a label would make two names look alike.
            if (label.find_first_of(std::string_view(".\0", 2)) != std::string_view::npos) {
                return false;
            }
            if (!to.empty()) to += '.';
            to += label;
            at_ += length;
        }
    }
    std::size_t at() const { return at_; }

private:
    std::string_view packet_;
    std::size_t at_ = 0;
};

/// The OPT record among the additional ones; anything else there is skipped or, if it cannot be
/// read, ends the search: an answer without EDNS is always right.
std::optional<std::uint16_t> find_edns(Reader& reader, unsigned records) {
    for (unsigned i = 0; i < records; ++i) {
        std::string owner;
        std::uint16_t type = 0, klass = 0, data_bytes = 0;
        if (!reader.name(owner) || !reader.u16(type) || !reader.u16(klass) || !reader.skip(4) ||
            !reader.u16(data_bytes) || !reader.skip(data_bytes)) {
            return std::nullopt;
        }
        if (type == dns_type::opt && owner.empty()) return klass;
    }
    return std::nullopt;
}

void put16(std::string& to, std::uint16_t value) {
    to += static_cast<char>(value >> 8U);
    to += static_cast<char>(value & 0xFFU);
}
void put32(std::string& to, std::uint32_t value) {
    put16(to, static_cast<std::uint16_t>(value >> 16U));
    put16(to, static_cast<std::uint16_t>(value & 0xFFFFU));
}

/// False: the record cannot be put into a message (a bad name or address in the configuration).
bool put_record(std::string& to, const DnsQuery& query, const DnsAnswerRecord& record) {
    std::string data;
    if (record.type == dns_type::a) {
        in_addr address{};
        if (inet_pton(AF_INET, record.value.c_str(), &address) != 1) return false;
        data.assign(reinterpret_cast<const char*>(&address), sizeof address);
    } else {
        auto name = encode_name(record.value);
        if (!name) return false;
        data = std::move(*name);
    }
    if (record.name == query.name) {
        put16(to, 0xC000U | header_bytes);  // Points at the question.
    } else {
        const auto owner = encode_name(record.name);
        if (!owner) return false;
        to += *owner;
    }
    put16(to, record.type);
    put16(to, class_in);
    put32(to, record.ttl);
    put16(to, static_cast<std::uint16_t>(data.size()));
    to += data;
    return true;
}

void put_soa(std::string& to) {
    std::string data = *encode_name("ns.stormglass.internal");
    data += *encode_name("hostmaster.stormglass.internal");
    put32(data, 1);      // Serial.
    put32(data, 3600);   // Refresh.
    put32(data, 900);    // Retry.
    put32(data, 86400);  // Expire.
    put32(data, negative_ttl);
    to += '\0';  // The root owns it: every zone is ours here.
    put16(to, dns_type::soa);
    put16(to, class_in);
    put32(to, negative_ttl);
    put16(to, static_cast<std::uint16_t>(data.size()));
    to += data;
}

void put_edns(std::string& to) {
    to += '\0';
    put16(to, dns_type::opt);
    put16(to, udp_bytes_max);
    put32(to, 0);  // No extended code, version 0, no flags.
    put16(to, 0);
}

enum class Truncated { no, yes };
std::string put_header(const DnsQuery& query, Rcode rcode, Truncated truncated) {
    std::string out;
    put16(out, query.id);
    unsigned flags = 0x8000U | static_cast<unsigned>(query.opcode) << 11U | 0x0400U | 0x0080U;
    if (query.recursion_desired) flags |= 0x0100U;
    if (truncated == Truncated::yes) flags |= 0x0200U;
    put16(out, static_cast<std::uint16_t>(flags | static_cast<unsigned>(rcode)));
    put16(out, 1);
    return out;
}

}  // namespace

std::optional<std::string> encode_name(std::string_view name) {
    std::string out;
    if (name.ends_with('.')) name.remove_suffix(1);
    while (!name.empty()) {
        const std::size_t dot = std::min(name.find('.'), name.size());
        if (dot == 0 || dot > label_bytes_max) return std::nullopt;
        out += static_cast<char>(dot);
        out += name.substr(0, dot);
        name.remove_prefix(std::min(dot + 1, name.size()));
    }
    out += '\0';
    if (out.size() > name_bytes_max) return std::nullopt;
    return out;
}

std::optional<DnsQuery> parse_query(std::string_view packet) {
    Reader reader(packet);
    DnsQuery query;
    std::uint16_t flags = 0, questions = 0, answers = 0, authorities = 0, additional = 0;
    if (!reader.u16(query.id) || !reader.u16(flags) || !reader.u16(questions) ||
        !reader.u16(answers) || !reader.u16(authorities) || !reader.u16(additional)) {
        return std::nullopt;
    }
    const bool is_response = (flags & 0x8000U) != 0;
    if (is_response || questions != 1 || answers != 0 || authorities != 0) return std::nullopt;
    query.opcode = static_cast<std::uint8_t>(flags >> 11U & 0xFU);
    query.recursion_desired = (flags & 0x0100U) != 0;
    std::string name;
    if (!reader.name(name) || !reader.u16(query.type) || !reader.u16(query.klass)) {
        return std::nullopt;
    }
    query.name = base::to_lower(name);
    query.question = packet.substr(header_bytes, reader.at() - header_bytes);
    query.edns_bytes = find_edns(reader, additional);
    return query;
}

std::string write_answer(const DnsQuery& query, const DnsAnswer& answer, std::size_t bytes_max) {
    std::string sections;
    std::uint16_t answers = 0;
    for (const DnsAnswerRecord& record : answer.records) {
        std::string one;
        if (!put_record(one, query, record)) continue;
        sections += one;
        ++answers;
    }
    const bool negative =
        answers == 0 && (answer.rcode == Rcode::no_error || answer.rcode == Rcode::name_error);
    if (negative) put_soa(sections);
    const std::uint16_t additional = query.edns_bytes ? 1 : 0;
    if (additional > 0) put_edns(sections);
    const bool fits = header_bytes + query.question.size() + sections.size() <= bytes_max;

    std::string out = put_header(query, answer.rcode, fits ? Truncated::no : Truncated::yes);
    put16(out, fits ? answers : 0);
    put16(out, fits && negative ? 1 : 0);
    put16(out, fits ? additional : 0);
    out += query.question;
    if (fits) out += sections;
    return out;
}

}  // namespace stormglass::vpc
