#include "services/sns/signing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::sns {
namespace {

constexpr base::Days renewal_left{30};
constexpr base::Days certificate_validity{397};  // As the authority makes them.
constexpr char certificate_name[] = "sns.amazonaws.com";
constexpr std::size_t digest_digits = 32;

Unexpected failed(std::string_view step) {
    return fail(Domain::system, "Signing", fmt::format("cannot {}", step));
}

}  // namespace

std::string string_to_sign(const Message& message, const std::string& text,
                           const std::string& subscribe_url) {
    std::string signed_text;
    const auto add = [&](std::string_view name, const std::string& value) {
        signed_text += fmt::format("{}\n{}\n", name, value);
    };
    add("Message", text);
    add("MessageId", message.id);
    if (message.type == type_notification) {
        if (!message.subject.empty()) add("Subject", message.subject);
    } else {
        add("SubscribeURL", subscribe_url);
    }
    add("Timestamp", base::iso8601_millis(message.time));
    if (message.type != type_notification) add("Token", message.token);
    add("TopicArn", message.topic_arn);
    add("Type", message.type);
    return signed_text;
}

Result<std::string> sign_text(const std::string& key_pem, const std::string& text,
                              const std::string& version) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
        BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())), &BIO_free_all);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (!key) return failed("read the signing key");
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    const EVP_MD* digest = version == "2" ? EVP_sha256() : EVP_sha1();
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
        return failed("sign");
    }
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       bytes, text.size()) != 1) {
        return failed("sign");
    }
    signature.resize(size);
    return base::base64_encode(signature);
}

Result<SigningKey> SigningKeys::current() {
    const base::Time now = wall_clock_.now();
    const std::lock_guard guard(mutex_);
    if (loaded_ && loaded_->expires - now > renewal_left) return *loaded_;
    if (!loaded_) loaded_ = TRY(signing_keys.get(*store_.read(), {"current"}));
    if (loaded_ && loaded_->expires - now > renewal_left) return *loaded_;
    const auto pair = TRY(ca_.issue_rsa({certificate_name}));
    SigningKey made{pair.certificate_chain, pair.private_key, now + certificate_validity};
    auto tx = TRY(store_.write());
    signing_keys.put(*tx, {"current"}, made);
    TRY(store_.commit_durable(std::move(tx)));
    loaded_ = std::move(made);
    return *loaded_;
}

std::string SigningKeys::file_name(const SigningKey& key) {
    return fmt::format("SimpleNotificationService-{}.pem",
                       base::hex_encode(base::sha256(key.certificate)).substr(0, digest_digits));
}

}  // namespace stormglass::sns
