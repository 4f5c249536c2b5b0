// The DNS client: its wire form, and its manners towards a name server on loopback.
#include "resolver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <thread>

namespace guestbook {
namespace {

using std::chrono::seconds;

/// The reply to `query`: a CNAME with ttl 60, then an A record with `ttl`.
std::string reply_to(std::string_view query, std::string_view address, char ttl) {
    std::string reply(query);
    reply[2] = '\x81';
    reply[3] = '\x80';
    reply[7] = 2;
    reply += std::string("\xC0\x0C\0\x05\0\x01\0\0\0\x3C\0\x04\x01z\xC0\x0C", 16);
    reply += std::string("\x01z\xC0\x0C\0\x01\0\x01\0\0\0", 11) + ttl + std::string("\0\x04", 2);
    in_addr parsed{};
    ::inet_pton(AF_INET, std::string(address).c_str(), &parsed);
    return reply.append(reinterpret_cast<const char*>(&parsed), sizeof parsed);
}

TEST(Dns, QuestionsFollowTheWireFormat) {
    EXPECT_EQ(encode_dns_query(0x1234, "ab.c").value(),
              std::string("\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x02"
                          "ab\x01"
                          "c\0\0\x01\0\x01",
                          22));
    for (const char* bad : {"", ".", "a..b"}) EXPECT_FALSE(encode_dns_query(1, bad)) << bad;
    EXPECT_FALSE(encode_dns_query(1, std::string(64, 'a') + ".b"));
}

TEST(Dns, AnAnswerBehindACnameIsFoundWithTheSmallestTimeToLive) {
    const auto query = encode_dns_query(7, "db.example").value();
    const auto answer = decode_dns_reply(7, reply_to(query, "10.1.2.3", 5));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->address, "10.1.2.3");
    EXPECT_EQ(answer->ttl, seconds{5});
}

TEST(Dns, DamagedForeignAndNegativeRepliesAreRefused) {
    const auto query = encode_dns_query(7, "db.example").value();
    const auto good = reply_to(query, "10.1.2.3", 5);
    EXPECT_FALSE(decode_dns_reply(8, good)) << "another query's id";
    EXPECT_FALSE(decode_dns_reply(7, query)) << "a question is no answer";
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(decode_dns_reply(7, good.substr(0, size))) << size;
    }
    auto missing = good;
    missing[3] = '\x83';
    EXPECT_FALSE(decode_dns_reply(7, missing)) << "NXDOMAIN";
}

/// A name server on loopback that answers with what `address` holds.
class ResolverTest : public testing::Test {
protected:
    void SetUp() override {
        socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&here), sizeof here), 0);
        socklen_t size = sizeof here;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&here), &size);
        port_ = ntohs(here.sin_port);
        thread_ = std::thread([this] { serve(); });
        folder_ = testing::TempDir() + "resolver-" + std::to_string(::getpid());
        std::ofstream(folder_ + ".conf") << "search x\nnameserver ::1\nnameserver 127.0.0.1\n";
        std::ofstream(folder_ + ".hosts") << "# 10.9.9.9 comment\n10.0.0.9 listed Alias # x\n";
    }
    void TearDown() override {
        ::shutdown(socket_, SHUT_RDWR);  // Wakes the thread; its recv then returns nothing.
        thread_.join();
        ::close(socket_);
        for (const char* suffix : {".conf", ".hosts"}) std::remove((folder_ + suffix).c_str());
    }
    void serve() {
        char buffer[512];
        sockaddr_in from{};
        socklen_t size = sizeof from;
        for (;;) {
            const ssize_t got = ::recvfrom(socket_, buffer, sizeof buffer, 0,
                                           reinterpret_cast<sockaddr*>(&from), &size);
            if (got <= 0) return;
            ++queries_;
            if (silent_for_ > 0) {
                --silent_for_;
                continue;
            }
            const std::string_view query(buffer, static_cast<std::size_t>(got));
            const auto reply = reply_to(query, second_ ? "10.0.0.2" : "10.0.0.1", ttl_);
            ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from),
                     size);
        }
    }
    Resolver resolver() const {
        return Resolver({.resolv_conf = folder_ + ".conf",
                         .hosts = folder_ + ".hosts",
                         .port = port_,
                         .timeout = std::chrono::milliseconds{200}});
    }

    int socket_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
    std::string folder_;
    std::atomic<int> queries_ = 0, silent_for_ = 0;
    std::atomic<bool> second_ = false;
    std::atomic<char> ttl_ = 60;
};

TEST_F(ResolverTest, AddressesAndListedHostsNeedNoQuery) {
    auto resolver = this->resolver();
    EXPECT_EQ(resolver.resolve("10.7.7.7"), "10.7.7.7");
    EXPECT_EQ(resolver.resolve("alias"), "10.0.0.9");
    EXPECT_EQ(queries_, 0);
}

TEST_F(ResolverTest, AnswersAreKeptForTheirTimeToLive) {
    auto resolver = this->resolver();
    EXPECT_EQ(resolver.resolve("db.example"), "10.0.0.1");
    second_ = true;
    EXPECT_EQ(resolver.resolve("db.example"), "10.0.0.1");
    EXPECT_EQ(queries_, 1);
}

TEST_F(ResolverTest, ATimeToLiveOfZeroMeansAskingEveryTime) {
    auto resolver = this->resolver();
    ttl_ = 0;
    EXPECT_EQ(resolver.resolve("db.example"), "10.0.0.1");
    second_ = true;
    EXPECT_EQ(resolver.resolve("db.example"), "10.0.0.2");
}

TEST_F(ResolverTest, AForgottenNameIsAskedForAnew) {
    auto resolver = this->resolver();
    EXPECT_EQ(resolver.resolve("db.example"), "10.0.0.1");
    second_ = true;
    resolver.forget("db.example");
    EXPECT_EQ(resolver.resolve("db.example"), "10.0.0.2");
}

TEST_F(ResolverTest, ALostDatagramIsAskedForAgain) {
    auto resolver = this->resolver();
    silent_for_ = 1;
    EXPECT_EQ(resolver.resolve("db.example"), "10.0.0.1");
    EXPECT_EQ(queries_, 2);
}

TEST_F(ResolverTest, ASilentServerIsAnErrorThatNamesTheName) {
    auto resolver = this->resolver();
    silent_for_ = 100;
    const auto result = resolver.resolve("db.example");
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("db.example"), std::string::npos);
}

}  // namespace
}  // namespace guestbook
