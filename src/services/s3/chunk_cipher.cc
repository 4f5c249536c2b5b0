#include "services/s3/chunk_cipher.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"

namespace stormglass::s3 {
namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string nonce_of(std::uint64_t number) {
    std::string nonce(12, '\0');
    for (int i = 0; i < 8; ++i) nonce[11 - static_cast<std::size_t>(i)] = static_cast<char>(number >> (8 * i));
    return nonce;
}

}  // namespace

std::string seal_chunk(std::string_view key, std::uint64_t number, std::string_view plain) {
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    const std::string nonce = nonce_of(number);
    std::string sealed(plain.size() + chunk_tag_size, '\0');
    int size = 0, rest = 0;
    CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1);
    CHECK(EVP_EncryptUpdate(context.get(), bytes(sealed), &size, bytes(plain),
                            static_cast<int>(plain.size())) == 1);
    CHECK(EVP_EncryptFinal_ex(context.get(), bytes(sealed) + size, &rest) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, chunk_tag_size,
                              bytes(sealed) + plain.size()) == 1);
    return sealed;
}

Result<std::string> open_chunk(std::string_view key, std::uint64_t number, std::string_view sealed) {
    const auto damaged = [] {
        return fail(Domain::store, "DamagedObject", "a chunk of an object's file does not decrypt");
    };
    if (sealed.size() < chunk_tag_size) return damaged();
    const Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    const std::string nonce = nonce_of(number);
    std::string plain(sealed.size() - chunk_tag_size, '\0');
    std::string tag(sealed.substr(plain.size()));
    int size = 0, rest = 0;
    CHECK(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1);
    if (EVP_DecryptUpdate(context.get(), bytes(plain), &size, bytes(sealed),
                          static_cast<int>(plain.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, chunk_tag_size, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(context.get(), bytes(plain) + size, &rest) != 1) {
        return damaged();
    }
    return plain;
}

}  // namespace stormglass::s3
