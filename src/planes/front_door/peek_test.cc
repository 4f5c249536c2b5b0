#include "planes/front_door/peek.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace stormglass::front_door {
namespace {

using Kind = Peeked::Kind;

TEST(PeekHttp, FindsTheHostWhateverItsCaseOrPort) {
    for (const std::string_view head :
         {"GET / HTTP/1.1\r\nA: b\r\nHost: Web-1.us-east-1.elb.localhost:8080\r\n\r\n",
          "GET / HTTP/1.1\r\nhost:web-1.us-east-1.elb.localhost.\r\n",
          "\r\nGET http://WEB-1.us-east-1.elb.localhost/ HTTP/1.1\r\nHost: other\r\n\r\n",
          "GET / HTTP/1.0\nHost: web-1.us-east-1.elb.localhost\n\n"}) {
        const auto peeked = peek_host(head);
        EXPECT_EQ(peeked.kind, Kind::http) << head;
        EXPECT_EQ(peeked.host, "web-1.us-east-1.elb.localhost") << head;
    }
}

TEST(PeekHttp, WaitsForWholeLines) {
    const std::string text = "GET / HTTP/1.1\r\nHost: web\r\n";
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_EQ(peek_host(std::string_view(text).substr(0, size)).kind, Kind::need_more) << size;
    }
    EXPECT_EQ(peek_host(text).host, "web");
}

TEST(PeekHttp, GivesUpOnWhatIsNotHttp) {
    EXPECT_EQ(peek_host("SSH-2.0-x\r\n").kind, Kind::unknown);
    EXPECT_EQ(peek_host(std::string(peek_max, 'x')).kind, Kind::unknown);
    const auto without = peek_host("GET / HTTP/1.0\r\nA: b\r\n\r\n");
    EXPECT_EQ(without.kind, Kind::http);
    EXPECT_EQ(without.host, "");
}

/// A real ClientHello of OpenSSL's.
std::string client_hello(const char* name) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL* ssl = SSL_new(context);
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
    if (name != nullptr) SSL_set_tlsext_host_name(ssl, name);
    SSL_connect(ssl);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out, &data);
    std::string bytes(data, static_cast<std::size_t>(size));
    SSL_free(ssl);
    SSL_CTX_free(context);
    return bytes;
}

TEST(PeekTls, FindsTheServerName) {
    const auto hello = client_hello("WEB.example");
    for (std::size_t size = 0; size < hello.size(); ++size) {
        ASSERT_EQ(peek_host(std::string_view(hello).substr(0, size)).kind, Kind::need_more) << size;
    }
    const auto peeked = peek_host(hello);
    EXPECT_EQ(peeked.kind, Kind::tls);
    EXPECT_EQ(peeked.host, "web.example");
    EXPECT_EQ(peek_host(client_hello(nullptr)).kind, Kind::tls);
    EXPECT_EQ(peek_host(client_hello(nullptr)).host, "");
}

TEST(PeekTls, ReadsAHelloSplitOverRecords) {
    const auto hello = client_hello("web.example");
    std::string split;
    for (std::size_t at = 5; at < hello.size(); at += 50) {
        const auto part = hello.substr(at, 50);
        split += {'\x16', '\x03', '\x01', '\0', static_cast<char>(part.size())};
        split += part;
    }
    EXPECT_EQ(peek_host(split).host, "web.example");
}

TEST(PeekTls, SurvivesDamage) {
    const auto hello = client_hello("web.example");
    for (std::size_t at = 0; at < hello.size(); ++at) {
        auto damaged = hello;
        damaged[at] = static_cast<char>(damaged[at] ^ 0xff);
        peek_host(damaged);  // Must neither crash nor read beyond (sanitizers watch).
    }
    EXPECT_EQ(peek_host(std::string("\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", 10)).kind,
              Kind::unknown);
}

}  // namespace
}  // namespace stormglass::front_door
