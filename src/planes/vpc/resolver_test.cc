#include "planes/vpc/resolver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <resolv.h>

#include <algorithm>

#include "base/random.h"
#include "planes/vpc/testing.h"

namespace stormglass::vpc {
namespace {

const Zone& zone() {
    static const Zone made{test_config()};
    return made;
}

/// "A 60 10.20.0.10" for each answer, as glibc's own parser reads the packet.
std::vector<std::string> read_answer(const std::string& packet) {
    ns_msg message;
    const auto* bytes = reinterpret_cast<const unsigned char*>(packet.data());
    if (ns_initparse(bytes, static_cast<int>(packet.size()), &message) != 0) return {"unreadable"};
    std::vector<std::string> answers;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record;
        if (ns_parserr(&message, ns_s_an, i, &record) != 0) return {"unreadable"};
        char value[NS_MAXDNAME] = {};
        if (ns_rr_type(record) == ns_t_a) {
            inet_ntop(AF_INET, ns_rr_rdata(record), value, sizeof value);
        } else {
            ns_name_uncompress(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record),
                               value, sizeof value);
        }
        answers.push_back(fmt::format("{} {} {}", static_cast<int>(ns_rr_type(record)),
                                      ns_rr_ttl(record), value));
    }
    return answers;
}

int rcode(const std::string& packet) { return packet[3] & 0xF; }

std::string ask(std::string_view name, std::uint16_t type = dns_type::a) {
    return resolve(zone(), query_packet(name, type), DnsTransport::udp, 0).value_or("");
}
using Answers = std::vector<std::string>;

}  // namespace

TEST(Resolver, TheMostSpecificNameWins) {
    EXPECT_EQ(read_answer(ask("ssm.us-east-1.amazonaws.com")), Answers{"1 60 198.18.0.10"});
    EXPECT_EQ(read_answer(ask("s3.us-east-1.amazonaws.com")), Answers{"1 60 198.18.1.10"});
    EXPECT_EQ(read_answer(ask("my.bucket.s3.us-east-1.amazonaws.com")),
              Answers{"1 60 198.18.1.10"});
    EXPECT_EQ(read_answer(ask("web-1.us-east-1.elb.localhost")),
              (Answers{"1 60 10.20.0.10", "1 60 10.20.1.10"}));
}

TEST(Resolver, SeveralAddressesTakeTurns) {
    const auto packet = query_packet("web-1.us-east-1.elb.localhost", dns_type::a);
    EXPECT_EQ(read_answer(*resolve(zone(), packet, DnsTransport::udp, 1)),
              (Answers{"1 60 10.20.1.10", "1 60 10.20.0.10"}));
}

TEST(Resolver, AliasesAreFollowed) {
    EXPECT_EQ(read_answer(ask("db.abc.us-east-1.rds.amazonaws.com")),
              (Answers{"5 5 db-1.internal", "1 5 10.20.8.5"}));
    EXPECT_EQ(read_answer(ask("db.abc.us-east-1.rds.amazonaws.com", dns_type::cname)),
              Answers{"5 5 db-1.internal"});
    EXPECT_EQ(read_answer(ask("away.internal")), Answers{"5 5 elsewhere.example"});
    EXPECT_EQ(read_answer(ask("loop.internal")).size(),
              static_cast<std::size_t>(Zone::aliases_max));
}

TEST(Resolver, PrivateNamesWorkBothWays) {
    EXPECT_EQ(read_answer(ask("ip-10-20-0-5.ec2.internal")), Answers{"1 60 10.20.0.5"});
    EXPECT_EQ(read_answer(ask("5.0.20.10.in-addr.arpa", dns_type::ptr)),
              Answers{"12 60 ip-10-20-0-5.ec2.internal"});
    EXPECT_EQ(read_answer(ask("ec2-203-0-113-9.compute-1.amazonaws.com")),
              Answers{"1 60 127.0.0.1"})
        << "a public name leads to the private address";
    EXPECT_EQ(private_name("10.0.0.1", "eu-west-3"), "ip-10-0-0-1.eu-west-3.compute.internal");
}

TEST(Resolver, AbsentNamesAreNameErrorsAndAbsentTypesAreEmpty) {
    const std::string absent = ask("nowhere.example");
    EXPECT_EQ(rcode(absent), 3);
    EXPECT_EQ(absent[9], 1) << "with an SOA";
    for (const char* name : {"web-1.us-east-1.elb.localhost", "elb.localhost"}) {
        const std::string empty = ask(name, dns_type::aaaa);
        EXPECT_EQ(rcode(empty), 0) << name;
        EXPECT_EQ(empty[7], 0) << name;
        EXPECT_EQ(empty[9], 1) << name;
    }
}

