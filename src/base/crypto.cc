#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <memory>

#include "base/check.h"

namespace stormglass::base {
namespace {

constexpr std::size_t key_size = 32, nonce_size = 12, tag_size = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Cipher make_cipher() { return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free}; }

const unsigned char* in(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* out(std::string& text, std::size_t at = 0) {
    return reinterpret_cast<unsigned char*>(text.data()) + at;
}

std::string digest(const EVP_MD* kind, std::string_view data) {
    std::string result(static_cast<std::size_t>(EVP_MD_get_size(kind)), '\0');
    CHECK(EVP_Digest(data.data(), data.size(), out(result), nullptr, kind, nullptr) == 1);
    return result;
}

}  // namespace

std::string sha256(std::string_view data) { return digest(EVP_sha256(), data); }
std::string md5(std::string_view data) { return digest(EVP_md5(), data); }
std::string sha1(std::string_view data) { return digest(EVP_sha1(), data); }

std::string hmac_sha256(std::string_view key, std::string_view data) {
    std::string result(32, '\0');
    unsigned length = 32;
    CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), in(data), data.size(),
               out(result), &length) != nullptr);
    return result;
}

bool secure_equals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string seal(std::string_view key, std::string_view plain, std::string_view associated,
                 Random& random) {
    CHECK(key.size() == key_size);
    std::string result = random.bytes(nonce_size);
    result.resize(nonce_size + plain.size() + tag_size);
    const Cipher cipher = make_cipher();
    int length = 0;
    CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key), in(result)) == 1);
    CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &length, in(associated),
                            static_cast<int>(associated.size())) == 1);
    CHECK(EVP_EncryptUpdate(cipher.get(), out(result, nonce_size), &length, in(plain),
                            static_cast<int>(plain.size())) == 1);
    CHECK(EVP_EncryptFinal_ex(cipher.get(), out(result, nonce_size + plain.size()), &length) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size,
                              out(result, nonce_size + plain.size())) == 1);
    return result;
}

Result<std::string> open_sealed(std::string_view key, std::string_view sealed,
                                std::string_view associated) {
    const auto refuse = [] {
        return fail(Domain::store, "BadSeal", "sealed data does not open with this key");
    };
    CHECK(key.size() == key_size);
    if (sealed.size() < nonce_size + tag_size) return refuse();
    const std::size_t size = sealed.size() - nonce_size - tag_size;
    std::string plain(size, '\0');
    std::string tag(sealed.substr(nonce_size + size));
    const Cipher cipher = make_cipher();
    int length = 0;
    CHECK(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, in(key), in(sealed)) == 1);
    CHECK(EVP_DecryptUpdate(cipher.get(), nullptr, &length, in(associated),
                            static_cast<int>(associated.size())) == 1);
    CHECK(EVP_DecryptUpdate(cipher.get(), out(plain), &length, in(sealed.substr(nonce_size)),
                            static_cast<int>(size)) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1);
    if (EVP_DecryptFinal_ex(cipher.get(), out(plain, size), &length) != 1) return refuse();
    return plain;
}

}  // namespace stormglass::base
