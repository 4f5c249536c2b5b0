// The door through which our own services publish to topics: CloudWatch's alarms, Auto Scaling, RDS
// events, S3 events. A header alone, so that who publishes is not linked with SNS; app hands out
// sns::Service.
//
//   const auto sent = door.publish_as_service(request, {.topic_arn = arn,
//                                                       .service = "cloudwatch.amazonaws.com",
//                                                       .source_arn = alarm.arn,
//                                                       .subject = "ALARM: ...", .message = json});
//   if (!sent) ...  // Say it where the service says such things (an alarm's history, the
//   timeline).
//
// Accepted is accepted: the deliveries are written in the request's own transaction, so they are as
// durable as the change that caused them. An error leaves nothing behind, and the request may go
// on.
#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace stormglass::wire {
class Request;
}

namespace stormglass::sns {

struct ServiceNotice {
    std::string topic_arn;
    /// As whom: "cloudwatch.amazonaws.com", "events.rds.amazonaws.com", "s3.amazonaws.com",
    /// "autoscaling.amazonaws.com" (which publishes by its service-linked role, as on AWS).
    std::string service;
    std::string source_arn;  // aws:SourceArn for the topic's policy; empty: not set.
    std::string
        source_account;   // aws:SourceAccount and aws:SourceOwner; empty: the request's account.
    std::string subject;  // Empty: none. Cut at SNS's 100 characters.
    std::string message;
    std::map<std::string, std::string> attributes;  // Message attributes of type String.
};

/// Thread-safe.
class PublishDoor {
public:
    virtual ~PublishDoor() = default;
    /// The message's id. "NotFound": no such topic; "AuthorizationError": its policy does not let
    /// the service; "InvalidParameter": not an ARN, an empty message or one over 256 KiB. `request`
    /// is a writing one.
    virtual Result<std::string> publish_as_service(wire::Request& request,
                                                   const ServiceNotice& notice) = 0;
};

}  // namespace stormglass::sns
