// What the daemon tells an instance's init, as JSON on its stdin: never in argv and never on disk,
// because user data often holds secrets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace stormglass::substrate {

struct BootConfig {
    std::string id;
    std::string folder;      // The instance's own on the host: upper, work, mount, console.log.
    std::string image_root;  // "/" means the host's own file system, with its private parts hidden.
    std::vector<std::string> hidden_folders;  // Of the host, besides those that are always hidden.
    std::string hostname, dns_server, search_domain;
    std::string user_data_base64;  // It may be gzip, which JSON text could not carry.
    std::string ca_certificate_pem;
    std::int64_t root_volume_bytes = 0;
};
STORMGLASS_JSON(BootConfig, id, folder, image_root, hidden_folders, hostname, dns_server,
                search_domain, user_data_base64, ca_certificate_pem, root_volume_bytes)

// Descriptors the init is started with, besides 0 (this JSON), 1 and 2 (the console log).
inline constexpr int status_descriptor = 3;  // It writes "pid N", then "ready" or "error TEXT".
inline constexpr int go_descriptor = 4;      // It waits here until it has been written down.

/// Names inside BootConfig::folder.
inline constexpr char console_file[] = "console.log";
inline constexpr char console_rotated_file[] = "console.log.1";
inline constexpr char exit_file[] = "exit";  // The init's exit status, written as it ends.

}  // namespace stormglass::substrate
