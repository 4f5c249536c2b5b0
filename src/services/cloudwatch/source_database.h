// AWS/RDS: what DB instances use, as rds measures it.
#pragma once

#include "services/cloudwatch/publish.h"
#include "services/rds/figures.h"

namespace stormglass::cloudwatch {

class DatabaseMetrics final : public MetricSource {
public:
    explicit DatabaseMetrics(rds::FigureSource& figures) : figures_(figures) {}
    std::string_view source_name() const override { return "AWS/RDS"; }
    Result<std::vector<Measured>> measure(base::Time minute) override;

private:
    rds::FigureSource& figures_;
};

}  // namespace stormglass::cloudwatch
