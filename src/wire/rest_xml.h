// The rest-xml binding (S3): members in path, query string, headers and body.
#pragma once

#include "wire/protocol.h"

namespace stormglass::wire {

/// Finds the operation by method, bucket, key and sub-resource; fills bucket, key and
/// operation_name. Null operation with a name: AWS has it, we lack it.
Result<void> route_rest(Routed& routed, const net::Request& http, std::string_view virtual_bucket);
Result<void> read_rest_input(const Routed& routed, Request& request, void* input,
                             Problems& problems);
net::Response write_rest_output(const Routed& routed, Request& request, const void* output);

}  // namespace stormglass::wire
