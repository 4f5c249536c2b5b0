// Objects that AWS services put into buckets on their own behalf, as far as the bucket's policy lets
// them: PutObject as the service's principal.
#pragma once

#include "base/clock.h"
#include "services/common/object_delivery.h"
#include "services/s3/service.h"

namespace stormglass::s3 {

class Delivery final : public services::ObjectDelivery {
public:
    Delivery(Service& s3, store::Store& store, const base::Clock& clock)
        : s3_(s3), store_(store), clock_(clock) {}
    Result<void> deliver(const services::DeliverySender& sender,
                         services::DeliveredObject object) override;

private:
    Result<void> check_policy(const Bucket& bucket, const services::DeliverySender& sender,
                              const std::string& key) const;

    Service& s3_;
    store::Store& store_;
    const base::Clock& clock_;
};

}  // namespace stormglass::s3
