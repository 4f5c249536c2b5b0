// Which service and operation a request is for, from its credential, headers, host and form.
#pragma once

#include "wire/protocol.h"
#include "wire/sigv4/sigv4.h"

namespace stormglass::wire {

/// What names the service: the credential's scope first, since it is signed.
struct ServiceHint {
    std::string signing_name;  // "monitoring"; empty when there is no credential.
    std::string json_target;   // "AmazonSSM"; empty without X-Amz-Target or CBOR path.
    std::string api_version;   // Of a query, in its query string.
    bool matches(const ServiceModel& model) const;
};
ServiceHint service_hint(const net::Request& http, const sigv4::Credential* credential);

Protocol protocol_of(const net::Request& http, const ServiceModel* model);
sigv4::Flavour flavour_of(Protocol protocol);
/// Before the service is known: enough to word a malformed credential.
sigv4::Flavour flavour_of_request(const net::Request& http);

/// json, cbor, query, ec2, rest_json: fills operation (and form). An operation we lack is a 4xx
/// that names it.
Result<void> find_operation(Routed& routed, const net::Request& http);

/// "BUCKET" of a virtual-hosted S3 request ("BUCKET.s3.REGION.amazonaws.com"), else empty.
std::string bucket_of_host(const net::Request& http);

}  // namespace stormglass::wire
