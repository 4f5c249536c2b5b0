// How often and when a delivery over HTTP is tried again. Reference: "Creating an HTTP/S delivery
// policy" in the SNS developer guide. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"

namespace stormglass::sns {

/// The four phases, in order: at once, at the minimum delay, backing off, at the maximum delay.
struct RetryPolicy {
    std::int64_t min_delay_seconds = 20, max_delay_seconds = 20;
    std::int64_t retries = 3, no_delay_retries = 0, min_delay_retries = 0, max_delay_retries = 0;
    std::string backoff = "linear";  // linear, arithmetic, geometric, exponential.

    /// What to wait before retry `number` (the first is 1); nullopt: there is none.
    std::optional<base::Millis> delay_before(std::int64_t number) const;
};

struct DeliveryPolicy {
    RetryPolicy retry;
    std::optional<std::int64_t> receives_per_second_max;
    std::string content_type = "text/plain; charset=UTF-8";
};

/// Errors are texts that belong behind "DeliveryPolicy: ".
Result<void> check_topic_policy(const std::string& text);
Result<void> check_subscription_policy(const std::string& text);

/// What holds for a subscription; either text may be empty.
DeliveryPolicy effective_policy(const std::string& topic_text,
                                const std::string& subscription_text);

/// As GetTopicAttributes and GetSubscriptionAttributes show them.
std::string shown_topic_policy(const std::string& topic_text);
std::string shown_subscription_policy(const std::string& text);
std::string shown_effective_policy(const std::string& topic_text,
                                   const std::string& subscription_text);

}  // namespace stormglass::sns
