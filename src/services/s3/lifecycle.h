// Carries out the lifecycle rules of all buckets, by the control plane's clock: what AWS does once
// a day happens within some seconds of midnight UTC here.
#pragma once

#include "base/clock.h"
#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/s3/lifecycle_rules.h"
#include "services/s3/service.h"

namespace stormglass::s3 {

/// On one thread. Looks through buckets that have rules, and never takes more than a small part of
/// the time for it.
class Lifecycle final : public services::Reconciler {
public:
    Lifecycle(Service& s3, store::Store& store, const base::Clock& clock,
              services::Timeline& timeline)
        : s3_(s3), store_(store), clock_(clock), timeline_(timeline) {}
    std::string_view name() const override { return "s3-lifecycle"; }
    Result<base::Millis> reconcile() override;

private:
    Result<void> keep(const Bucket& bucket, const std::vector<api::LifecycleRule>& rules);
    Result<std::size_t> expire(const Bucket& bucket, const std::vector<std::string>& keys);
    Result<std::size_t> abort(const Bucket& bucket, const std::vector<Upload>& due);

    Service& s3_;
    store::Store& store_;
    const base::Clock& clock_;
    services::Timeline& timeline_;
    base::Time next_{};
};

}  // namespace stormglass::s3
