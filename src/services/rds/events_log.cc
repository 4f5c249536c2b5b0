#include "services/rds/events_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace stormglass::rds {
namespace {

constexpr base::Days kept_for{14};

bool wants(const Subscription& subscription, const EventRecord& event) {
    if (!subscription.enabled) return false;
    if (!subscription.source_type.empty() && subscription.source_type != event.source_type) {
        return false;
    }
    const auto has = [](const std::vector<std::string>& all, const std::string& one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    if (!subscription.source_ids.empty() && !has(subscription.source_ids, event.source_id)) {
        return false;
    }
    return subscription.categories.empty() ||
           std::any_of(event.categories.begin(), event.categories.end(),
                       [&](const std::string& category) {
                           return has(subscription.categories, category);
                       });
}

std::string time_key(base::Time time) {
    return store::ordered(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

/// The oldest events go after fourteen days, as on AWS.
Result<void> forget_old(wire::Request& request) {
    const auto limit = time_key(request.now - kept_for);
    std::vector<std::vector<std::string>> old;
    TRY(events.scan(request.tx(), {request.account, request.region},
                    [&](const std::vector<std::string>& parts, EventRecord&) {
                        if (parts[2] >= limit) return store::Step::stop;
                        old.push_back(parts);
                        return store::Step::next;
                    }));
    for (const auto& parts : old) events.erase(request.tx(), store::Parts(parts));
    return {};
}

}  // namespace

Result<void> record_event(wire::Request& request, EventTools tools, const std::string& identifier,
                          const EventKind& kind) {
    const EventRecord record{.source_id = identifier,
                             .source_type = "db-instance",
                             .source_arn = request.arn("rds", "db:" + identifier),
                             .message = kind.message,
                             .event_id = kind.id,
                             .categories = {kind.categories},
                             .time = request.now};
    const auto when = time_key(request.now);
    constexpr std::size_t digits = 8;
    TRY(forget_old(request));
    events.put(request.tx(),
               {request.account, request.region, when, tools.random.hex(digits)}, record);
    for (const auto& subscription :
         TRY(subscriptions.all(request.tx(), {request.account, request.region}))) {
        if (!wants(subscription, record)) continue;
        deliveries.put(request.tx(),
                       {request.account, request.region, when, tools.random.hex(digits)},
                       {subscription.topic_arn, record});
    }
    tools.timeline.add({request.now, "database", identifier, kind.message, request.region});
    return {};
}

Result<void> record_event(wire::Request& request, EventTools tools, const std::string& identifier,
                          const EventKind& kind, const std::string& reason) {
    const auto message = fmt::format("{} {}", kind.message, reason);
    return record_event(request, tools, identifier,
                        EventKind{kind.id, kind.categories, message.c_str()});
}

std::string notification_text(const EventRecord& event, const std::string& region) {
    base::Json text = {
        {"Event Source", event.source_type},
        {"Event Time", base::iso8601_millis(event.time)},
        {"Identifier Link", fmt::format("https://console.aws.amazon.com/rds/home?region={}#dbinstance:"
                                        "id={}",
                                        region, event.source_id)},
        {"Source ID", event.source_id},
        {"Source ARN", event.source_arn},
        {"Event ID", "http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/"
                     "USER_Events.html#" +
                         event.event_id},
        {"Event Message", event.message}};
    return text.dump();
}

}  // namespace stormglass::rds
