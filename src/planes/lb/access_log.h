// The access log: one line per request in AWS's format, in files of one interval each that somebody
// else takes away (README.md, "Access log").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/random.h"
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

/// Where lines go, and how long one file's interval is.
struct AccessLogPlace {
    std::string folder;  // Empty: nothing is logged.
    int period_seconds = 0;
    bool operator==(const AccessLogPlace&) const = default;
};

/// One worker's: its files are its own. A file is "END-RANDOM.open" (END: Unix seconds of its
/// interval's end) while it may grow, "END-RANDOM.log" once it is whole.
class AccessLog {
public:
    AccessLog(Counter& dropped, base::Random& random) : dropped_(dropped), random_(random) {}
    ~AccessLog() { finish(); }
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;

    /// From now on; what was written before is handed over.
    void set_place(AccessLogPlace place);
    bool enabled() const { return !place_.folder.empty(); }
    void add(const LogRecord& record);
    /// Writes what is buffered and hands over a file whose interval is over; what the disk refuses
    /// is counted and dropped.
    void flush();
    /// Writes what is buffered and hands the file over now.
    void finish();

private:
    void write_buffer(std::int64_t now);
    Result<void> begin_file(std::int64_t now);
    void hand_over();
    void make_room();

    Counter& dropped_;  // Lines; of NodeState.
    base::Random& random_;
    AccessLogPlace place_;
    base::UniqueFd file_;
    std::string path_;  // Of the file, without ".open".
    std::int64_t ends_at_ = 0;
    std::size_t written_ = 0;
    std::string buffer_;
    std::int64_t buffered_lines_ = 0;
};

}  // namespace stormglass::lb
