// Real and manual clocks, and the textual forms of time that AWS's protocols use.
#include "base/clock.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <ctime>

namespace stormglass::base {
namespace {

Time real_now() {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
}

std::tm utc(Time time) {
    const std::time_t seconds =
        std::chrono::floor<Seconds>(time).time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return parts;
}

int millis_of(Time time) {
    return static_cast<int>((time - std::chrono::floor<Seconds>(time)).count());
}

std::string format(Time time, const char* pattern) {
    const std::tm parts = utc(time);
    char text[64];
    const std::size_t length = std::strftime(text, sizeof text, pattern, &parts);
    return {text, length};
}

}  // namespace

SystemClock::SystemClock(double speed)
    : start_(real_now()), started_(std::chrono::steady_clock::now()), speed_(speed) {}

Time SystemClock::now() const {
    if (speed_ == 1.0) return real_now();
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - started_;
    return start_ + Millis{static_cast<std::int64_t>(passed.count() * speed_)};
}

Time ManualClock::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

void ManualClock::advance(Millis by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
}

std::string iso8601_millis(Time time) {
    return fmt::format("{}.{:03}Z", format(time, "%Y-%m-%dT%H:%M:%S"), millis_of(time));
}
std::string iso8601_seconds(Time time) { return format(time, "%Y-%m-%dT%H:%M:%SZ"); }
std::string http_date(Time time) { return format(time, "%a, %d %b %Y %H:%M:%S GMT"); }
std::string amz_date(Time time) { return format(time, "%Y%m%dT%H%M%SZ"); }

Result<Time> parse_time(std::string_view text) {
    const std::string owned(text);
    for (const char* pattern : {"%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%S", "%a, %d %b %Y %H:%M:%S",
                                "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        std::tm parts{};
        const char* rest = strptime(owned.c_str(), pattern, &parts);
        if (rest == nullptr) continue;
        Time time{Seconds{timegm(&parts)}};
        if (*rest == '.') {
            char* end = nullptr;
            const double fraction = std::strtod(rest, &end);
            time += Millis{std::lround(fraction * 1000)};
            rest = end;
        }
        const std::string_view zone(rest);
        if (zone.empty() || zone == "Z" || zone == " GMT" || zone == "+00:00" || zone == "+0000") {
            return time;
        }
    }
    return fail(Domain::config, "BadTime", "not a time: " + owned);
}

double epoch_seconds(Time time) {
    return static_cast<double>(time.time_since_epoch().count()) / 1000.0;
}

Time from_epoch_seconds(double seconds) {
    return Time{Millis{std::llround(seconds * 1000.0)}};
}

}  // namespace stormglass::base
