#include "substrate/container/trust_store.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

namespace stormglass::substrate {
namespace {

constexpr char file_name[] = "stormglass-ca";

struct Bundle {
    const char* bundle;   // All trusted certificates in one file; what most software reads.
    const char* anchors;  // Where the distribution's tool looks when it builds the bundle again.
    const char* suffix;
};
constexpr std::array<Bundle, 2> bundles = {{
    {"etc/ssl/certs/ca-certificates.crt", "usr/local/share/ca-certificates/", ".crt"},  // Debian
    {"etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "etc/pki/ca-trust/source/anchors/",
     ".pem"},  // Red Hat, Amazon Linux
}};

/// The name under which OpenSSL looks a certificate up in a folder: the hash of its subject.
Result<std::string> subject_hash(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&::BIO_free)> bio(
        ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &::BIO_free);
    const std::unique_ptr<X509, decltype(&::X509_free)> certificate(
        ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &::X509_free);
    if (!certificate) return fail(Domain::system, "bad-certificate", "the CA is no certificate");
    return fmt::format("{:08x}.0", ::X509_subject_name_hash(certificate.get()));
}

}  // namespace

Result<void> add_trusted_ca(SeedLayer& seed, const std::string& pem) {
    if (pem.empty()) return {};
    const std::string hash = TRY(subject_hash(pem));
    bool found = false;
    for (const auto& [bundle, anchors, suffix] : bundles) {
        if (!seed.in_image(bundle)) continue;
        found = true;
        const std::string before = TRY(seed.read_image(bundle));
        TRY(seed.put_file(bundle, before + (before.ends_with('\n') ? "" : "\n") + pem));
        TRY(seed.put_file(std::string(anchors) + file_name + suffix, pem));
    }
    // An image without a trust store still gets the place where Debian and OpenSSL look.
    if (!found) TRY(seed.put_file(bundles[0].bundle, pem));
    if (!seed.in_image("etc/ssl/certs")) return {};
    TRY(seed.put_file(std::string("etc/ssl/certs/") + file_name + ".pem", pem));
    return seed.put_link("etc/ssl/certs/" + hash, std::string(file_name) + ".pem");
}

}  // namespace stormglass::substrate
