#include "planes/lb/access_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

constexpr std::size_t flush_at = 32 * 1024;

std::string timestamp(std::int64_t us) {
    auto text = base::iso8601_seconds(
        std::chrono::floor<base::Seconds>(base::Time{base::Millis{us / 1000}}));
    text.pop_back();  // The 'Z'.
    return fmt::format("{}.{:06}Z", text, us % 1'000'000);
}

/// Seconds with three decimals, -1 when either end is missing.
std::string span(std::int64_t from, std::int64_t to) {
    if (from == 0 || to == 0) return "-1";
    return fmt::format("{:.3f}", static_cast<double>(std::max<std::int64_t>(to - from, 0)) / 1e6);
}

/// AWS writes quotes and control bytes of what clients send as \x22 and the like.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') {
            out += fmt::format("\\x{:02X}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

std::string_view or_dash(std::string_view text) { return text.empty() ? "-" : text; }

std::string code(int status) { return status == 0 ? "-" : fmt::format("{}", status); }

}  // namespace

std::string format_log_line(const LogRecord& r) {
    const auto request = r.method.empty() ? fmt::format("- {}- -", r.url)
                                          : fmt::format("{} {} {}", escaped(r.method),
                                                        escaped(r.url), escaped(r.http_version));
    const auto agent =
        escaped(std::string_view(r.user_agent).substr(0, limits::user_agent_log_max));
    auto line = fmt::format(
        "{} {} {} {}:{} {} {} {} {} {} {} {} {} \"{}\" \"{}\" {} {} {} \"{}\" \"{}\" \"{}\" ",
        r.type, timestamp(r.finished_us), or_dash(r.load_balancer), r.client_address, r.client_port,
        or_dash(r.target), span(r.received_us, r.dispatched_us),
        span(r.dispatched_us, r.answered_us), span(r.answered_us, r.finished_us),
        code(r.elb_status), code(r.target_status), r.received_bytes, r.sent_bytes, request,
        or_dash(agent), or_dash(r.tls_cipher), or_dash(r.tls_version), or_dash(r.target_group_arn),
        or_dash(r.trace_id), or_dash(escaped(r.domain_name)), or_dash(r.certificate_arn));
    line += fmt::format("{} {} \"{}\" \"{}\" \"{}\" \"{}\" \"{}\" \"{}\" \"{}\" {}\n",
                        r.rule_priority, timestamp(r.received_us), or_dash(r.actions),
                        or_dash(r.redirect_url), or_dash(r.error_reason), or_dash(r.target),
                        code(r.target_status), or_dash(r.classification),
                        or_dash(r.classification_reason), or_dash(r.connection_id));
    return line;
}

Result<void> AccessLog::open(const std::string& path) {
    flush();
    fd_.reset();
    if (path.empty()) return {};
    fd_ = base::UniqueFd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!fd_.valid()) return fail_errno("open " + path);
    return {};
}

void AccessLog::add(const LogRecord& record) {
    if (!enabled()) return;
    if (buffer_.size() > limits::log_buffer_max) return count(dropped_);
    buffer_ += format_log_line(record);
    ++buffered_lines_;
    if (buffer_.size() >= flush_at) flush();
}

void AccessLog::flush() {
    if (buffer_.empty() || !fd_.valid()) return;
    if (!base::write_all(fd_.get(), buffer_)) count(dropped_, buffered_lines_);
    buffer_.clear();
    buffered_lines_ = 0;
}

}  // namespace stormglass::lb
