// The access log: one line per request in AWS's format, buffered and appended to a file that
// somebody else rotates (rename it, then SIGHUP).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "planes/lb/target_state.h"

namespace stormglass::lb {

/// Times are wall-clock microseconds since 1970; 0 = never happened.
struct LogRecord {
    std::string_view type = "http";  // http, https, ws, wss.
    std::int64_t received_us = 0;    // First byte of the request.
    std::int64_t dispatched_us = 0;  // Head given to the target.
    std::int64_t answered_us = 0;    // Head of the target's response.
    std::int64_t finished_us = 0;    // Last byte given to the client.
    std::string_view load_balancer;
    std::string_view client_address;
    int client_port = 0;
    std::string target;  // "10.0.1.5:80"; empty = none.
    int elb_status = 0;
    int target_status = 0;  // 0 = none.
    std::int64_t received_bytes = 0;
    std::int64_t sent_bytes = 0;
    std::string method;
    std::string url;  // Whole: "http://host:80/path?query".
    std::string http_version;
    std::string user_agent;
    std::string_view tls_cipher;
    std::string_view tls_version;
    std::string_view target_group_arn;
    std::string_view trace_id;
    std::string domain_name;  // From SNI.
    std::string_view certificate_arn;
    int rule_priority = -1;  // 0 = default rule, -1 = none reached.
    std::string actions;     // "forward", "redirect", "fixed-response".
    std::string redirect_url;
    std::string_view error_reason;
    std::string_view classification;
    std::string_view classification_reason;
    std::string connection_id;  // "TID_..."
};

std::string format_log_line(const LogRecord& record);

class AccessLog {
public:
    explicit AccessLog(Counter& dropped) : dropped_(dropped) {}
    /// Opens the file (anew); an empty path turns logging off.
    Result<void> open(const std::string& path);
    bool enabled() const { return fd_.valid(); }
    void add(const LogRecord& record);
    /// Writes what is buffered; what the disk refuses is counted and dropped.
    void flush();

private:
    Counter& dropped_;  // Lines; of NodeState.
    base::UniqueFd fd_;
    std::string buffer_;
    std::int64_t buffered_lines_ = 0;
};

}  // namespace stormglass::lb
