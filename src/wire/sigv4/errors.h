// AWS's own codes, words and statuses for authentication failures, by dialect. The gateway uses
// the last group for what only it can know (keys and tokens it has looked up).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "wire/sigv4/sigv4.h"

namespace stormglass::wire::sigv4 {

Unexpected signature_mismatch(Flavour flavour);
Unexpected incomplete_signature(Flavour flavour, std::string message);
/// The credential's scope or time is wrong, in `message`'s words.
Unexpected bad_scope(Flavour flavour, std::string message);
Unexpected malformed_query_credential(std::string message);  // S3 only.
Unexpected too_skewed(Flavour flavour, base::Time signed_at, base::Time now);
Unexpected presigned_expired(Flavour flavour, base::Time signed_at, base::Time expired_at,
                             base::Time now);
Unexpected unsupported_algorithm(Flavour flavour, std::string_view algorithm);
Unexpected headers_not_signed();  // S3 only.

/// The request carries no credential where one is needed.
Unexpected missing_authentication(Flavour flavour);
/// No such access key (or it is inactive).
Unexpected unknown_access_key(Flavour flavour);
/// A session token that is not the key's own.
Unexpected invalid_token(Flavour flavour);
Unexpected expired_token(Flavour flavour);

}  // namespace stormglass::wire::sigv4
