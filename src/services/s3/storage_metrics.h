// AWS/S3's two daily metrics: what each bucket holds.
#pragma once

#include "services/cloudwatch/publish.h"
#include "services/s3/records.h"

namespace stormglass::s3 {

class StorageMetrics final : public cloudwatch::MetricSource {
public:
    explicit StorageMetrics(store::Store& store) : store_(store) {}
    std::string_view source_name() const override { return "AWS/S3"; }
    /// Something once a day, in the minute that ends it.
    Result<std::vector<Measured>> measure(base::Time minute) override;

private:
    store::Store& store_;
};

}  // namespace stormglass::s3
