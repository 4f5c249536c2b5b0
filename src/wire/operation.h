// Generated tables of operations: what the gateway needs to route, authorise and call one.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "wire/shapes.h"

namespace stormglass::wire {

class Request;

/// How a service speaks. CloudWatch speaks three; the gateway picks by the request's headers.
enum class Protocol : std::uint8_t { json, query, ec2, rest_xml, cbor, rest_json };

/// Who checks that the caller may do it: the gateway, by the template in operations.txt, or the
/// handler, through Request::authorize() (the gateway then insists that it was called).
enum class Authorization : std::uint8_t { by_template, by_handler, none };

/// `manual`: the handler begins and commits by itself, so that no lock is held while a body is read.
enum class TxMode : std::uint8_t { read, write, manual };

/// The gateway's side of one call: reads the input, then checks and authorises it; writes the output.
class Exchange {
public:
    virtual ~Exchange() = default;
    virtual Result<void> read_input(void* input) = 0;
    virtual Result<void> write_output(const void* output) = 0;
};

struct Operation {
    const char* name;
    const Shape* input;
    const Shape* output;
    const char* http_method;
    const char* http_path;     // rest: "/{Bucket}/{Key+}?acl".
    int success_status;
    const char* result_wrapper;  // query: "CreateTopicResult", or null.
    Authorization authorization;
    const char* action;        // "ssm:GetParameter"
    const char* resource;      // Template of the ARN, e.g. "arn:{partition}:...:parameter/{Name}".
    TxMode tx_mode;
    Result<void> (*call)(void* api, Request& request, Exchange& exchange);
};

/// An error that the model names, with the code and status it has on the wire.
struct ModelledError {
    const char* shape;
    const char* code;
    int http_status;
};

struct ServiceModel {
    const char* name;             // Our folder: "elbv2".
    const char* signing_name;     // "elasticloadbalancing"
    const char* action_prefix;    // "elasticloadbalancing"
    const char* json_target;      // "AmazonSSM" or null.
    const char* json_version;     // "1.0", "1.1"
    const char* api_version;      // "2016-11-15"
    const char* xml_namespace;
    const char* service_id;       // "Elastic Load Balancing v2"
    std::span<const Protocol> protocols;
    std::span<const Operation> operations;      // Sorted by name.
    std::span<const char* const> published;     // Every operation that AWS publishes, sorted.
    std::span<const ModelledError> errors;
    const char* const* query_error_codes = nullptr;  // awsQueryCompatible pairs, null-terminated.

    const Operation* find(std::string_view operation) const;
    bool publishes(std::string_view operation) const;
};

}  // namespace stormglass::wire
