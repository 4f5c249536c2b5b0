// Bound, non-blocking sockets and what the kernel says about their other end.
#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::vpc {

enum class SocketKind { datagram, stream };  // A stream listens.

Result<base::UniqueFd> bind_socket(SocketKind kind, const std::string& address, std::uint16_t port);
Result<std::uint16_t> bound_port(int fd);

}  // namespace stormglass::vpc
