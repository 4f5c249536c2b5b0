// The policies' versions and ciphers are AWS's published ones; ciphers that OpenSSL 3 no longer
// offers at its default security level are left out.
#include "planes/lb/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace stormglass::lb {
namespace {

struct SecurityPolicy {
    std::string_view name;
    int version_min;
    int version_max;
    std::string_view ciphers;  // Of TLS 1.2 and below.
};

constexpr std::string_view forward_secret_gcm =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr std::string_view forward_secret =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256:"
    "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384";
constexpr std::string_view forward_secret_all =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256:"
    "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-SHA384:"
    "ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA";
constexpr std::string_view no_sha1 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256:"
    "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:AES128-GCM-SHA256:AES128-SHA256:"
    "AES256-GCM-SHA384:AES256-SHA256";
constexpr std::string_view everything =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256:"
    "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-SHA384:"
    "ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA:AES128-GCM-SHA256:"
    "AES128-SHA256:AES128-SHA:AES256-GCM-SHA384:AES256-SHA256:AES256-SHA";

constexpr std::array policies{
    SecurityPolicy{"ELBSecurityPolicy-TLS13-1-3-2021-06", TLS1_3_VERSION, TLS1_3_VERSION,
                   forward_secret},
    SecurityPolicy{"ELBSecurityPolicy-TLS13-1-2-2021-06", TLS1_2_VERSION, TLS1_3_VERSION,
                   forward_secret},
    SecurityPolicy{"ELBSecurityPolicy-TLS13-1-2-Res-2021-06", TLS1_2_VERSION, TLS1_3_VERSION,
                   forward_secret_gcm},
    SecurityPolicy{"ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", TLS1_2_VERSION, TLS1_3_VERSION,
                   no_sha1},
    SecurityPolicy{"ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", TLS1_2_VERSION, TLS1_3_VERSION,
                   everything},
    SecurityPolicy{"ELBSecurityPolicy-TLS13-1-1-2021-06", TLS1_1_VERSION, TLS1_3_VERSION,
                   everything},
    SecurityPolicy{"ELBSecurityPolicy-TLS13-1-0-2021-06", TLS1_VERSION, TLS1_3_VERSION, everything},
    SecurityPolicy{"ELBSecurityPolicy-2016-08", TLS1_VERSION, TLS1_2_VERSION, everything},
    SecurityPolicy{"ELBSecurityPolicy-2015-05", TLS1_VERSION, TLS1_2_VERSION, everything},
    SecurityPolicy{"ELBSecurityPolicy-TLS-1-0-2015-04", TLS1_VERSION, TLS1_2_VERSION, everything},
    SecurityPolicy{"ELBSecurityPolicy-TLS-1-1-2017-01", TLS1_1_VERSION, TLS1_2_VERSION, everything},
    SecurityPolicy{"ELBSecurityPolicy-TLS-1-2-2017-01", TLS1_2_VERSION, TLS1_2_VERSION, no_sha1},
    SecurityPolicy{"ELBSecurityPolicy-TLS-1-2-Ext-2018-06", TLS1_2_VERSION, TLS1_2_VERSION,
                   everything},
    SecurityPolicy{"ELBSecurityPolicy-FS-2018-06", TLS1_VERSION, TLS1_2_VERSION,
                   forward_secret_all},
    SecurityPolicy{"ELBSecurityPolicy-FS-1-1-2019-08", TLS1_1_VERSION, TLS1_2_VERSION,
                   forward_secret_all},
    SecurityPolicy{"ELBSecurityPolicy-FS-1-2-2019-08", TLS1_2_VERSION, TLS1_2_VERSION,
                   forward_secret_all},
    SecurityPolicy{"ELBSecurityPolicy-FS-1-2-Res-2019-08", TLS1_2_VERSION, TLS1_2_VERSION,
                   forward_secret},
    SecurityPolicy{"ELBSecurityPolicy-FS-1-2-Res-2020-10", TLS1_2_VERSION, TLS1_2_VERSION,
                   forward_secret_gcm},
};

/// "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04" and "...-PQ-2025-09" stand for the plain policy of
/// the same versions.
std::string plain_name(std::string_view name) {
    std::string plain(name);
    for (const std::string_view mark : {"-FIPS", "-PQ"}) {
        const auto at = plain.find(mark);
        if (at == std::string::npos) continue;
        plain.erase(at);
        // "Res" without FIPS or PQ exists for every version; "Ext0" is Ext1's nearest.
        const auto ext0 = plain.find("-Ext0");
        if (ext0 != std::string::npos) plain.replace(ext0, 5, "-Ext1");
        plain += "-2021-06";
    }
    return plain;
}

const SecurityPolicy* find_policy(std::string_view name) {
    const std::string wanted = plain_name(name.empty() ? "ELBSecurityPolicy-2016-08" : name);
    for (const SecurityPolicy& policy : policies) {
        if (policy.name == wanted) return &policy;
    }
    return nullptr;
}

Unexpected fail_tls(const std::string& step) {
    char text[256] = "";
    ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
    ERR_clear_error();
    return fail(Domain::config, "Tls", step + ": " + text);
}

struct X509Deleter {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPointer = std::unique_ptr<BIO, X509Deleter>;

BioPointer text_bio(const std::string& text) {
    return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Result<void> load_chain(SSL_CTX* context, const Certificate& certificate) {
    const auto bio = text_bio(certificate.chain_pem);
    const std::unique_ptr<X509, X509Deleter> leaf(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
        return fail_tls("certificate " + certificate.arn);
    }
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        if (SSL_CTX_add0_chain_cert(context, next) != 1) {
            X509_free(next);
            return fail_tls("certificate chain " + certificate.arn);
        }
    }
    ERR_clear_error();  // The last read failed at the end of the text, as it should.
    return {};
}

Result<void> load_key(SSL_CTX* context, const Certificate& certificate) {
    const auto bio = text_bio(certificate.key_pem);
    const std::unique_ptr<EVP_PKEY, X509Deleter> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return fail_tls("private key of " + certificate.arn);
    }
    return {};
}

std::string text_of(const ASN1_STRING* text) {
    return base::to_lower({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                           static_cast<std::size_t>(ASN1_STRING_length(text))});
}

std::vector<std::string> names_of(X509* certificate) {
    std::vector<std::string> names;
    auto* list = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
        if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    }
    GENERAL_NAMES_free(list);
    if (!names.empty()) return names;
    X509_NAME* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0) {
        names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
    }
    return names;
}

