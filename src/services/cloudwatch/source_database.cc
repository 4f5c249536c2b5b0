#include "services/cloudwatch/source_database.h"

namespace stormglass::cloudwatch {
namespace {

/// As one sample for the instance, and one for its class.
class Writer {
public:
    Writer(const rds::InstanceFigures& figures, base::Time minute)
        : figures_(figures), minute_(minute), out_{figures.account, figures.region, {}} {}

    template <class Number>
    void add(const char* name, const char* unit, const std::optional<Number>& value) {
        if (!value) return;
        Sample sample{.metric_namespace = "AWS/RDS",
                      .name = name,
                      .dimensions = {{"DBInstanceIdentifier", figures_.identifier}},
                      .unit = unit,
                      .time = minute_,
                      .values = {{static_cast<double>(*value)}},
                      .statistics = {}};
        out_.samples.push_back(sample);
        sample.dimensions = {{"DatabaseClass", figures_.instance_class}};
        out_.samples.push_back(std::move(sample));
    }
    MetricSource::Measured take() { return std::move(out_); }

private:
    const rds::InstanceFigures& figures_;
    base::Time minute_;
    MetricSource::Measured out_;
};

}  // namespace

Result<std::vector<MetricSource::Measured>> DatabaseMetrics::measure(base::Time minute) {
    std::vector<Measured> all;
    for (const auto& one : TRY(figures_.figures())) {
        Writer writer(one, minute);
        writer.add("CPUUtilization", "Percent", one.cpu_percent);
        writer.add("DatabaseConnections", "Count", one.connections);
        writer.add("FreeStorageSpace", "Bytes", one.free_storage_bytes);
        writer.add("FreeableMemory", "Bytes", one.freeable_memory_bytes);
        writer.add("ReplicaLag", "Seconds", one.replica_lag_seconds);
        writer.add("Queries", "Count/Second", one.queries_per_second);
        writer.add("BinLogDiskUsage", "Bytes", one.binlog_bytes);
        all.push_back(writer.take());
    }
    return all;
}

}  // namespace stormglass::cloudwatch
