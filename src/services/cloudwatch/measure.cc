#include "services/cloudwatch/measure.h"

#include "services/cloudwatch/tiers.h"

namespace stormglass::cloudwatch {
namespace {

constexpr base::Seconds minute{60}, after_minute{2};

Result<void> publish_one(Publisher& publisher, MetricSource& source, base::Time time) {
    for (const auto& measured : TRY(source.measure(time))) {
        TRY(publisher.publish(measured.account, measured.region, measured.samples));
    }
    return {};
}

}  // namespace

Result<base::Millis> Measure::reconcile() {
    const base::Time now = clock_.now();
    if (now < next_) return real_rest(next_ - now, clock_speed_);
    const base::Time ended = floor_to(now, minute);
    next_ = ended + minute + after_minute;
    Result<void> outcome;
    for (auto* source : sources_) {
        auto done = publish_one(publisher_, *source, ended - minute);
        if (done || !outcome) continue;
        outcome = fail(done.error().domain, done.error().code,
                       fmt::format("{}: {}", source->source_name(), done.error().message));
    }
    TRY(std::move(outcome));
    return real_rest(next_ - clock_.now(), clock_speed_);
}

}  // namespace stormglass::cloudwatch