int rank_of(X509* certificate) {
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    const bool elliptic = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
    constexpr int above_any_rsa = 100'000;
    return (elliptic ? above_any_rsa : 0) + EVP_PKEY_get_bits(key);
}

bool name_matches(std::string_view pattern, std::string_view name) {
    if (!pattern.starts_with("*.")) return pattern == name;
    const auto dot = name.find('.');
    return dot != std::string_view::npos && dot > 0 && name.substr(dot) == pattern.substr(1);
}

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_length,
                    const unsigned char* offered, unsigned offered_length, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    const int outcome =
        SSL_select_next_proto(&chosen, out_length, ours, sizeof ours - 1, offered, offered_length);
    *out = chosen;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Result<SslContextPointer> make_server_context(const SecurityPolicy& policy,
                                              const Certificate& from) {
    SslContextPointer context(SSL_CTX_new(TLS_server_method()));
    if (!context) return fail_tls("SSL_CTX_new");
    SSL_CTX_set_min_proto_version(context.get(), policy.version_min);
    SSL_CTX_set_max_proto_version(context.get(), policy.version_max);
    if (SSL_CTX_set_cipher_list(context.get(), std::string(policy.ciphers).c_str()) != 1) {
        return fail_tls("ciphers of " + std::string(policy.name));
    }
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION |
                                           SSL_OP_NO_COMPRESSION);
    static constexpr unsigned char session_scope[] = "stormglass-lb";
    SSL_CTX_set_session_id_context(context.get(), session_scope, sizeof session_scope - 1);
    SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
    TRY(load_chain(context.get(), from));
    TRY(load_key(context.get(), from));
    return context;
}

/// The host name of a ClientHello's server_name extension (RFC 6066 section 3), or empty.
std::string client_hello_name(SSL* ssl) {
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return "";
    constexpr std::size_t name_at = 5;  // List length (2), type (1), name length (2).
    if (size < name_at || data[2] != TLSEXT_NAMETYPE_host_name) return "";
    const std::size_t length = static_cast<std::size_t>(data[3]) << 8 | data[4];
    if (length > size - name_at) return "";
    return base::to_lower({reinterpret_cast<const char*>(data + name_at), length});
}

}  // namespace

bool known_ssl_policy(std::string_view name) { return find_policy(name) != nullptr; }

Result<std::unique_ptr<const TlsServer>> TlsServer::create(
    std::string_view policy_name, const std::vector<Certificate>& certificates) {
    const SecurityPolicy* policy = find_policy(policy_name);
    if (policy == nullptr) {
        return fail(Domain::config, "SslPolicy", "unknown policy " + std::string(policy_name));
    }
    if (certificates.empty()) {
        return fail(Domain::config, "NoCertificate", "an HTTPS listener needs a certificate");
    }
    std::unique_ptr<TlsServer> server(new TlsServer());
    for (const Certificate& certificate : certificates) {
        auto context = TRY(make_server_context(*policy, certificate));
        X509* leaf = SSL_CTX_get0_certificate(context.get());
        server->entries_.push_back(
            {certificate.arn, names_of(leaf), rank_of(leaf), std::move(context)});
    }
    for (Entry& entry : server->entries_) {
        SSL_CTX_set_client_hello_cb(entry.context.get(), &TlsServer::on_client_hello, server.get());
    }
    return server;
}

const TlsServer::Entry& TlsServer::best_match(std::string_view server_name) const {
    const Entry* best = nullptr;
    for (const Entry& entry : entries_) {
        const bool matches = std::any_of(entry.names.begin(), entry.names.end(), [&](auto& name) {
            return name_matches(name, server_name);
        });
        if (matches && (best == nullptr || entry.rank > best->rank)) best = &entry;
    }
    return best != nullptr ? *best : entries_.front();
}

int TlsServer::on_client_hello(SSL* ssl, int*, void* server) {
    const auto name = client_hello_name(ssl);
    if (!name.empty()) {
        SSL_set_SSL_CTX(ssl, static_cast<TlsServer*>(server)->best_match(name).context.get());
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

SslPointer TlsServer::new_session() const {
    SslPointer ssl(SSL_new(entries_.front().context.get()));
    if (ssl) SSL_set_accept_state(ssl.get());
    return ssl;
}

const std::string& TlsServer::chosen_certificate(SSL* ssl) const {
    for (const Entry& entry : entries_) {
        if (SSL_get_SSL_CTX(ssl) == entry.context.get()) return entry.arn;
    }
    return entries_.front().arn;
}

Result<SslContextPointer> make_client_context() {
    SslContextPointer context(SSL_CTX_new(TLS_client_method()));
    if (!context) return fail_tls("SSL_CTX_new");
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    return context;
}

}  // namespace stormglass::lb
