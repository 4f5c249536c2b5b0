#include "wire/sigv4/chunked.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/crypto.h"
#include "base/strings.h"
#include "wire/sigv4/canonical.h"
#include "wire/sigv4/errors.h"

namespace stormglass::wire::sigv4 {

/// SHA-256 of data that comes in pieces.
class Sha256Stream {
public:
    Sha256Stream() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) { restart(); }
    void restart() { CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1); }
    void add(std::string_view data) {
        CHECK(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
    }
    /// Ends this digest and begins the next.
    std::string hex() {
        std::string digest(32, '\0');
        CHECK(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()),
                                 nullptr) == 1);
        restart();
        return base::hex_encode(digest);
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

namespace {

constexpr char empty_sha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char trailer_signature_name[] = "x-amz-trailer-signature";

Unexpected malformed_chunk() {
    return aws_error("InvalidRequest", "The body is not well-formed aws-chunked data.", 400);
}
Unexpected malformed_trailer() {
    return aws_error("MalformedTrailerError",
                     "The request contained trailing data that was not well-formed or did not "
                     "conform to our published schema.",
                     400);
}
Unexpected incomplete_body() {
    return aws_error("IncompleteBody",
                     "You did not provide the number of bytes specified by the Content-Length HTTP "
                     "header",
                     400);
}

std::string chain(const ChunkSeed& seed, std::string_view kind, std::string_view previous) {
    std::string text(kind);
    text.append(1, '\n').append(seed.amz_date).append(1, '\n').append(seed.scope);
    text.append(1, '\n').append(previous).append(1, '\n');
    return text;
}

}  // namespace

ChunkSeed chunk_seed(const Credential& credential, std::string_view secret_access_key,
                     SigningKeys& keys) {
    const KeyScope scope{credential.access_key_id, credential.scope_date, credential.region,
                         credential.service};
    return {keys.get(scope, secret_access_key), credential.amz_date, credential.scope(),
            credential.signature};
}

std::string chunk_signature(const ChunkSeed& seed, std::string_view previous_signature,
                            std::string_view data_sha256_hex) {
    std::string text = chain(seed, "AWS4-HMAC-SHA256-PAYLOAD", previous_signature);
    text.append(empty_sha256).append(1, '\n').append(data_sha256_hex);
    return base::hex_encode(base::hmac_sha256(seed.signing_key, text));
}

std::string trailer_signature(const ChunkSeed& seed, std::string_view previous_signature,
                              const HeaderList& trailers) {
    std::string canonical;
    for (const auto& [name, value] : trailers) {
        canonical.append(name).append(1, ':').append(value).append(1, '\n');
    }
    std::string text = chain(seed, "AWS4-HMAC-SHA256-TRAILER", previous_signature);
    text.append(base::hex_encode(base::sha256(canonical)));
    return base::hex_encode(base::hmac_sha256(seed.signing_key, text));
}

Result<ChunkedDecoder> ChunkedDecoder::create(Options options) {
    const bool streams = options.kind == PayloadKind::signed_chunks ||
                         options.kind == PayloadKind::signed_chunks_trailer ||
                         options.kind == PayloadKind::unsigned_chunks_trailer;
    CHECK(streams);
    CHECK(options.seed || options.kind == PayloadKind::unsigned_chunks_trailer);
    if (options.kind == PayloadKind::signed_chunks && !options.announced_trailers.empty()) {
        return aws_error("InvalidRequest",
                         "The x-amz-trailer header needs a payload that has a trailer.", 400);
    }
    return ChunkedDecoder(std::move(options));
}

ChunkedDecoder::ChunkedDecoder(Options options)
    : options_(std::move(options)), hash_(std::make_unique<Sha256Stream>()) {
    if (options_.seed) previous_signature_ = options_.seed->signature;
}
ChunkedDecoder::ChunkedDecoder(ChunkedDecoder&&) noexcept = default;
ChunkedDecoder& ChunkedDecoder::operator=(ChunkedDecoder&&) noexcept = default;
ChunkedDecoder::~ChunkedDecoder() = default;

Result<void> ChunkedDecoder::feed(std::string_view bytes, std::string& decoded) {
    while (!bytes.empty()) {
        Result<void> step;
        if (state_ == State::data) {
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
            step = take_data(bytes.substr(0, size), decoded);
            bytes.remove_prefix(size);
        } else if (state_ == State::done || state_ == State::failed) {
            step = malformed_chunk();  // Bytes after the end.
        } else {
            const std::size_t end = bytes.find('\n');
            const std::size_t size = std::min(end, bytes.size());
            if (line_.size() + size > line_bytes_max) {
                step = malformed_chunk();
            } else {
                line_.append(bytes.substr(0, size));
                bytes.remove_prefix(std::min(size + 1, bytes.size()));
                if (end == std::string_view::npos) continue;
                if (line_.ends_with('\r')) line_.pop_back();
                step = take_line(std::exchange(line_, {}));
            }
        }
        if (!step) {
            state_ = State::failed;
            return step;
        }
    }
    return {};
}

