// The rest-json binding (FIS): method and path name the operation, members travel in path, query
// string and a JSON body. https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
#pragma once

#include "wire/protocol.h"

namespace stormglass::wire {

/// Finds the operation by method and path; fills `operation` and `operation_name`.
Result<void> route_rest_json(Routed& routed, const net::Request& http);
Result<void> read_rest_json_input(const Routed& routed, void* input, Problems& problems);

}  // namespace stormglass::wire
