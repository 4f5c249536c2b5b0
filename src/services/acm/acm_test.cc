// Certificates made by our own authority, imported as a caller would.
#include "net/ca.h"
#include "services/acm/service.h"
#include "services/common/testing.h"

namespace stormglass::acm {
namespace {

constexpr std::string_view end_mark = "-----END CERTIFICATE-----\n";

class ImportedCertificates : public services::ServiceTest {
protected:
    void SetUp() override {
        authority = std::move(*net::CertificateAuthority::create("Test CA", clock));
        pair = *authority->issue({"app.example", "*.app.example"});
        const auto end = pair.certificate_chain.find(end_mark) + end_mark.size();
        input.certificate = pair.certificate_chain.substr(0, end);
        input.private_key = pair.private_key;
        input.certificate_chain = authority->certificate();
        clock.advance(std::chrono::minutes(1));
        call = request();
    }
    std::string code() { return service.import_certificate(*call, input).error().code; }

    std::unique_ptr<net::CertificateAuthority> authority;
    net::CertificateAndKey pair;
    api::ImportCertificateInput input;
    Service service{random};
    std::unique_ptr<wire::Request> call;
};

TEST_F(ImportedCertificates, AreDescribedAsTheySayOfThemselves) {
    const auto imported = service.import_certificate(*call, input);
    ASSERT_TRUE(imported) << imported.error().message;
    const auto described = service.describe_certificate(*call, {*imported->certificate_arn});
    ASSERT_TRUE(described);
    const auto& detail = *described->certificate;
    EXPECT_EQ(detail.status, "ISSUED");
    EXPECT_EQ(detail.type, "IMPORTED");
    EXPECT_EQ(detail.domain_name, "app.example");
    EXPECT_EQ(detail.subject_alternative_names.size(), 2);
    EXPECT_EQ(detail.key_algorithm, "EC-prime256v1");
    EXPECT_EQ(detail.signature_algorithm, "SHA256WITHECDSA");
}

TEST_F(ImportedCertificates, KeyOfAnotherCertificateIsRefused) {
    input.private_key = *net::make_private_key();
    EXPECT_EQ(code(), "ValidationException");
}

TEST_F(ImportedCertificates, ChainOfAnotherAuthorityIsRefused) {
    const auto other = *net::CertificateAuthority::create("Other CA", clock);
    input.certificate_chain = other->certificate();
    EXPECT_EQ(code(), "ValidationException");
}

TEST_F(ImportedCertificates, ExpiredOrMoreThanOneOrNonsenseIsRefused) {
    auto two = input;
    two.certificate = pair.certificate_chain;
    EXPECT_FALSE(service.import_certificate(*call, two));
    two.certificate = "nonsense";
    EXPECT_FALSE(service.import_certificate(*call, two));
    call.reset();
    clock.advance(base::Days{500});
    call = request();
    EXPECT_EQ(code(), "ValidationException");
}

TEST_F(ImportedCertificates, ReimportKeepsTheArn) {
    input.certificate_arn = service.import_certificate(*call, input)->certificate_arn;
    EXPECT_EQ(service.import_certificate(*call, input)->certificate_arn, input.certificate_arn);
    EXPECT_EQ(service.list_certificates(*call, {})->certificate_summary_list.size(), 1);
}

TEST_F(ImportedCertificates, OneInUseIsNotDeleted) {
    const std::string arn = *service.import_certificate(*call, input)->certificate_arn;
    ASSERT_TRUE(service.set_user(*call, arn, "arn:balancer", true));
    EXPECT_EQ(service.delete_certificate(*call, {arn}).error().code, "ResourceInUseException");
    EXPECT_EQ(service.load(*call, arn)->private_key, input.private_key);
    ASSERT_TRUE(service.set_user(*call, arn, "arn:balancer", false));
    ASSERT_TRUE(service.delete_certificate(*call, {arn}));
    EXPECT_EQ(service.load(*call, arn).error().code, "ResourceNotFoundException");
}

}  // namespace
}  // namespace stormglass::acm
