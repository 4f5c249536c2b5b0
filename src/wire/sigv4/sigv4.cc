// Verification: the canonical request, the string to sign, and the checks in AWS's order.
#include "wire/sigv4/sigv4.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/strings.h"
#include "wire/sigv4/canonical.h"
#include "wire/sigv4/errors.h"

namespace stormglass::wire::sigv4 {
namespace {

constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

bool covers(const Credential& credential, std::string_view name) {
    return std::find(credential.signed_headers.begin(), credential.signed_headers.end(), name) !=
           credential.signed_headers.end();
}

/// S3 wants every x-amz-* header signed but the payload's digest, which has its own line; the
/// others ask for the host alone.
Result<void> check_covered(const Credential& credential, const HeaderList& headers,
                           Flavour flavour) {
    if (!covers(credential, "host")) {
        if (flavour == Flavour::s3) return headers_not_signed();
        return bad_scope(flavour,
                         "'Host' or ':authority' must be a 'SignedHeader' in the AWS "
                         "Authorization.");
    }
    if (flavour != Flavour::s3) return {};
    for (const auto& [sent_name, value] : headers) {
        const std::string name = base::to_lower(sent_name);
        if (name.starts_with("x-amz-") && name != "x-amz-content-sha256" &&
            !covers(credential, name)) {
            return headers_not_signed();
        }
    }
    return {};
}

Result<void> check_time(const Credential& credential, base::Time now, Flavour flavour) {
    if (credential.carrier == Carrier::header) {
        if (credential.signed_at < now - skew_max || credential.signed_at > now + skew_max) {
            return too_skewed(flavour, credential.signed_at, now);
        }
        return {};
    }
    if (credential.signed_at > now + skew_max) {
        if (flavour == Flavour::s3)
            return aws_error("AccessDenied", "Request is not valid yet", 403);
        return too_skewed(flavour, credential.signed_at, now);
    }
    const base::Time end = credential.signed_at + credential.expires;
    if (now > end) return presigned_expired(flavour, credential.signed_at, end, now);
    return {};
}

KeyScope scope_of(const Credential& credential) {
    return {credential.access_key_id, credential.scope_date, credential.region, credential.service};
}

}  // namespace

Result<PayloadKind> payload_kind(const RequestView& request) {
    const auto header = find_header(*request.headers, "x-amz-content-sha256");
    if (!header) return PayloadKind::hashed;
    if (*header == unsigned_payload) return PayloadKind::unsigned_payload;
    if (*header == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return PayloadKind::signed_chunks;
    if (*header == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") {
        return PayloadKind::signed_chunks_trailer;
    }
    if (*header == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
        return PayloadKind::unsigned_chunks_trailer;
    }
    const bool is_hex =
        header->find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    if (header->size() == 64 && is_hex) return PayloadKind::hashed;
    return aws_error("InvalidArgument",
                     "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
                     "STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                     "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.");
}

std::optional<std::string> payload_hash_line(const Credential& credential,
                                             const RequestView& request, Flavour flavour) {
    if (flavour != Flavour::s3) return std::nullopt;
    const auto header = find_header(*request.headers, "x-amz-content-sha256");
    if (credential.carrier == Carrier::header) {
        if (header) return std::string(*header);
        return std::nullopt;
    }
    if (auto line = query_parameter(request.raw_query, "X-Amz-Content-Sha256")) return line;
    // A header that the URL's maker did not sign says nothing about what he signed.
    if (header && covers(credential, "x-amz-content-sha256")) return std::string(*header);
    return std::string(unsigned_payload);
}

std::string canonical_request(const Credential& credential, const RequestView& request,
                              Flavour flavour) {
    std::string text;
    text.reserve(1024);
    text.append(request.method).append(1, '\n');
    text.append(canonical_path(request.raw_path, flavour)).append(1, '\n');
    text.append(canonical_query(request.raw_query)).append(1, '\n');
    append_canonical_headers(text, credential, *request.headers);
    text.append(1, '\n');
    for (std::size_t i = 0; i < credential.signed_headers.size(); ++i) {
        if (i > 0) text += ';';
        text += credential.signed_headers[i];
    }
    text.append(1, '\n');
    const auto line = payload_hash_line(credential, request, flavour);
    text.append(line ? std::string_view(*line) : request.body_sha256_hex);
    return text;
}

std::string string_to_sign(const Credential& credential, std::string_view canonical) {
    std::string text = "AWS4-HMAC-SHA256\n";
    text.append(credential.amz_date).append(1, '\n');
    text.append(credential.scope()).append(1, '\n');
    text.append(base::hex_encode(base::sha256(canonical)));
    return text;
}

std::string sign(const Credential& credential, const RequestView& request,
                 std::string_view secret_access_key, Flavour flavour, SigningKeys& keys) {
    const std::string key = keys.get(scope_of(credential), secret_access_key);
    return base::hex_encode(base::hmac_sha256(
        key, string_to_sign(credential, canonical_request(credential, request, flavour))));
}

Result<void> verify(const Credential& credential, const RequestView& request,
                    std::string_view secret_access_key, base::Time now, Flavour flavour,
                    SigningKeys& keys) {
    TRY(check_time(credential, now, flavour));
    TRY(check_covered(credential, *request.headers, flavour));
    const std::string expected = sign(credential, request, secret_access_key, flavour, keys);
    if (!base::secure_equals(expected, credential.signature)) return signature_mismatch(flavour);
    return {};
}

}  // namespace stormglass::wire::sigv4
