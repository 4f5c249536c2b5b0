// Sends what SNS delivers: POSTs over HTTP and HTTPS, and mail over SMTP; many at a time, without
// waiting.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

namespace stormglass::sns {

/// How long an endpoint may take to answer, in real time (AWS's own 15 seconds).
inline constexpr base::Seconds answer_wait_max{15};

struct Outgoing {
    std::string id;  // Of the delivery; comes back in its outcome.
    std::string url;
    std::vector<std::string> headers;  // "Name: value"; HTTP only.
    std::string body;                  // Of mail: the whole message with its headers.
    std::string mail_from, mail_to;    // Both empty: HTTP.
};

struct Sent {
    std::string id;
    int status = 0;     // Of HTTP or SMTP; 0: there was no answer.
    std::string error;  // Why there was none.
};

/// Used by one thread.
class Transport {
public:
    virtual ~Transport() = default;
    virtual void start(Outgoing outgoing) = 0;
    /// What has ended, after waiting up to `wait` for the first to end.
    virtual std::vector<Sent> collect(base::Millis wait) = 0;
};

/// `ours`, and what the file named by STORMGLASS_SNS_CA holds: PEM, one certificate after the
/// other. A user who listens over HTTPS on this machine names the authority of that listener there.
std::string trusted_authorities(std::string ours);

/// By libcurl. HTTPS endpoints are trusted by the system's authorities or by those in `ca_pem`;
/// redirects are not followed.
std::unique_ptr<Transport> make_curl_transport(std::string ca_pem);

}  // namespace stormglass::sns
