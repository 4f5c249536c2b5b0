// The body of an S3 request as its handler reads it: aws-chunked decoding taken off, the declared
// SHA-256 or the chunk signatures checked, trailing checksums handed on as headers.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/http_server.h"
#include "wire/sigv4/chunked.h"
#include "wire/sigv4/sigv4.h"

namespace stormglass::wire {

class UploadBody final : public net::BodyReader {
public:
    /// `read_digest` is the digest of a body that was read already (then only checked), else empty.
    static Result<std::unique_ptr<UploadBody>> create(
        net::Request& http, const sigv4::RequestView& view,
        const std::optional<sigv4::Credential>& credential, std::string_view secret,
        sigv4::SigningKeys& keys, std::string read_digest);
    ~UploadBody() override;

    /// An error at the end means that what was read must not be kept.
    Result<std::size_t> read(char* to, std::size_t size) override;
    /// Of the decoded body.
    std::optional<std::uint64_t> content_length() const override { return length_; }

private:
    struct Digest;
    explicit UploadBody(net::Request& http);
    Result<void> refill();
    Result<void> end();

    net::Request& http_;
    std::optional<std::uint64_t> length_;
    std::string declared_digest_;  // Hex; empty: not declared.
    std::unique_ptr<Digest> digest_;
    std::optional<sigv4::ChunkedDecoder> chunks_;
    std::string decoded_;
    std::size_t taken_ = 0;
    bool source_ended_ = false;
    bool ended_ = false;
};

}  // namespace stormglass::wire
