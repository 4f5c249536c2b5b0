#include "services/sns/delivery_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

namespace stormglass::sns {
namespace {

using base::Json;

constexpr std::int64_t delay_max = 3600, retries_max = 100, total_seconds_max = 3600;
constexpr std::string_view topic_default =
    R"({"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,)"
    R"("numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},)"
    R"("disableSubscriptionOverrides":false,)"
    R"("defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}})";

Unexpected bad(std::string text) { return fail(Domain::config, "DeliveryPolicy", std::move(text)); }

Json parsed_or_empty(std::string_view text) {
    auto json = base::parse_json(text);
    return json && json->is_object() ? std::move(*json) : Json::object();
}

Json member(const Json& json, const char* name) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    return json.is_object() && found != json.end() ? *found : Json();
}

RetryPolicy retry_of(const Json& json) {
    RetryPolicy policy;
    const auto read = [&](const char* name, std::int64_t& to) {
        if (const Json value = member(json, name); value.is_number_integer()) {
            to = value.get<std::int64_t>();
        }
    };
    read("minDelayTarget", policy.min_delay_seconds);
    read("maxDelayTarget", policy.max_delay_seconds);
    read("numRetries", policy.retries);
    read("numNoDelayRetries", policy.no_delay_retries);
    read("numMinDelayRetries", policy.min_delay_retries);
    read("numMaxDelayRetries", policy.max_delay_retries);
    if (const Json value = member(json, "backoffFunction"); value.is_string()) {
        policy.backoff = value.get<std::string>();
    }
    return policy;
}

Result<void> check_retry(const Json& json) {
    if (json.is_null()) return {};
    if (!json.is_object()) return bad("healthyRetryPolicy must be an object");
    static const std::set<std::string> numbers{"minDelayTarget",     "maxDelayTarget",
                                               "numRetries",         "numNoDelayRetries",
                                               "numMinDelayRetries", "numMaxDelayRetries"};
    for (const auto& [name, value] : json.items()) {
        if (name == "backoffFunction" ? !value.is_string() && !value.is_null()
                                      : !numbers.contains(name)) {
            return bad("Unexpected JSON member: " + name);
        }
        if (numbers.contains(name) && !value.is_null() && !value.is_number_integer()) {
            return bad(name + " must be an integer");
        }
    }
    const RetryPolicy policy = retry_of(json);
    static const std::set<std::string> functions{"linear", "arithmetic", "geometric",
                                                 "exponential"};
    if (!functions.contains(policy.backoff))
        return bad("invalid backoffFunction: " + policy.backoff);
    if (policy.max_delay_seconds < 1 || policy.max_delay_seconds > delay_max) {
        return bad("maxDelayTarget must be between 1 and 3600");
    }
    if (policy.min_delay_seconds < 1 || policy.min_delay_seconds > policy.max_delay_seconds) {
        return bad("minDelayTarget must be between 1 and maxDelayTarget");
    }
    if (policy.retries < 0 || policy.retries > retries_max) {
        return bad("numRetries must be between 0 and 100");
    }
    const auto phases = {policy.no_delay_retries, policy.min_delay_retries,
                         policy.max_delay_retries};
    if (std::ranges::any_of(phases, [](std::int64_t count) { return count < 0; }) ||
        std::accumulate(phases.begin(), phases.end(), std::int64_t{0}) > policy.retries) {
        return bad(
            "numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries must not be negative or "
            "exceed numRetries in sum");
    }
    base::Millis total{0};
    for (std::int64_t i = 1; i <= policy.retries; ++i) total += policy.delay_before(i).value();
    if (total > base::Seconds{total_seconds_max}) {
        return bad("the total of all delays must not exceed 3600 seconds");
    }
    return {};
}

Result<void> check_throttle(const Json& json) {
    if (json.is_null()) return {};
    const Json rate = member(json, "maxReceivesPerSecond");
    if (!rate.is_null() && (!rate.is_number_integer() || rate.get<std::int64_t>() < 1)) {
        return bad("maxReceivesPerSecond must be 1 or more");
    }
    return {};
}

Result<void> check_request(const Json& json) {
    if (json.is_null()) return {};
    const Json type = member(json, "headerContentType");
    if (!json.is_object() || (!type.is_null() && !type.is_string())) {
        return bad("headerContentType must be a string");
    }
    const std::string text = type.is_string() ? type.get<std::string>() : "text/plain";
    if (text.find('/') == std::string::npos || text.find_first_of("\r\n") != std::string::npos) {
        return bad("invalid headerContentType: " + text);
    }
    return {};
}

Result<Json> parse_object(const std::string& text) {
    auto json = base::parse_json(text);
    if (!json || !json->is_object()) return bad("failed to parse JSON.");
    return std::move(*json);
}

Result<void> only_members(const Json& json, const std::set<std::string>& known) {
    for (const auto& [name, value] : json.items()) {
        if (!known.contains(name)) return bad("Unexpected JSON member: " + name);
    }
    return {};
}

Json effective_topic(const std::string& topic_text) {
    Json effective = parsed_or_empty(topic_default);
    effective.merge_patch(parsed_or_empty(topic_text));
    return effective;
}

