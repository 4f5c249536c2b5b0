// The form in which a message reaches its subscriber: AWS's JSON with a signature, the bare
// message, or mail.
#pragma once

#include <string>
#include <vector>

#include "services/sns/delivery_policy.h"
#include "services/sns/queue.h"
#include "services/sns/signing.h"
#include "services/sns/transport.h"

namespace stormglass::sns {

/// What a delivery is made from.
struct Parcel {
    const Message& message;
    const Delivery& delivery;
    bool raw = false;
    std::string content_type, signature_version, display_name;
    std::string links;  // Where this subscriber reaches our API: "http://127.0.0.1:4566", no slash
                        // at the end.
};

/// "http://127.0.0.1:4566/?Action=ConfirmSubscription&TopicArn=...&Token=..."
std::string subscribe_url(const std::string& links, const Message& message);
std::string unsubscribe_url(const std::string& links, const std::string& subscription_arn);
/// The text for this protocol (MessageStructure json has several).
std::string text_for(const Message& message, const std::string& protocol);

/// The POST for an http or https subscription.
Result<Outgoing> http_parcel(const Parcel& parcel, const SigningKey& key);
/// The JSON that both POSTs and email-json carry.
Result<std::string> signed_json(const Parcel& parcel, const SigningKey& key);
/// RFC 5322, lines ended by CRLF.
Result<std::string> mail_of(const Parcel& parcel, const SigningKey& key);
inline constexpr char mail_sender[] = "no-reply@sns.amazonaws.com";

}  // namespace stormglass::sns
