#include "services/s3/storage_metrics.h"

namespace stormglass::s3 {
namespace {

struct Held {
    double bytes = 0, objects = 0;
};

/// All versions count; delete markers are no objects.
Result<std::map<std::string, Held>> held_by_bucket(store::Tx& tx) {
    std::map<std::string, Held> all;
    TRY(versions.scan(tx, {}, [&](const std::vector<std::string>& parts, Version& version) {
        if (version.delete_marker) return;
        Held& held = all[parts.front()];
        held.bytes += static_cast<double>(version.size);
        held.objects += 1;
    }));
    return all;
}

cloudwatch::Sample sample(const std::string& bucket, const char* name, const char* unit,
                          const char* storage, base::Time time, double value) {
    return {.metric_namespace = "AWS/S3",
            .name = name,
            .dimensions = {{"BucketName", bucket}, {"StorageType", storage}},
            .unit = unit,
            .time = time,
            .values = {{value}},
            .statistics = {}};
}

}  // namespace

Result<std::vector<cloudwatch::MetricSource::Measured>> StorageMetrics::measure(base::Time minute) {
    const base::Time day = std::chrono::floor<base::Days>(minute);
    if (minute + std::chrono::minutes{1} < day + base::Days{1}) return std::vector<Measured>{};
    const auto tx = store_.read();
    auto held = TRY(held_by_bucket(*tx));
    std::vector<Measured> all;
    for (const auto& bucket : TRY(buckets.all(*tx))) {
        const Held& one = held[bucket.name];
        Measured measured{bucket.account, bucket.region, {}};
        measured.samples.push_back(
            sample(bucket.name, "BucketSizeBytes", "Bytes", "StandardStorage", day, one.bytes));
        measured.samples.push_back(
            sample(bucket.name, "NumberOfObjects", "Count", "AllStorageTypes", day, one.objects));
        all.push_back(std::move(measured));
    }
    return all;
}

}  // namespace stormglass::s3
