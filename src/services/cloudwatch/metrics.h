// Where our own services' measurements go in (publish.h).
#pragma once

#include "services/cloudwatch/publish.h"
#include "store/store.h"

namespace stormglass::cloudwatch {

class Metrics final : public Publisher {
public:
    explicit Metrics(store::Store& store) : store_(store) {}
    Result<void> publish(const std::string& account, const std::string& region,
                         const std::vector<Sample>& samples) override;
    Result<void> publish(wire::Request& request, const std::vector<Sample>& samples) override;

private:
    store::Store& store_;
};

}  // namespace stormglass::cloudwatch
