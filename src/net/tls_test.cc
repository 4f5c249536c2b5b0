// TLS with our own authority, verified by curl and openssl.
#include "net/tls.h"

#include <gtest/gtest.h>

#include "net/ca.h"
#include "net/testing.h"

namespace stormglass::net {
namespace {

class TlsTest : public testing::Test {
protected:
    TlsTest() {
        CHECK(::mkdtemp(folder.data()) != nullptr);
        authority = CertificateAuthority::create("Test CA", clock).value();
        CHECK(base::write_file(folder + "/ca.pem", authority->certificate()).has_value());
    }
    ~TlsTest() override { (void)base::remove_all(folder); }

    TlsContext context() {
        return TlsContext::create(
                   [this](std::string_view name) -> std::optional<CertificateAndKey> {
                       if (name == "unknown.example") return std::nullopt;
                       return authority->issue({name.empty() ? "127.0.0.1" : std::string(name)})
                           .value();
                   })
            .value();
    }

    std::string curl(std::uint16_t port, std::string_view host, std::string_view more = "") {
        return output_of(fmt::format(
            "curl -sS --cacert {0}/ca.pem --resolve {1}:{2}:127.0.0.1 {3} https://{1}:{2}/path",
            folder, host, port, more));
    }

    base::SystemClock clock;
    std::string folder = "/tmp/stormglass-tls-XXXXXX";
    std::unique_ptr<CertificateAuthority> authority;
};

TEST_F(TlsTest, EachNameGetsItsOwnCertificate) {
    TestServer test(
        {},
        [](Request& request) {
            return Response{.body = request.tls_version + " " + request.tls_server_name};
        },
        context());
    EXPECT_EQ(curl(test.port, "a.example"), "TLSv1.3 a.example");
    EXPECT_EQ(curl(test.port, "B.example"), "TLSv1.3 b.example");
    EXPECT_EQ(curl(test.port, "a.example", "--tls-max 1.2"), "TLSv1.2 a.example");
    EXPECT_EQ(curl(test.port, "127.0.0.1"), "TLSv1.3 ");
    EXPECT_NE(curl(test.port, "unknown.example").find("curl: (35)"), std::string::npos);
    EXPECT_NE(curl(test.port, "a.example", "--tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0")
                  .find("curl: (35)"),
              std::string::npos);
}

TEST_F(TlsTest, BodiesOfEverySizeGoBothWays) {
    TestServer test(
        {},
        [](Request& request) {
            const auto body = request.body.read_all(64 << 20).value();
            return Response{.body = body};
        },
        context());
    for (const int size : {0, 1, 16'000, 16'384, 3'000'000}) {
        const std::string expected = output_of(
            fmt::format("head -c {0} /dev/urandom > {1}/body; sha256sum < {1}/body", size, folder));
        EXPECT_EQ(
            output_of(fmt::format("curl -sS --cacert {0}/ca.pem --resolve a.example:{1}:127.0.0.1 "
                                  "--data-binary @{0}/body https://a.example:{1}/ | sha256sum",
                                  folder, test.port)),
            expected)
            << size;
    }
}

TEST_F(TlsTest, OpensslVerifiesTheChain) {
    TestServer test({}, echo, context());
    const std::string output = output_of(
        fmt::format("openssl s_client -connect 127.0.0.1:{} -servername a.example -verify_hostname "
                    "a.example -CAfile {}/ca.pem -verify_return_error </dev/null",
                    test.port, folder));
    EXPECT_NE(output.find("Verify return code: 0 (ok)"), std::string::npos) << output;
}

TEST_F(TlsTest, AClientThatSendsNoHandshakeIsCutOff) {
    TestServer test({.handshake_timeout = std::chrono::milliseconds(50)}, echo, context());
    RawClient silent(test.port);
    EXPECT_EQ(silent.read_all(), "");
    RawClient plain(test.port);
    plain.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(plain.read_all().find("HTTP"), std::string::npos);
}

TEST_F(TlsTest, IssuesForNamesAddressesAndWildcardsAndRefusesOthers) {
    const auto pair = authority->issue({"*.x.example", "y.example", "10.0.0.1"}).value();
    ASSERT_TRUE(base::write_file(folder + "/leaf.pem", pair.certificate_chain));
    const std::string text = output_of(
        "openssl x509 -noout -ext subjectAltName,basicConstraints -in " + folder + "/leaf.pem");
    EXPECT_NE(text.find("DNS:*.x.example, DNS:y.example, IP Address:10.0.0.1"), std::string::npos);
    EXPECT_NE(text.find("CA:FALSE"), std::string::npos);
    EXPECT_TRUE(check_pair(pair));
    EXPECT_FALSE(authority->issue({"a,DNS:evil.example"}));
    EXPECT_FALSE(authority->issue({}));
}

TEST_F(TlsTest, CertificatesAreCachedUntilTheyRunOut) {
    base::ManualClock still;
    const auto own = CertificateAuthority::create("Test CA", still).value();
    const auto first = own->issue({"a.example"}).value();
    EXPECT_EQ(own->issue({"a.example"})->private_key, first.private_key);
    still.advance(base::Days(380));
    EXPECT_NE(own->issue({"a.example"})->private_key, first.private_key);
}

TEST_F(TlsTest, AnAuthorityComesBackFromItsFolderAndItsKeyIsWrapped) {
    const auto flip = [](std::string_view text) -> Result<std::string> {
        std::string flipped(text);
        for (char& byte : flipped) byte = static_cast<char>(byte ^ 0x55);
        return flipped;
    };
    const KeyWrapping wrapping{.wrap = flip, .unwrap = flip};
    const std::string place = folder + "/authority";
    const std::string first =
        CertificateAuthority::open(place, wrapping, clock).value()->certificate();
    auto again = CertificateAuthority::open(place, wrapping, clock);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ((*again)->certificate(), first);
    EXPECT_TRUE((*again)->issue({"a.example"}));
    EXPECT_EQ(output_of("grep -rl PRIVATE " + place), "");
    const KeyWrapping wrong{
        .wrap = flip,
        .unwrap = [](std::string_view text) -> Result<std::string> { return std::string(text); }};
    EXPECT_FALSE(CertificateAuthority::open(place, wrong, clock));
}

TEST_F(TlsTest, APairThatDoesNotBelongTogetherIsRefused) {
    auto pair = self_signed({"a.example"}, clock).value();
    EXPECT_TRUE(check_pair(pair));
    pair.private_key = make_private_key().value();
    EXPECT_FALSE(check_pair(pair));
    pair.private_key = "nonsense";
    EXPECT_FALSE(check_pair(pair));
}

}  // namespace
}  // namespace stormglass::net
