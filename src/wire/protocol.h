// The wire protocols: how an operation's input is found in a request, how its output and its errors
// become an answer. Each protocol is a body format and a binding:
//
//   json      one JSON document each way; X-Amz-Target names the operation
//   query     form in, XML out; Action names it
//   ec2       as query, with flat lists in and another envelope out
//   rest_xml  method and path name it; members travel in path, query, headers and body (S3)
//   rest_json method and path name it; members travel in path, query and a JSON body (FIS)
//   cbor      one CBOR document each way; the path names it (CloudWatch)
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_server.h"
#include "wire/body/form.h"
#include "wire/operation.h"
#include "wire/request.h"

namespace stormglass::wire {

inline constexpr std::size_t control_body_max = 8 * 1024 * 1024;  // S3 uploads stream past this.

/// A request as far as routing read it.
struct Routed {
    const ServiceModel* service = nullptr;
    const Operation* operation = nullptr;
    Protocol protocol = Protocol::json;
    void* api = nullptr;
    std::string operation_name;  // As asked, also when we lack it.
    body::Form form;             // query and ec2.
    std::string body;            // Everything but streaming uploads.
    std::string path;            // Decoded where rest_xml needs it raw: as sent.
    std::string query;
    std::string bucket, key;     // rest_xml.
};

Result<void> read_input(const Routed& routed, Request& request, void* input, Problems& problems);
net::Response write_output(const Routed& routed, Request& request, const void* output);
/// Every error becomes its protocol's document; `resource` is shown by S3.
net::Response write_error(Protocol protocol, const ServiceModel* service, const Error& error,
                          const std::string& request_id, std::string_view resource);
/// The words each protocol's services use for inputs that break the model's constraints.
Error describe_problems(const Routed& routed, const Problems& problems);

}  // namespace stormglass::wire
