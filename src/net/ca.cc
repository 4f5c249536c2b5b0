#include "net/ca.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <map>
#include <mutex>

#include "base/file.h"
#include "base/strings.h"

namespace stormglass::net {
namespace {

using base::Days;

constexpr Days authority_validity{3652};
constexpr Days leaf_validity{397};     // The most that browsers accept.
constexpr Days leaf_renewal_left{30};  // Issued anew when less is left.
constexpr Days backdated{1};           // For clients whose clock is behind.
constexpr int serial_bits = 127;
constexpr unsigned rsa_bits = 2048;
constexpr std::size_t issued_max = 1024;
constexpr std::size_t common_name_max = 64;

template <auto free>
struct Free {
    void operator()(auto* object) const { free(object); }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;

Unexpected failed(std::string_view step) {
    char text[256] = "";
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    return fail(Domain::system, "Certificate", fmt::format("cannot {}: {}", step, text));
}

std::string text_in(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

Bio bio_of(std::string_view text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string pem_of(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return text_in(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_secmem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_in(bio.get());
}

Result<Certificate> certificate_of(std::string_view pem) {
    Certificate certificate(PEM_read_bio_X509(bio_of(pem).get(), nullptr, nullptr, nullptr));
    if (!certificate) return failed("read a certificate");
    return certificate;
}

Result<Key> key_of(std::string_view pem) {
    Key key(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, nullptr, nullptr));
    if (!key) return failed("read a private key");
    return key;
}

Result<Key> make_key() {
    Key key(EVP_EC_gen("P-256"));
    if (!key) return failed("make a private key");
    return key;
}

Result<Key> make_rsa_key() {
    Key key(EVP_RSA_gen(rsa_bits));
    if (!key) return failed("make an RSA key");
    return key;
}

struct Signer {
    X509* certificate;  // Nothing: the new certificate signs itself.
    EVP_PKEY* key;
};

struct Wanted {
    std::string common_name;
    std::string organization;
    std::vector<std::pair<int, std::string>> extensions;  // NID and OpenSSL's text form.
    base::Time now;
    Days validity;
};

bool set_serial(X509* certificate) {
    const Number number(BN_new());
    return number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_validity(X509* certificate, const Wanted& wanted) {
    const auto at = [](base::Time time) {
        return static_cast<time_t>(
            std::chrono::floor<base::Seconds>(time).time_since_epoch().count());
    };
    return ASN1_TIME_set(X509_getm_notBefore(certificate), at(wanted.now - backdated)) &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), at(wanted.now + wanted.validity));
}

bool set_subject(X509* certificate, const Wanted& wanted) {
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto add = [&](const char* field, const std::string& text) {
        return text.empty() ||
               X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(text.data()),
                                          static_cast<int>(text.size()), -1, 0) == 1;
    };
    return add("O", wanted.organization) && add("CN", wanted.common_name);
}

bool add_extensions(X509* certificate, X509* issuer, const Wanted& wanted) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    for (const auto& [nid, text] : wanted.extensions) {
        const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, text.c_str()));
        if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) return false;
    }
    return true;
}

Result<Certificate> sign(const Wanted& wanted, EVP_PKEY* key, const Signer& signer) {
    Certificate certificate(X509_new());
    X509* const made = certificate.get();
    X509* const issuer = signer.certificate != nullptr ? signer.certificate : made;
    if (made == nullptr || X509_set_version(made, X509_VERSION_3) != 1 || !set_serial(made) ||
        !set_validity(made, wanted) || !set_subject(made, wanted) ||
        X509_set_issuer_name(made, X509_get_subject_name(issuer)) != 1 ||
        X509_set_pubkey(made, key) != 1 || !add_extensions(made, issuer, wanted) ||
        X509_sign(made, signer.key, EVP_sha256()) == 0) {
        return failed("make a certificate for " + wanted.common_name);
    }
    return certificate;
}

bool is_address(const std::string& name) {
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

/// Names go into OpenSSL's text form, where commas and colons mean something.
bool is_host_name(std::string_view name) {
    return !name.empty() && name.size() <= 253 &&
           name.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
               ".-_*") == std::string_view::npos;
}

Result<std::string> alternative_names(const std::vector<std::string>& names) {
    std::vector<std::string> entries;
    for (const auto& name : names) {
        if (is_address(name)) {
            entries.push_back("IP:" + name);
        } else if (is_host_name(name)) {
            entries.push_back("DNS:" + name);
        } else {
            return fail(Domain::config, "BadName", "not a host name or address: " + name);
        }
    }
    if (entries.empty()) return fail(Domain::config, "BadName", "a certificate needs a name");
    return base::join(entries, ",");
}

Result<Wanted> leaf(const std::vector<std::string>& names, base::Time now) {
    const std::string alternatives = TRY(alternative_names(names));
    return Wanted{.common_name = names.empty() || names[0].size() > common_name_max ? "" : names[0],
                  .organization = "",
                  .extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                                 {NID_key_usage, "critical,digitalSignature"},
                                 {NID_ext_key_usage, "serverAuth,clientAuth"},
                                 {NID_subject_key_identifier, "hash"},
                                 {NID_authority_key_identifier, "keyid"},
                                 {NID_subject_alt_name, alternatives}},
                  .now = now,
                  .validity = leaf_validity};
}

