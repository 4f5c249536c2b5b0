// What the planes read from instances and the network, and short texts of the API.
#include "base/check.h"
#include "base/clock.h"
#include "base/strings.h"
#include "fuzz.h"
#include "planes/front_door/peek.h"
#include "planes/lb/health_machine.h"
#include "planes/vpc/dns_message.h"
#include "services/dynamodb/number.h"
#include "services/ec2/cidr.h"

namespace stormglass::fuzz {

void fuzz_dns(std::string_view input) {
    const auto query = vpc::parse_query(input);
    if (!query) return;
    CHECK(query->name.size() <= vpc::name_bytes_max);
    vpc::DnsAnswer answer;
    for (int i = 0; i < 40; ++i)
        answer.records.push_back({.name = query->name, .value = "10.0.0.1"});
    CHECK(vpc::write_answer(*query, answer, vpc::udp_bytes_plain).size() <= vpc::udp_bytes_plain);
    (void)vpc::write_answer(*query, {.rcode = vpc::Rcode::name_error, .records = {}},
                            vpc::tcp_bytes_max);
}

void fuzz_peek(std::string_view input) {
    using Kind = front_door::Peeked::Kind;
    const auto whole = front_door::peek_host(input);
    for (std::size_t size = 0; size < input.size(); size += 1 + size / 8) {
        const auto part = front_door::peek_host(input.substr(0, size));
        if (part.kind == Kind::need_more) continue;
        CHECK(part.kind == whole.kind && part.host == whole.host);
        break;
    }
}

void fuzz_texts(std::string_view input) {
    if (const auto cidr = ec2::parse_cidr(input)) CHECK(ec2::parse_cidr(cidr->text()) == cidr);
    (void)ec2::parse_address(input);
    (void)ec2::parse_cidr6(input);
    if (const auto number = dynamodb::parse_number(input)) {
        CHECK(dynamodb::parse_number(dynamodb::number_text(*number)).has_value());
    }
    if (const auto time = base::parse_time(input)) {
        (void)base::iso8601_millis(*time);
        (void)base::http_date(*time);
    }
    if (const auto matcher = lb::Matcher::parse(input)) (void)matcher->matches(200);
    (void)base::uri_decode(input, base::Plus::space);
    if (const auto bytes = base::base64_decode(input)) {
        CHECK(base::base64_decode(base::base64_encode(*bytes)).value() == *bytes);
    }
}

}  // namespace stormglass::fuzz
