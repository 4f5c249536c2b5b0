// Time is injected: nothing but clock.cc reads the real clock for control-plane decisions.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stormglass::base {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Days = std::chrono::days;
/// Wall-clock time since 1970-01-01 UTC, in milliseconds (AWS shows no finer).
using Time = std::chrono::sys_time<Millis>;

/// Thread-safe source of the control plane's time.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
};

/// Real time, run `speed` times as fast from the moment of construction (`--clock-speed`).
class SystemClock final : public Clock {
public:
    explicit SystemClock(double speed = 1.0);
    Time now() const override;

private:
    Time start_;
    std::chrono::steady_clock::time_point started_;
    double speed_;
};

/// Time that stands still until it is moved; for tests and simulation.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Time start = Time{Seconds{1'760'000'000}}) : now_(start) {}
    Time now() const override;
    void advance(Millis by);

private:
    mutable std::mutex mutex_;
    Time now_;
};

/// "2026-11-24T15:02:57.123Z"
std::string iso8601_millis(Time time);
/// "2026-11-24T15:02:57Z"
std::string iso8601_seconds(Time time);
/// "Tue, 24 Nov 2026 15:02:57 GMT" (RFC 9110 section 5.6.7)
std::string http_date(Time time);
/// "20261124T150257Z", as signatures carry it.
std::string amz_date(Time time);
/// Reads any of the forms above, ISO 8601 with or without fraction, 'Z' or "+00:00".
Result<Time> parse_time(std::string_view text);
/// Seconds since the epoch, with milliseconds, as AWS's JSON protocols write time.
double epoch_seconds(Time time);
Time from_epoch_seconds(double seconds);

}  // namespace stormglass::base