/// All members, null where nothing is set, as AWS shows them.
Json filled(const Json& own) {
    Json shown = {{"guaranteed", false}};
    for (const char* name :
         {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy"}) {
        shown[name] = member(own, name);
    }
    if (shown["healthyRetryPolicy"].is_object()) {
        const RetryPolicy retry = retry_of(shown["healthyRetryPolicy"]);
        shown["healthyRetryPolicy"] = {{"minDelayTarget", retry.min_delay_seconds},
                                       {"maxDelayTarget", retry.max_delay_seconds},
                                       {"numRetries", retry.retries},
                                       {"numMaxDelayRetries", retry.max_delay_retries},
                                       {"numNoDelayRetries", retry.no_delay_retries},
                                       {"numMinDelayRetries", retry.min_delay_retries},
                                       {"backoffFunction", retry.backoff}};
    }
    return shown;
}

Json effective_subscription(const std::string& topic_text, const std::string& subscription_text) {
    const Json topic = member(effective_topic(topic_text), "http");
    const Json disabled = member(topic, "disableSubscriptionOverrides");
    const bool overrides = !(disabled.is_boolean() && disabled.get<bool>());
    Json shown = filled(overrides ? parsed_or_empty(subscription_text) : Json::object());
    if (shown["healthyRetryPolicy"].is_null()) {
        shown["healthyRetryPolicy"] = member(topic, "defaultHealthyRetryPolicy");
    }
    if (shown["throttlePolicy"].is_null()) {
        shown["throttlePolicy"] = member(topic, "defaultThrottlePolicy");
    }
    if (shown["requestPolicy"].is_null())
        shown["requestPolicy"] = member(topic, "defaultRequestPolicy");
    return shown;
}

/// From 0 to 1: how far between the minimum and the maximum delay step `k` of `n` is.
double share(const std::string& function, double k, double n) {
    if (function == "arithmetic") return k * (k + 1) / (n * (n + 1));
    if (function == "exponential") return (std::exp2(k) - 1) / (std::exp2(n) - 1);
    return k / n;
}

}  // namespace

std::optional<base::Millis> RetryPolicy::delay_before(std::int64_t number) const {
    if (number < 1 || number > retries) return std::nullopt;
    if (number <= no_delay_retries) return base::Millis{0};
    if (number <= no_delay_retries + min_delay_retries) return base::Seconds{min_delay_seconds};
    if (number > retries - max_delay_retries) return base::Seconds{max_delay_seconds};
    const auto k = static_cast<double>(number - no_delay_retries - min_delay_retries);
    const auto n =
        static_cast<double>(retries - no_delay_retries - min_delay_retries - max_delay_retries);
    const auto low = static_cast<double>(min_delay_seconds),
               high = static_cast<double>(max_delay_seconds);
    const double seconds = backoff == "geometric" ? low * std::pow(high / low, k / n)
                                                  : low + (high - low) * share(backoff, k, n);
    constexpr double millis = 1000;
    return base::Millis{static_cast<std::int64_t>(seconds * millis)};
}

Result<void> check_topic_policy(const std::string& text) {
    const Json json = TRY(parse_object(text));
    TRY(only_members(json, {"http"}));
    const Json http = member(json, "http");
    if (!http.is_object()) return bad("http must be an object");
    TRY(only_members(
        http, {"defaultHealthyRetryPolicy", "defaultSicklyRetryPolicy", "defaultThrottlePolicy",
               "defaultRequestPolicy", "disableSubscriptionOverrides"}));
    TRY(check_retry(member(http, "defaultHealthyRetryPolicy")));
    TRY(check_throttle(member(http, "defaultThrottlePolicy")));
    return check_request(member(http, "defaultRequestPolicy"));
}

Result<void> check_subscription_policy(const std::string& text) {
    const Json json = TRY(parse_object(text));
    TRY(only_members(json, {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy",
                            "requestPolicy", "guaranteed"}));
    TRY(check_retry(member(json, "healthyRetryPolicy")));
    TRY(check_throttle(member(json, "throttlePolicy")));
    return check_request(member(json, "requestPolicy"));
}

DeliveryPolicy effective_policy(const std::string& topic_text,
                                const std::string& subscription_text) {
    const Json shown = effective_subscription(topic_text, subscription_text);
    DeliveryPolicy policy;
    policy.retry = retry_of(shown["healthyRetryPolicy"]);
    if (const Json rate = member(shown["throttlePolicy"], "maxReceivesPerSecond");
        rate.is_number_integer()) {
        policy.receives_per_second_max = rate.get<std::int64_t>();
    }
    if (const Json type = member(shown["requestPolicy"], "headerContentType"); type.is_string()) {
        policy.content_type = type.get<std::string>();
    }
    return policy;
}

std::string shown_topic_policy(const std::string& topic_text) {
    if (topic_text.empty()) return std::string(topic_default);
    return base::dump_json(effective_topic(topic_text));
}

std::string shown_subscription_policy(const std::string& text) {
    return base::dump_json(filled(parsed_or_empty(text)));
}

std::string shown_effective_policy(const std::string& topic_text,
                                   const std::string& subscription_text) {
    return base::dump_json(effective_subscription(topic_text, subscription_text));
}

}  // namespace stormglass::sns
