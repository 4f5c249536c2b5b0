// Doing something inside a network namespace from a process that lives in another one.
//
// Only a thread of its own ever calls setns(), and it ends afterwards: no thread of a pool can be
// left behind in the wrong namespace. A socket keeps the namespace it was made in, so descriptors
// returned from here work from any thread. Threading: everything here may be called from anywhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace stormglass::substrate::netns {

/// Opens a namespace file for the calls below.
Result<base::UniqueFd> open_namespace(const std::string& path);
/// Runs `work` on a thread inside the namespace and waits for it. Mounts, users and everything else
/// stay the caller's. /proc/sys/net shows the namespace's own settings there.
Result<void> run_in_namespace(int namespace_fd, const std::function<Result<void>()>& work);
Result<void> run_in_namespace(const std::string& path, const std::function<Result<void>()>& work);

/// A listening TCP socket (close-on-exec, blocking). Port 0: the kernel picks one.
Result<int> listen_in(const std::string& path, const std::string& address, std::uint16_t port);
/// A bound UDP socket.
Result<int> bind_udp_in(const std::string& path, const std::string& address, std::uint16_t port);

struct ConnectOptions {
    std::chrono::milliseconds timeout{std::chrono::seconds{5}};
    std::string source_address;  // Empty: as the namespace's routes say.
};
/// A connected TCP socket (close-on-exec, blocking).
Result<int> connect_in(const std::string& path, const std::string& address, std::uint16_t port,
                       const ConnectOptions& options = {});

}  // namespace stormglass::substrate::netns
