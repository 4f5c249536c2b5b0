// Every bound of a balancer node, in one place. Those marked AWS are documented by AWS.
#pragma once

#include <chrono>
#include <cstddef>

namespace stormglass::lb::limits {

constexpr std::size_t request_line_max = 16 * 1024;      // AWS.
constexpr std::size_t header_line_max = 16 * 1024;       // AWS: one header.
constexpr std::size_t request_headers_max = 64 * 1024;   // AWS: all headers of a request.
constexpr std::size_t response_headers_max = 32 * 1024;  // AWS: all headers of a response.
constexpr std::size_t header_fields_max = 1000;          // Of one request or response.
constexpr std::size_t trace_headers_max = 7 * 1024;      // AWS: above, the trace id is cut.
constexpr std::size_t redirect_location_max = 8 * 1024;  // AWS.
constexpr std::size_t forwarded_addresses_max = 30;      // AWS: more gives 463.
constexpr std::size_t user_agent_log_max = 8 * 1024;     // AWS: access log.
constexpr std::size_t chunk_line_max = 4 * 1024;         // Size and extensions of one chunk.
constexpr std::size_t trailers_max = 16 * 1024;
constexpr std::size_t client_connections_max = 20'000;     // Of one worker thread.
constexpr std::size_t idle_targets_connections_max = 256;  // Kept for reuse, per target and worker.
constexpr std::size_t read_size = 16 * 1024;               // One read from a socket.
constexpr std::size_t large_read_size = 64 * 1024;         // Once one was filled.
constexpr std::size_t buffered_max = 64 * 1024;            // Per direction, before we stop reading.
constexpr std::size_t log_buffer_max = 4 * 1024 * 1024;    // Access log lines not yet written.
constexpr std::size_t log_file_max =
    16 * 1024 * 1024;  // Then the next file, also within one interval.
constexpr std::size_t log_folder_max = 256 * 1024 * 1024;  // Of files that nobody took away.
constexpr std::size_t accepts_per_round = 64;
constexpr int rounds_per_turn = 16;                  // Of one connection, before others run.
constexpr std::size_t discard_max = 1024 * 1024;     // Of a body that nobody wants.
constexpr std::size_t health_body_max = 256 * 1024;  // Read and thrown away.
constexpr std::size_t config_file_max = 64 * 1024 * 1024;

constexpr std::chrono::seconds connect_timeout{10};     // AWS.
constexpr std::chrono::seconds target_tls_timeout{10};  // AWS.
constexpr std::chrono::seconds client_tls_timeout{10};
constexpr std::chrono::seconds linger_timeout{2};  // Reads on after an early close.
constexpr std::chrono::seconds shutdown_grace{5};

}  // namespace stormglass::lb::limits
