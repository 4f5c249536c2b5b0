#include "planes/lb/access_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

constexpr std::size_t flush_at = 32 * 1024;
constexpr std::size_t random_letters = 8;
constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

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
    line += fmt::format(
        "{} {} \"{}\" \"{}\" \"{}\" \"{}\" \"{}\" \"{}\" \"{}\" {} "
        "\"-\" \"-\" \"-\"\n",  // Host and URI as rewritten: no rule rewrites here.
        r.rule_priority, timestamp(r.received_us), or_dash(r.actions), or_dash(r.redirect_url),
        or_dash(r.error_reason), or_dash(r.target), code(r.target_status),
        or_dash(r.classification), or_dash(r.classification_reason), or_dash(r.connection_id));
    return line;
}

void AccessLog::set_place(AccessLogPlace place) {
    if (place == place_) return;
    finish();
    place_ = std::move(place);
}

void AccessLog::add(const LogRecord& record) {
    if (!enabled()) return;
    if (buffer_.size() > limits::log_buffer_max) return count(dropped_);
    buffer_ += format_log_line(record);
    ++buffered_lines_;
    if (buffer_.size() >= flush_at) flush();
}

void AccessLog::flush() {
    if (!enabled()) return;
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    if (file_.valid() && (now >= ends_at_ || written_ >= limits::log_file_max)) hand_over();
    if (!buffer_.empty()) write_buffer(now);
}

void AccessLog::finish() {
    flush();
    hand_over();
}

void AccessLog::write_buffer(std::int64_t now) {
    auto written = file_.valid() ? Result<void>{} : begin_file(now);
    if (written) written = base::write_all(file_.get(), buffer_);
    if (written) {
        written_ += buffer_.size();
    } else {
        count(dropped_, buffered_lines_);
    }
    buffer_.clear();
    buffered_lines_ = 0;
}

Result<void> AccessLog::begin_file(std::int64_t now) {
    TRY(base::make_directories(place_.folder));
    make_room();
    const std::int64_t period = std::max(place_.period_seconds, 1);
    ends_at_ = (now / period + 1) * period;
    written_ = 0;
    path_ =
        fmt::format("{}/{}-{}", place_.folder, ends_at_, random_.pick(random_letters, alphabet));
    const std::string open_path = path_ + ".open";
    file_ =
        base::UniqueFd(::open(open_path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!file_.valid()) return fail_errno("open " + open_path);
    return {};
}

void AccessLog::hand_over() {
    if (!file_.valid()) return;
    file_.reset();
    // It fails only when the file was taken away meanwhile, which is what this is for.
    if (std::rename((path_ + ".open").c_str(), (path_ + ".log").c_str()) != 0) {
        spdlog::info("access log: {} is gone already", path_);
    }
}

/// When nobody takes the files away, the oldest go: the disk is not ours alone.
void AccessLog::make_room() {
    namespace fs = std::filesystem;
    std::error_code ignored;
    std::vector<std::pair<std::string, std::uintmax_t>> files;
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(place_.folder, ignored)) {
        const auto size = entry.is_regular_file(ignored) ? entry.file_size(ignored) : 0;
        files.emplace_back(entry.path(), size);
        bytes += size;
    }
    std::sort(files.begin(), files.end());
    for (const auto& [path, size] : files) {
        if (bytes <= limits::log_folder_max) return;
        spdlog::warn("access log: {} is deleted unread, there are too many", path);
        fs::remove(path, ignored);
        bytes -= size;
    }
}

}  // namespace stormglass::lb
