// What a PEM certificate says, and whether its key belongs to it (OpenSSL).
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/strings.h"
#include "services/acm/records.h"

namespace stormglass::acm {
namespace {

template <class T, void (*Free)(T*)>
struct Deleter {
    void operator()(T* object) const { Free(object); }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO, BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY, EVP_PKEY_free>>;

Unexpected invalid(const char* message) { return aws_error("ValidationException", message); }

Bio reader(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string drain(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string name_text(const X509_NAME* name) {
    const Bio out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    return drain(out.get());
}

base::Time time_of(const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return base::Time{base::Seconds{timegm(&parts)}};
}

std::string common_name(const X509* certificate) {
    char text[256] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof text);
    return text;
}

std::vector<std::string> alternative_names(const X509* certificate) {
    std::vector<std::string> names;
    auto* list = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
        if (name->type != GEN_DNS) continue;
        names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                           static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
    GENERAL_NAMES_free(list);
    return names;
}

/// "0a:1b:...", as ACM shows serials.
std::string serial_text(const X509* certificate) {
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(number);
    std::string text;
    for (const char byte : bytes) {
        if (!text.empty()) text += ':';
        text += base::hex_encode(std::string(1, byte));
    }
    return text;
}

std::string key_algorithm(EVP_PKEY* key) {
    const int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) return fmt::format("RSA-{}", bits);
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return {};
    return bits == 256 ? "EC-prime256v1" : bits == 384 ? "EC-secp384r1" : bits == 521 ? "EC-secp521r1" : "";
}

std::string signature_algorithm(const X509* certificate) {
    switch (X509_get_signature_nid(certificate)) {
        case NID_sha1WithRSAEncryption: return "SHA1WITHRSA";
        case NID_sha256WithRSAEncryption: return "SHA256WITHRSA";
        case NID_sha384WithRSAEncryption: return "SHA384WITHRSA";
        case NID_sha512WithRSAEncryption: return "SHA512WITHRSA";
        case NID_ecdsa_with_SHA256: return "SHA256WITHECDSA";
        case NID_ecdsa_with_SHA384: return "SHA384WITHECDSA";
        case NID_ecdsa_with_SHA512: return "SHA512WITHECDSA";
        default: return OBJ_nid2sn(X509_get_signature_nid(certificate));
    }
}

int no_passphrase(char*, int, int, void*) { return 0; }

/// Each certificate of the chain must have signed the one before it, the first one the leaf.
Result<void> check_chain(const X509* leaf, const std::string& chain) {
    if (chain.empty()) return {};
    const Bio bio = reader(chain);
    X509Ptr below(X509_dup(leaf));
    bool any = false;
    while (X509Ptr issuer{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        any = true;
        EVP_PKEY* key = X509_get0_pubkey(issuer.get());
        if (X509_check_issued(issuer.get(), below.get()) != X509_V_OK || key == nullptr ||
            X509_verify(below.get(), key) != 1) {
            ERR_clear_error();
            return invalid("The certificate chain is not valid: each certificate must directly "
                           "certify the one preceding.");
        }
        below = std::move(issuer);
    }
    ERR_clear_error();  // Reading stops at the end of the text, which OpenSSL calls an error.
    if (!any) return invalid("The certificate chain is not valid. It must be PEM-encoded.");
    return {};
}

}  // namespace

Result<Facts> examine(const std::string& certificate_pem, const std::string& key_pem,
                      const std::string& chain, base::Time now) {
    const Bio certificate_bio = reader(certificate_pem), key_bio = reader(key_pem);
    const X509Ptr certificate(PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) {
        return invalid("The certificate field contains more than one certificate or is not valid "
                       "PEM. You can specify only one certificate in this field.");
    }
    if (X509Ptr(PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr))) {
        return invalid("The certificate field contains more than one certificate. You can specify "
                       "only one certificate in this field.");
    }
    const Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &no_passphrase, nullptr));
    if (!key) return invalid("The private key is not supported or is encrypted.");
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        return invalid("The private key does not match the public key of the certificate.");
    }
    TRY(check_chain(certificate.get(), chain));
    Facts facts;
    facts.key_algorithm = key_algorithm(key.get());
    if (facts.key_algorithm.empty()) return invalid("The private key is not supported.");
    facts.not_before = time_of(X509_get0_notBefore(certificate.get()));
    facts.not_after = time_of(X509_get0_notAfter(certificate.get()));
    if (facts.not_after <= now) return invalid("The certificate has expired.");
    if (facts.not_before > now) return invalid("The certificate is not valid yet.");
    facts.domain = common_name(certificate.get());
    facts.names = alternative_names(certificate.get());
    if (facts.domain.empty() && !facts.names.empty()) facts.domain = facts.names.front();
    if (facts.names.empty() && !facts.domain.empty()) facts.names.push_back(facts.domain);
    facts.subject = name_text(X509_get_subject_name(certificate.get()));
    facts.issuer = name_text(X509_get_issuer_name(certificate.get()));
    facts.serial = serial_text(certificate.get());
    facts.signature_algorithm = signature_algorithm(certificate.get());
    return facts;
}

}  // namespace stormglass::acm