Result<void> ChunkedDecoder::take_line(std::string_view line) {
    switch (state_) {
        case State::chunk_header:
            return take_chunk_header(line);
        case State::data_end:
            if (!line.empty()) return malformed_chunk();
            state_ = State::chunk_header;
            return {};
        default:
            return take_trailer(line);
    }
}

/// HEX-SIZE[;chunk-signature=HEX]
Result<void> ChunkedDecoder::take_chunk_header(std::string_view line) {
    const std::size_t semicolon = std::min(line.find(';'), line.size());
    const std::string_view size = base::trim(line.substr(0, semicolon));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), value, 16);
    if (error != std::errc{} || end != size.data() + size.size() || value > chunk_bytes_max) {
        return malformed_chunk();
    }
    chunk_signature_.clear();
    constexpr std::string_view field = ";chunk-signature=";
    if (line.substr(semicolon).starts_with(field)) {
        chunk_signature_ = base::trim(line.substr(semicolon + field.size()));
    }
    if (is_signed()) {
        if (chunk_signature_.size() != 64) return malformed_chunk();
        if (value > 0 && short_chunk_seen_) {
            return aws_error("InvalidChunkSizeError",
                             "Only the last chunk is allowed to have a size less than 8192 bytes",
                             403);
        }
        short_chunk_seen_ = value < signed_chunk_bytes_min;
    }
    if (options_.decoded_length && decoded_bytes_ + value > *options_.decoded_length) {
        return incomplete_body();
    }
    remaining_ = value;
    last_chunk_ = value == 0;
    if (last_chunk_) return end_chunk();
    state_ = State::data;
    return {};
}

Result<void> ChunkedDecoder::take_data(std::string_view data, std::string& decoded) {
    if (is_signed()) hash_->add(data);
    decoded.append(data);
    remaining_ -= data.size();
    decoded_bytes_ += data.size();
    if (remaining_ > 0) return {};
    return end_chunk();
}

Result<void> ChunkedDecoder::end_chunk() {
    if (is_signed()) {
        const std::string expected =
            chunk_signature(*options_.seed, previous_signature_, hash_->hex());
        if (!base::secure_equals(expected, chunk_signature_)) {
            return signature_mismatch(Flavour::s3);
        }
        previous_signature_ = expected;
    }
    state_ = last_chunk_ ? State::trailer : State::data_end;
    return {};
}

Result<void> ChunkedDecoder::take_trailer(std::string_view line) {
    if (line.empty()) {
        // The documented form of a signed trailer has an empty line before its signature.
        const bool signature_due = options_.kind == PayloadKind::signed_chunks_trailer &&
                                   trailer_signature_.empty() && !trailers_.empty();
        if (signature_due) return {};
        return end_trailer();
    }
    const std::size_t colon = line.find(':');
    if (!has_trailer() || colon == std::string_view::npos || colon == 0 ||
        trailers_.size() == trailer_lines_max) {
        return malformed_trailer();
    }
    const std::string name = base::to_lower(base::trim(line.substr(0, colon)));
    const std::string_view value = base::trim(line.substr(colon + 1));
    if (!trailer_signature_.empty()) return malformed_trailer();
    if (name == trailer_signature_name) {
        trailer_signature_ = value;
    } else {
        trailers_.emplace_back(name, value);
    }
    return {};
}

Result<void> ChunkedDecoder::end_trailer() {
    if (options_.kind == PayloadKind::signed_chunks_trailer) {
        const std::string expected =
            trailer_signature(*options_.seed, previous_signature_, trailers_);
        if (!base::secure_equals(expected, trailer_signature_)) {
            return signature_mismatch(Flavour::s3);
        }
    }
    for (const std::string& part : base::split(options_.announced_trailers, ',')) {
        const std::string_view name = base::trim(part);
        if (!name.empty() && !find_header(trailers_, name)) return malformed_trailer();
    }
    state_ = State::done;
    return {};
}

Result<void> ChunkedDecoder::finish() {
    if (state_ != State::done) return incomplete_body();
    if (options_.decoded_length && decoded_bytes_ != *options_.decoded_length) {
        return incomplete_body();
    }
    return {};
}

}  // namespace stormglass::wire::sigv4
