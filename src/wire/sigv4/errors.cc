#include "wire/sigv4/errors.h"

#include <fmt/format.h>

namespace stormglass::wire::sigv4 {
namespace {

constexpr char ec2_refusal[] = "AWS was not able to validate the provided access credentials";

/// The code as the query protocol spells it; JSON services append "Exception" and answer 400.
Unexpected in_words(Flavour flavour, const char* query_code, const char* json_code,
                    std::string message, int query_status = 403) {
    if (flavour == Flavour::json) return aws_error(json_code, std::move(message), 400);
    return aws_error(query_code, std::move(message), query_status);
}

}  // namespace

Unexpected signature_mismatch(Flavour flavour) {
    if (flavour == Flavour::ec2) return aws_error("AuthFailure", ec2_refusal, 401);
    if (flavour == Flavour::s3) {
        return aws_error("SignatureDoesNotMatch",
                         "The request signature we calculated does not match the signature you "
                         "provided. Check your key and signing method.",
                         403);
    }
    return in_words(flavour, "SignatureDoesNotMatch", "InvalidSignatureException",
                    "The request signature we calculated does not match the signature you "
                    "provided. Check your AWS Secret Access Key and signing method. Consult the "
                    "service documentation for details.");
}

Unexpected incomplete_signature(Flavour flavour, std::string message) {
    if (flavour == Flavour::s3) {
        return aws_error("AuthorizationHeaderMalformed",
                         "The authorization header is malformed; " + message, 400);
    }
    return in_words(flavour, "IncompleteSignature", "IncompleteSignatureException",
                    std::move(message), 400);
}

Unexpected bad_scope(Flavour flavour, std::string message) {
    if (flavour == Flavour::s3) return incomplete_signature(flavour, std::move(message));
    if (flavour == Flavour::ec2) return aws_error("AuthFailure", std::move(message), 401);
    return in_words(flavour, "SignatureDoesNotMatch", "InvalidSignatureException",
                    std::move(message));
}

Unexpected malformed_query_credential(std::string message) {
    return aws_error("AuthorizationQueryParametersError", std::move(message), 400);
}

Unexpected too_skewed(Flavour flavour, base::Time signed_at, base::Time now) {
    if (flavour == Flavour::s3) {
        return aws_error("RequestTimeTooSkewed",
                         "The difference between the request time and the current time is too "
                         "large.",
                         403);
    }
    const std::string when = base::amz_date(signed_at), here = base::amz_date(now);
    const std::string message =
        signed_at < now
            ? fmt::format("Signature expired: {} is now earlier than {} ({} - 15 min.)", when,
                          base::amz_date(now - skew_max), here)
            : fmt::format("Signature not yet current: {} is still later than {} ({} + 15 min.)",
                          when, base::amz_date(now + skew_max), here);
    if (flavour == Flavour::ec2) return aws_error("RequestExpired", message, 400);
    return bad_scope(flavour, message);
}

Unexpected presigned_expired(Flavour flavour, base::Time signed_at, base::Time expired_at,
                             base::Time now) {
    if (flavour == Flavour::s3) return aws_error("AccessDenied", "Request has expired", 403);
    const std::string message =
        fmt::format("Signature expired: {} is now earlier than {} (valid until {})",
                    base::amz_date(signed_at), base::amz_date(now), base::amz_date(expired_at));
    if (flavour == Flavour::ec2) return aws_error("RequestExpired", message, 400);
    return bad_scope(flavour, message);
}

Unexpected unsupported_algorithm(Flavour flavour, std::string_view algorithm) {
    if (flavour != Flavour::s3) {
        return incomplete_signature(
            flavour, fmt::format("Unsupported signature algorithm '{}': requests must be signed "
                                 "with AWS4-HMAC-SHA256.",
                                 algorithm));
    }
    if (algorithm == "AWS" || algorithm.starts_with("AWS4-ECDSA")) {
        return aws_error("InvalidRequest",
                         "The authorization mechanism you have provided is not supported. Please "
                         "use AWS4-HMAC-SHA256.",
                         400);
    }
    return aws_error("InvalidArgument", "Unsupported Authorization Type", 400);
}

Unexpected headers_not_signed() {
    return aws_error("AccessDenied",
                     "There were headers present in the request which were not signed", 403);
}

Unexpected missing_authentication(Flavour flavour) {
    switch (flavour) {
        case Flavour::s3:
            return aws_error("AccessDenied", "Access Denied", 403);
        case Flavour::ec2:
            return aws_error("MissingParameter",
                             "The request must contain the parameter AWSAccessKeyId", 400);
        default:
            return in_words(flavour, "MissingAuthenticationToken",
                            "MissingAuthenticationTokenException",
                            flavour == Flavour::json ? "Missing Authentication Token"
                                                     : "Request is missing Authentication Token");
    }
}

Unexpected unknown_access_key(Flavour flavour) {
    if (flavour == Flavour::ec2) return aws_error("AuthFailure", ec2_refusal, 401);
    if (flavour == Flavour::s3) {
        return aws_error("InvalidAccessKeyId",
                         "The AWS Access Key Id you provided does not exist in our records.", 403);
    }
    return in_words(flavour, "InvalidClientTokenId", "UnrecognizedClientException",
                    "The security token included in the request is invalid.");
}

Unexpected invalid_token(Flavour flavour) {
    if (flavour == Flavour::s3) {
        return aws_error("InvalidToken", "The provided token is malformed or otherwise invalid.",
                         400);
    }
    return unknown_access_key(flavour);
}

Unexpected expired_token(Flavour flavour) {
    switch (flavour) {
        case Flavour::s3:
            return aws_error("ExpiredToken", "The provided token has expired.", 400);
        case Flavour::ec2:
            return aws_error("RequestExpired", "Request has expired.", 400);
        default:
            return in_words(flavour, "ExpiredToken", "ExpiredTokenException",
                            "The security token included in the request is expired");
    }
}

}  // namespace stormglass::wire::sigv4
