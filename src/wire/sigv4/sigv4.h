// AWS Signature Version 4: reads the credential a request carries and checks its signature, by
// Authorization header or presigned query. Pure: no sockets, no clock, no store.
// Reference: "Signature Version 4 for API requests" in the IAM user guide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "wire/sigv4/signing_keys.h"

namespace stormglass::wire::sigv4 {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// Which of AWS's dialects answers: the words of the errors, and for S3 also the canonical path
/// (single encoding, no normalisation) and the unsigned payload of presigned requests.
enum class Flavour { query, json, ec2, s3 };

/// A request as it arrived. The views must outlive the call they are given to.
struct RequestView {
    std::string_view method;
    std::string_view raw_path;   // As sent, before '?'.
    std::string_view raw_query;  // As sent, after '?'.
    const HeaderList* headers = nullptr;
    std::string_view body_sha256_hex;  // Of the whole body; see payload_hash_line().
};

enum class Carrier { header, presigned };

/// What a request says about its signer. Nothing here is verified yet.
struct Credential {
    Carrier carrier = Carrier::header;
    std::string access_key_id;
    std::string scope_date, region, service;  // Of the credential scope.
    std::vector<std::string> signed_headers;  // Lower case.
    std::string signature;                    // 64 hex digits.
    std::string security_token;               // Empty: long-term key.
    std::string amz_date;                     // "20261124T150257Z"
    base::Time signed_at;
    base::Seconds expires{0};  // Presigned only.

    std::string scope() const;
};

inline constexpr base::Seconds skew_max{15 * 60};
inline constexpr base::Seconds presigned_life_max{7 * 24 * 3600};
inline constexpr std::size_t authorization_bytes_max = 8 * 1024;
inline constexpr std::size_t signed_headers_max = 128;

/// nullopt: the request carries no credential at all (anonymous). Malformed credentials, SigV2 and
/// SigV4A are errors in AWS's words.
Result<std::optional<Credential>> parse_credential(const RequestView& request, Flavour flavour);

/// How the body is covered, by x-amz-content-sha256 (S3).
enum class PayloadKind {
    hashed,
    unsigned_payload,
    signed_chunks,
    signed_chunks_trailer,
    unsigned_chunks_trailer
};
Result<PayloadKind> payload_kind(const RequestView& request);

/// The last line of the canonical request when it does not depend on the body: S3's
/// x-amz-content-sha256, or UNSIGNED-PAYLOAD for a presigned S3 request. nullopt: verify() needs
/// body_sha256_hex. When the line is a digest the caller must compare it with the body's own.
std::optional<std::string> payload_hash_line(const Credential& credential,
                                             const RequestView& request, Flavour flavour);

/// Checks time, expiry, covered headers and signature, in this order.
Result<void> verify(const Credential& credential, const RequestView& request,
                    std::string_view secret_access_key, base::Time now, Flavour flavour,
                    SigningKeys& keys);

/// For S3's SignatureDoesNotMatch document, and for tests.
std::string canonical_request(const Credential& credential, const RequestView& request,
                              Flavour flavour);
std::string string_to_sign(const Credential& credential, std::string_view canonical);

/// Signs `request` (its headers hold host and x-amz-date, `credential` names what to sign): the
/// signature in hex. Lets our own planes and tests be clients.
std::string sign(const Credential& credential, const RequestView& request,
                 std::string_view secret_access_key, Flavour flavour, SigningKeys& keys);

}  // namespace stormglass::wire::sigv4
