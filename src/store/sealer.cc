#include "store/sealer.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>

#include "base/check.h"

namespace stormglass::store {
namespace {

constexpr char format = 1;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t head_size = 1 + nonce_size;
constexpr std::size_t spare_max = 64;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text, std::size_t at = 0) {
    return reinterpret_cast<unsigned char*>(text.data()) + at;
}
int length_of(std::string_view text) { return static_cast<int>(text.size()); }

}  // namespace

void Sealer::FreeContext::operator()(evp_cipher_ctx_st* context) const {
    EVP_CIPHER_CTX_free(context);
}

Sealer::Sealer(std::string_view key, base::Random& random) : key_(key) {
    CHECK(key.size() == 32);
    random.fill(nonce_.data(), nonce_.size());
}

Sealer::~Sealer() { OPENSSL_cleanse(key_.data(), key_.size()); }

Sealer::Context Sealer::make_context(Mode mode) const {
    Context context(EVP_CIPHER_CTX_new());
    CHECK(context != nullptr);
    CHECK(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key_), nullptr,
                            static_cast<int>(mode)) == 1);
    return context;
}

Sealer::Context Sealer::take(Mode mode) {
    {
        const std::lock_guard guard(mutex_);
        auto& spare = spare_[static_cast<int>(mode)];
        if (!spare.empty()) {
            Context context = std::move(spare.back());
            spare.pop_back();
            return context;
        }
    }
    return make_context(mode);
}

void Sealer::give_back(Mode mode, Context context) {
    const std::lock_guard guard(mutex_);
    auto& spare = spare_[static_cast<int>(mode)];
    if (spare.size() < spare_max) spare.push_back(std::move(context));
}

Sealer::Nonce Sealer::next_nonce() {
    const std::lock_guard guard(mutex_);
    for (auto& byte : nonce_) {
        if (++byte != 0) break;  // Carries into the next byte only on overflow.
    }
    return nonce_;
}

std::string Sealer::seal(std::string_view associated, std::string_view plain) {
    const Nonce nonce = next_nonce();
    std::string sealed(head_size + plain.size() + tag_size, format);
    std::memcpy(sealed.data() + 1, nonce.data(), nonce_size);
    Context context = take(Mode::seal);
    auto* const cipher = context.get();
    int length = 0;
    CHECK(EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, nonce.data()) == 1);
    CHECK(EVP_EncryptUpdate(cipher, nullptr, &length, bytes(associated), length_of(associated)));
    CHECK(EVP_EncryptUpdate(cipher, bytes(sealed, head_size), &length, bytes(plain),
                            length_of(plain)) == 1);
    const std::size_t tag_at = head_size + plain.size();
    CHECK(EVP_EncryptFinal_ex(cipher, bytes(sealed, tag_at), &length) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, tag_size, bytes(sealed, tag_at)) == 1);
    give_back(Mode::seal, std::move(context));
    return sealed;
}

Result<std::string> Sealer::open(std::string_view associated, std::string_view sealed) {
    const auto refuse = [] {
        return fail(Domain::store, "BadSeal",
                    "a stored value does not open: it was changed outside, or the key is not the "
                    "one it was sealed with");
    };
    if (sealed.size() < head_size + tag_size || sealed[0] != format) return refuse();
    const std::string_view secret = sealed.substr(head_size, sealed.size() - head_size - tag_size);
    std::string plain(secret.size(), '\0');
    std::string tag(sealed.substr(sealed.size() - tag_size));
    Context context = take(Mode::open);
    auto* const cipher = context.get();
    int length = 0;
    CHECK(EVP_DecryptInit_ex(cipher, nullptr, nullptr, nullptr, bytes(sealed) + 1) == 1);
    CHECK(EVP_DecryptUpdate(cipher, nullptr, &length, bytes(associated), length_of(associated)));
    CHECK(EVP_DecryptUpdate(cipher, bytes(plain), &length, bytes(secret), length_of(secret)) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1);
    unsigned char none[tag_size];
    const bool opened = EVP_DecryptFinal_ex(cipher, none, &length) == 1;
    give_back(Mode::open, std::move(context));
    if (!opened) return refuse();
    return plain;
}

}  // namespace stormglass::store