Wanted authority(std::string_view common_name, base::Time now) {
    return Wanted{.common_name = std::string(common_name),
                  .organization = "Stormglass",
                  .extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                                 {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                 {NID_subject_key_identifier, "hash"},
                                 {NID_authority_key_identifier, "keyid"}},
                  .now = now,
                  .validity = authority_validity};
}

}  // namespace

struct CertificateAuthority::State {
    struct Issued {
        CertificateAndKey pair;
        base::Time expires;
    };

    Certificate certificate;
    Key key;
    std::string pem;
    const base::Clock& clock;
    std::mutex mutex;
    std::map<std::string, Issued> issued;  // By joined names.
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
CertificateAuthority::~CertificateAuthority() = default;

Result<std::unique_ptr<CertificateAuthority>> CertificateAuthority::create(
    std::string_view common_name, const base::Clock& clock) {
    auto key = TRY(make_key());
    auto certificate = TRY(sign(authority(common_name, clock.now()), key.get(),
                                {.certificate = nullptr, .key = key.get()}));
    const std::string pem = pem_of(certificate.get());
    std::unique_ptr<State> state(new State{std::move(certificate), std::move(key), pem, clock});
    return std::unique_ptr<CertificateAuthority>(new CertificateAuthority(std::move(state)));
}

Result<std::unique_ptr<CertificateAuthority>> CertificateAuthority::open(
    const std::string& folder, const KeyWrapping& wrapping, const base::Clock& clock) {
    const std::string certificate_path = folder + "/ca.pem";
    const std::string key_path = folder + "/ca.key.wrapped";
    if (base::file_exists(certificate_path)) {  // Written last, so the key is there.
        const std::string pem = TRY(base::read_file(certificate_path));
        const std::string wrapped = TRY(base::read_file(key_path));
        const std::string key_pem = TRY(wrapping.unwrap(wrapped));
        TRY(check_pair({.certificate_chain = pem, .private_key = key_pem}));
        auto certificate = TRY(certificate_of(pem));
        auto key = TRY(key_of(key_pem));
        std::unique_ptr<State> state(new State{std::move(certificate), std::move(key), pem, clock});
        return std::unique_ptr<CertificateAuthority>(new CertificateAuthority(std::move(state)));
    }
    auto made = TRY(create("Stormglass CA", clock));
    const std::string wrapped = TRY(wrapping.wrap(pem_of(made->state_->key.get())));
    TRY(base::make_directories(folder));
    TRY(base::write_file(key_path, wrapped, base::Access::secret, base::Sync::yes));
    TRY(base::write_file(certificate_path, made->certificate(), base::Access::shared,
                         base::Sync::yes));
    return made;
}

const std::string& CertificateAuthority::certificate() const { return state_->pem; }

Result<CertificateAndKey> CertificateAuthority::issue(const std::vector<std::string>& names) {
    const base::Time now = state_->clock.now();
    const std::string cache_key = base::join(names, ",");
    const std::lock_guard guard(state_->mutex);
    if (const auto found = state_->issued.find(cache_key);
        found != state_->issued.end() && found->second.expires - now > leaf_renewal_left) {
        return found->second.pair;
    }
    const auto wanted = TRY(leaf(names, now));
    const auto key = TRY(make_key());
    const auto certificate = TRY(sign(
        wanted, key.get(), {.certificate = state_->certificate.get(), .key = state_->key.get()}));
    CertificateAndKey pair{.certificate_chain = pem_of(certificate.get()) + state_->pem,
                           .private_key = pem_of(key.get())};
    if (state_->issued.size() >= issued_max) state_->issued.clear();
    state_->issued[cache_key] = {pair, now + leaf_validity};
    return pair;
}

Result<CertificateAndKey> CertificateAuthority::issue_rsa(const std::vector<std::string>& names) {
    const auto wanted = TRY(leaf(names, state_->clock.now()));
    const auto key = TRY(make_rsa_key());
    const std::lock_guard guard(state_->mutex);
    const auto certificate = TRY(sign(
        wanted, key.get(), {.certificate = state_->certificate.get(), .key = state_->key.get()}));
    return CertificateAndKey{.certificate_chain = pem_of(certificate.get()) + state_->pem,
                             .private_key = pem_of(key.get())};
}

Result<std::string> make_private_key() { return pem_of(TRY(make_key()).get()); }

Result<CertificateAndKey> self_signed(const std::vector<std::string>& names,
                                      const base::Clock& clock) {
    const auto wanted = TRY(leaf(names, clock.now()));
    const auto key = TRY(make_key());
    const auto certificate =
        TRY(sign(wanted, key.get(), {.certificate = nullptr, .key = key.get()}));
    return CertificateAndKey{.certificate_chain = pem_of(certificate.get()),
                             .private_key = pem_of(key.get())};
}

Result<void> check_pair(const CertificateAndKey& pair) {
    const auto certificate = TRY(certificate_of(pair.certificate_chain));
    const auto key = TRY(key_of(pair.private_key));
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        return failed("match a certificate with its private key");
    }
    return {};
}

}  // namespace stormglass::net
