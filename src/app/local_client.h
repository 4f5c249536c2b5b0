// The command line's own HTTP client: one request to the daemon over loopback.
#pragma once

#include <functional>
#include <string>

#include "app/realm_paths.h"

namespace stormglass::app {

/// The body of GET `path` at the daemon; an error unless it answers 200.
Result<std::string> get_own(const DaemonFacts& daemon, const std::string& path);
/// The body of the answer to a POST of JSON, signed by root; an error unless it is 200.
Result<std::string> post_own(const DaemonFacts& daemon, const RootCredentials& root,
                             const std::string& path, const std::string& body);
/// As get_own(), handing on the body as it arrives, until it ends or `take` returns false.
Result<void> stream_own(const DaemonFacts& daemon, const std::string& path,
                        const std::function<bool(std::string_view)>& take);

}  // namespace stormglass::app
