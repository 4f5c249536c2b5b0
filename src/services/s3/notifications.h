// Event notifications: which changes of objects a bucket tells whom, and the message that says so.
#pragma once

#include <optional>
#include <string>

#include "api/s3.h"
#include "services/s3/records.h"
#include "wire/request.h"

namespace stormglass::s3 {

inline constexpr const char* notification_setting = "notification";

/// Something that happened to an object.
struct ObjectEvent {
    std::string name;  // "ObjectCreated:Put", as messages have it.
    std::string key;
    std::optional<std::uint64_t> size;
    std::string etag, version_id;  // Empty: not said.
};

/// Errors as S3 answers them; gives every configuration an id.
Result<void> check_notifications(api::NotificationConfiguration& configuration, base::Random& random);
Result<api::NotificationConfiguration> notifications_of(const Bucket& bucket);
/// Whether this configuration wants to hear of it.
bool is_wanted(const api::TopicConfiguration& configuration, const ObjectEvent& event);
/// AWS's event message, version 2.1.
std::string event_message(const wire::Request& request, const Bucket& bucket, const std::string& id,
                          const ObjectEvent& event, const std::string& sequencer);
std::string test_message(const wire::Request& request, const std::string& bucket);

}  // namespace stormglass::s3
