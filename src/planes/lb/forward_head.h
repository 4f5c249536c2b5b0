// The heads that the balancer passes on: a client's request as the target sees it, and a target's
// response as the client sees it. AWS's rules for X-Forwarded-*, Host, X-Amzn-Trace-Id, hop-by-hop
// fields and invalid names are all here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "planes/lb/buffer.h"
#include "planes/lb/config.h"
#include "planes/lb/http1/body.h"
#include "planes/lb/http1/head.h"
#include "planes/lb/responses.h"
#include "planes/lb/rules.h"

namespace stormglass::lb {

/// What is the same for every request of one client connection.
struct ClientFacts {
    std::string address;
    int port = 0;
    int listener_port = 0;
    bool tls = false;
    std::string tls_version;  // "TLSv1.3", as AWS writes it.
    std::string tls_cipher;
};

enum class XffMode { append, preserve, remove };

/// Attributes, parsed once per configuration.
struct ForwardPolicy {
    XffMode xff_mode = XffMode::append;
    bool xff_client_port = false;
    bool preserve_host = false;
    bool drop_invalid_fields = false;
    bool tls_fields = false;
};
ForwardPolicy make_forward_policy(const LoadBalancerAttributes& attributes);

struct OutgoingRequest {
    const http1::RequestHead& head;
    const TargetParts& target;
    http1::BodyFraming framing;
    bool upgrade = false;       // Pass Connection: upgrade on.
    std::string_view trace_id;  // From make_trace_id().
};

/// Appends to `out`; returns how many fields were dropped for their invalid names.
int write_request_head(std::string& out, const OutgoingRequest& request, const ClientFacts& client,
                       const ForwardPolicy& policy);

/// Addresses that X-Forwarded-For already names (AWS refuses more than 30: 463).
std::size_t count_forwarded(const http1::RequestHead& head);

/// The trace header's value: a new Root, or the client's value with a Self of ours before it.
std::string make_trace_id(const http1::RequestHead& head, base::Random& random,
                          std::int64_t unix_seconds);

struct OutgoingResponse {
    const http1::ResponseHead& head;
    http1::Framing framing = http1::Framing::none;  // Towards the client.
    Persistence persistence = Persistence::keep_alive;
    bool upgrade = false;                               // A 101: Connection: upgrade.
    const std::vector<std::string>* cookies = nullptr;  // Values of Set-Cookie to add.
    std::string_view date;                              // Used when the target gave none.
};
void write_response_head(Buffer& out, const OutgoingResponse& response);

}  // namespace stormglass::lb