TEST(Resolver, TheQuestionComesBackAsItWasSent) {
    const auto packet = query_packet("WEB-1.Us-East-1.ELB.localhost", dns_type::a);
    const std::string answer = *resolve(zone(), packet, DnsTransport::udp, 0);
    EXPECT_EQ(answer.substr(12, packet.size() - 12), packet.substr(12));
    EXPECT_EQ(read_answer(answer).size(), 2U);
}

TEST(Resolver, LongAnswersAreCutForUdpAndWholeForTcp) {
    Config config = test_config();
    DnsRecord many{"many.internal", "A", {}, 60};
    for (int i = 0; i < 60; ++i) many.values.push_back("10.0.0." + std::to_string(i));
    config.records = {many};
    const Zone big{config};
    const std::string packet = query_packet("many.internal", dns_type::a);
    const std::string cut = *resolve(big, packet, DnsTransport::udp, 0);
    EXPECT_NE(cut[2] & 0x02, 0) << "truncated";
    EXPECT_TRUE(read_answer(cut).empty());
    EXPECT_EQ(read_answer(*resolve(big, packet, DnsTransport::tcp, 0)).size(), 60U);

    std::string edns = packet + std::string("\0\0\x29\x10\0\0\0\0\0\0\0", 11);
    edns[11] = 1;
    const std::string whole = *resolve(big, edns, DnsTransport::udp, 0);
    EXPECT_EQ(read_answer(whole).size(), 60U);
    EXPECT_EQ(whole[11], 1) << "an EDNS answer for an EDNS query";
}

TEST(Resolver, WhatIsNoQueryIsDroppedAndOtherOpcodesAreRefused) {
    const std::string good = query_packet("a.internal", dns_type::a);
    const auto drop = [](std::string packet) {
        return !resolve(zone(), packet, DnsTransport::udp, 0).has_value();
    };
    EXPECT_TRUE(drop(""));
    EXPECT_TRUE(drop(good.substr(0, good.size() - 1)));
    std::string response = good;
    response[2] = static_cast<char>(0x81);
    EXPECT_TRUE(drop(response)) << "an answer must not be answered";
    std::string two = good;
    two[5] = 2;
    EXPECT_TRUE(drop(two));
    std::string pointer = good;
    pointer[12] = static_cast<char>(0xC0);
    EXPECT_TRUE(drop(pointer));
    std::string notify = good;
    notify[2] = 0x20;
    EXPECT_EQ(rcode(*resolve(zone(), notify, DnsTransport::udp, 0)), 4);
    std::string chaos = good;
    chaos.back() = 3;
    EXPECT_EQ(rcode(*resolve(zone(), chaos, DnsTransport::udp, 0)), 5);
}

TEST(Resolver, NoPacketCrashesItOrGetsALongerAnswerThanAllowed) {
    base::SeededRandom random(3);
    for (int i = 0; i < 40000; ++i) {
        std::string packet = i % 3 == 0
                                 ? random.bytes(random.below(80))
                                 : query_packet("web-1.us-east-1.elb.localhost", dns_type::a);
        for (std::uint64_t edits = random.below(4); edits > 0 && !packet.empty(); --edits) {
            packet[random.below(packet.size())] = static_cast<char>(random.below(256));
        }
        if (random.below(4) == 0) packet += random.bytes(random.below(30));
        const auto answer = resolve(zone(), packet, DnsTransport::udp, random.below(9));
        EXPECT_LE(answer.value_or("").size(), udp_bytes_max);
    }
}

TEST(RateLimit, EachSourceHasItsOwnThousandTwentyFourASecond) {
    RateLimit limit;
    base::ManualClock clock;
    for (std::uint32_t i = 0; i < RateLimit::packets_per_second_max; ++i) {
        ASSERT_TRUE(limit.allow(1, clock.now()));
    }
    EXPECT_FALSE(limit.allow(1, clock.now()));
    EXPECT_TRUE(limit.allow(2, clock.now()));
    clock.advance(base::Seconds{1});
    EXPECT_TRUE(limit.allow(1, clock.now()));
}

}  // namespace stormglass::vpc
