#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <map>
#include <mutex>
#include <vector>

#include "base/strings.h"

namespace stormglass::net {
namespace {

/// Parsed certificates kept; beyond it all are dropped and parsed again.
constexpr std::size_t parsed_max = 256;

template <auto free>
struct Free {
    void operator()(auto* object) const { free(object); }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

struct Parsed {
    CertificateAndKey source;
    std::vector<Certificate> chain;  // Leaf first.
    Key key;
};

Bio bio_of(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::shared_ptr<const Parsed> parse(const CertificateAndKey& source) {
    auto parsed = std::make_shared<Parsed>();
    parsed->source = source;
    const Bio chain = bio_of(source.certificate_chain);
    while (X509* certificate = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
        parsed->chain.emplace_back(certificate);
    }
    const Bio key = bio_of(source.private_key);
    parsed->key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    return parsed->chain.empty() || !parsed->key ? nullptr : parsed;
}

bool use(SSL* ssl, const Parsed& parsed) {
    SSL_certs_clear(ssl);
    if (SSL_use_certificate(ssl, parsed.chain[0].get()) != 1) return false;
    for (std::size_t at = 1; at < parsed.chain.size(); ++at) {
        if (SSL_add1_chain_cert(ssl, parsed.chain[at].get()) != 1) return false;
    }
    return SSL_use_PrivateKey(ssl, parsed.key.get()) == 1;
}

}  // namespace

struct TlsContext::State {
    struct FreeContext {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, FreeContext> context;
    CertificateSource source;
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<const Parsed>, std::less<>> parsed;  // By name.

    std::shared_ptr<const Parsed> find(const std::string& name);
    static int choose(SSL* ssl, void* state);
};

std::shared_ptr<const Parsed> TlsContext::State::find(const std::string& name) {
    const auto pair = source(name);
    if (!pair) return nullptr;
    const std::lock_guard guard(mutex);
    if (const auto found = parsed.find(name); found != parsed.end()) {
        const CertificateAndKey& known = found->second->source;
        if (known.certificate_chain == pair->certificate_chain &&
            known.private_key == pair->private_key) {
            return found->second;
        }
    }
    auto fresh = parse(*pair);
    if (parsed.size() >= parsed_max) parsed.clear();
    if (fresh) parsed[name] = fresh;
    return fresh;
}

/// OpenSSL's certificate callback: 1 goes on, 0 fails the handshake.
int TlsContext::State::choose(SSL* ssl, void* state) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const auto found =
        static_cast<State*>(state)->find(base::to_lower(name != nullptr ? name : ""));
    return found && use(ssl, *found) ? 1 : 0;
}

Result<TlsContext> TlsContext::create(CertificateSource source) {
    auto state = std::make_shared<State>();
    state->source = std::move(source);
    state->context.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* const context = state->context.get();
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        return fail(Domain::system, "Tls", "OpenSSL cannot make a TLS context");
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_cert_cb(context, &State::choose, state.get());
    return TlsContext(std::move(state));
}

ssl_ctx_st* TlsContext::native() const { return state_->context.get(); }

}  // namespace stormglass::net
