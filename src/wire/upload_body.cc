#include "wire/upload_body.h"

#include <openssl/evp.h>

#include <cstring>

#include "base/strings.h"

namespace stormglass::wire {
namespace {

constexpr std::size_t source_part = 64 * 1024;

Unexpected mismatch() {
    return aws_error(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.");
}

bool is_digest(std::string_view text) {
    return text.size() == 64 && base::hex_decode(text).has_value();
}

}  // namespace

struct UploadBody::Digest {
    Digest() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }
    ~Digest() { EVP_MD_CTX_free(context); }
    void add(const char* data, std::size_t size) { EVP_DigestUpdate(context, data, size); }
    std::string hex() {
        std::string out(32, '\0');
        EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(out.data()), nullptr);
        return base::hex_encode(out);
    }
    EVP_MD_CTX* context = EVP_MD_CTX_new();
};

UploadBody::UploadBody(net::Request& http) : http_(http), length_(http.body.content_length()) {}
UploadBody::~UploadBody() = default;

Result<std::unique_ptr<UploadBody>> UploadBody::create(
    net::Request& http, const sigv4::RequestView& view,
    const std::optional<sigv4::Credential>& credential, std::string_view secret,
    sigv4::SigningKeys& keys, std::string read_digest) {
    std::unique_ptr<UploadBody> body(new UploadBody(http));
    const std::string declared(http.header("x-amz-content-sha256"));
    if (!read_digest.empty()) {
        if (is_digest(declared) && declared != read_digest) return mismatch();
        body->ended_ = true;
        return body;
    }
    if (is_digest(declared)) {
        body->declared_digest_ = declared;
        body->digest_ = std::make_unique<Digest>();
        return body;
    }
    const auto kind = TRY(sigv4::payload_kind(view));
    if (kind == sigv4::PayloadKind::hashed || kind == sigv4::PayloadKind::unsigned_payload) {
        return body;
    }
    const std::string_view length = http.header("x-amz-decoded-content-length");
    if (length.empty()) {
        return aws_error("MissingContentLength", "You must provide the Content-Length HTTP header.",
                         411);
    }
    sigv4::ChunkedDecoder::Options options{
        .kind = kind,
        .seed = {},
        .decoded_length = {},
        .announced_trailers = std::string(http.header("x-amz-trailer"))};
    const auto number = base::parse_integer(length);
    if (!number || *number < 0) {
        return aws_error("InvalidArgument", "x-amz-decoded-content-length is not a length");
    }
    options.decoded_length = static_cast<std::uint64_t>(*number);
    body->length_ = options.decoded_length;
    if (kind != sigv4::PayloadKind::unsigned_chunks_trailer) {
        if (!credential) return aws_error("AccessDenied", "Access Denied", 403);
        // With --auth open the secret is unknown: chunks are then read without checking them.
        if (!secret.empty()) {
            options.seed = sigv4::chunk_seed(*credential, secret, keys);
        } else {
            options.kind = sigv4::PayloadKind::unsigned_chunks_trailer;
        }
    }
    body->chunks_ = TRY(sigv4::ChunkedDecoder::create(std::move(options)));
    return body;
}

Result<std::size_t> UploadBody::read(char* to, std::size_t size) {
    if (size == 0) return std::size_t{0};
    if (!chunks_) {
        if (ended_) return std::size_t{0};
        const std::size_t got = TRY(http_.body.read(to, size));
        if (got == 0) TRY(end());
        if (digest_) digest_->add(to, got);
        return got;
    }
    while (taken_ == decoded_.size() && !ended_) TRY(refill());
    const std::size_t part = std::min(size, decoded_.size() - taken_);
    std::memcpy(to, decoded_.data() + taken_, part);
    taken_ += part;
    return part;
}

Result<void> UploadBody::refill() {
    decoded_.clear();
    taken_ = 0;
    if (source_ended_) return end();
    char part[source_part];
    const std::size_t got = TRY(http_.body.read(part, sizeof part));
    if (got == 0) {
        source_ended_ = true;
        return {};
    }
    return chunks_->feed({part, got}, decoded_);
}

Result<void> UploadBody::end() {
    ended_ = true;
    if (chunks_) {
        TRY(chunks_->finish());
        for (const auto& trailer : chunks_->trailers()) http_.headers.push_back(trailer);
    }
    if (digest_ && digest_->hex() != declared_digest_) return mismatch();
    return {};
}

}  // namespace stormglass::wire
