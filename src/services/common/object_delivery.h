// What an AWS service writes into somebody's bucket on its own behalf (a balancer's access log): S3
// takes it if the bucket's policy lets that service.
#pragma once

#include <string>

#include "base/result.h"

namespace stormglass::services {

/// Who writes, and for whom.
struct DeliverySender {
    std::string service;         // Principal: "logdelivery.elasticloadbalancing.amazonaws.com".
    std::string service_account; // AWS's own account of that service, as older policies name it; or "".
    std::string region;          // The bucket must be in it.
    std::string source_account;  // aws:SourceAccount, whose resource this is about.
    std::string source_arn;      // aws:SourceArn.
};

struct DeliveredObject {
    std::string bucket, key, content_type, body;
};

/// Implemented by the s3 service. Thread-safe. The caller holds no transaction.
class ObjectDelivery {
public:
    virtual ~ObjectDelivery() = default;
    /// aws errors: NoSuchBucket, WrongRegion, AccessDenied (what S3 says). Durable when it returns;
    /// the same key again replaces the object, as every PutObject does.
    virtual Result<void> deliver(const DeliverySender& sender, DeliveredObject object) = 0;
};

}  // namespace stormglass::services
