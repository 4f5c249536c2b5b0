// DescribeEvents, and subscriptions to events.
#include <array>

#include "base/strings.h"
#include "services/common/ids.h"
#include "services/rds/common.h"
#include "services/rds/service.h"

namespace stormglass::rds {
namespace {

constexpr std::chrono::minutes window_default{60};
constexpr std::array categories_of_instances = {
    "availability", "backtrack", "backup", "configuration change", "creation", "deletion",
    "failover", "failure", "low storage", "maintenance", "notification", "read replica", "recovery",
    "restoration", "security", "security patching"};
constexpr std::array source_types = {"db-instance", "db-parameter-group", "db-security-group",
                                     "db-snapshot", "db-cluster", "db-cluster-snapshot",
                                     "custom-engine-version", "db-proxy",
                                     "blue-green-deployment"};

template <class All>
bool contains(const All& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

api::EventSubscription view_subscription(const wire::Request& request,
                                         const Subscription& subscription) {
    api::EventSubscription item;
    item.customer_aws_id = request.account;
    item.cust_subscription_id = subscription.name;
    item.sns_topic_arn = subscription.topic_arn;
    item.status = "active";
    item.subscription_creation_time = subscription.created;
    if (!subscription.source_type.empty()) item.source_type = subscription.source_type;
    item.source_ids_list = wire::List<std::string>(subscription.source_ids);
    item.event_categories_list = wire::List<std::string>(subscription.categories);
    item.enabled = subscription.enabled;
    item.event_subscription_arn = request.arn("rds", "es:" + subscription.name);
    return item;
}

Result<void> check_source_type(const std::string& type) {
    if (type.empty() || type == "db-instance") return {};
    if (!contains(source_types, type)) {
        return invalid_value("The source type " + type + " is not valid.");
    }
    return invalid_value("Stormglass does not support events of " + type +
                         ": only DB instances have any.");
}

Result<void> check_subscription(wire::Request& request, const Subscription& subscription) {
    if (!subscription.topic_arn.starts_with("arn:aws:sns:")) {
        return api::sns_invalid_topic("SNS topic " + subscription.topic_arn + " is invalid.");
    }
    TRY(check_source_type(subscription.source_type));
    if (!subscription.source_ids.empty() && subscription.source_type.empty()) {
        return invalid_combination("SourceType is required when SourceIds are given.");
    }
    for (const auto& id : subscription.source_ids) {
        if (!TRY(find_instance(request, id))) {
            return api::source_not_found(fmt::format("Could not find source {}", id));
        }
    }
    for (const auto& category : subscription.categories) {
        if (!contains(categories_of_instances, category)) {
            return api::subscription_category_not_found("Event category " + category +
                                                        " does not exist.");
        }
    }
    return {};
}

Result<Subscription> need_subscription(wire::Request& request, const std::string& name) {
    auto found = TRY(
        subscriptions.get(request.tx(), {request.account, request.region, key_name(name)}));
    if (found) return std::move(*found);
    return api::subscription_not_found(fmt::format("SNS Subscription {} not found.", name));
}

void put(wire::Request& request, const Subscription& subscription) {
    subscriptions.put(request.tx(),
                      {request.account, request.region, key_name(subscription.name)}, subscription);
}

std::vector<std::string> lower_case(const std::vector<std::string>& names) {
    std::vector<std::string> made;
    for (const auto& name : names) made.push_back(key_name(name));
    return made;
}

}  // namespace

Result<api::CreateEventSubscriptionOutput> Service::create_event_subscription(
    wire::Request& request, const api::CreateEventSubscriptionInput& input) {
    const auto key = key_name(input.subscription_name);
    if (TRY(subscriptions.contains(request.tx(), {request.account, request.region, key}))) {
        return api::subscription_already_exist("Subscription " + input.subscription_name +
                                               " already exists.");
    }
    const Subscription made{.name = input.subscription_name,
                            .topic_arn = input.sns_topic_arn,
                            .source_type = input.source_type.value_or(""),
                            .created = base::iso8601_seconds(request.now),
                            .source_ids = lower_case(input.source_ids),
                            .categories = input.event_categories,
                            .enabled = input.enabled.value_or(true),
                            .tags = tags_from(input.tags)};
    TRY(check_subscription(request, made));
    put(request, made);
    return api::CreateEventSubscriptionOutput{view_subscription(request, made)};
}

Result<api::ModifyEventSubscriptionOutput> Service::modify_event_subscription(
    wire::Request& request, const api::ModifyEventSubscriptionInput& input) {
    auto changed = TRY(need_subscription(request, input.subscription_name));
    if (input.sns_topic_arn) changed.topic_arn = *input.sns_topic_arn;
    if (input.source_type) changed.source_type = *input.source_type;
    if (input.event_categories.given()) changed.categories = input.event_categories;
    if (input.enabled) changed.enabled = *input.enabled;
    TRY(check_subscription(request, changed));
    put(request, changed);
    return api::ModifyEventSubscriptionOutput{view_subscription(request, changed)};
}

Result<api::DeleteEventSubscriptionOutput> Service::delete_event_subscription(
    wire::Request& request, const api::DeleteEventSubscriptionInput& input) {
    const auto gone = TRY(need_subscription(request, input.subscription_name));
    subscriptions.erase(request.tx(),
                        {request.account, request.region, key_name(input.subscription_name)});
    auto item = view_subscription(request, gone);
    item.status = "deleting";
    return api::DeleteEventSubscriptionOutput{std::move(item)};
}

Result<api::DescribeEventSubscriptionsOutput> Service::describe_event_subscriptions(
    wire::Request& request, const api::DescribeEventSubscriptionsInput& input) {
    if (input.filters.given()) return invalid_value("This operation takes no filters.");
    std::vector<Subscription> found;
    if (input.subscription_name) {
        found.push_back(TRY(need_subscription(request, *input.subscription_name)));
    } else {
        found = TRY(subscriptions.all(request.tx(), {request.account, request.region}));
    }
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeEventSubscriptionsOutput output;
    for (const auto& each : page.items) {
        output.event_subscriptions_list.push_back(view_subscription(request, each));
    }
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

Result<api::DescribeEventCategoriesOutput> Service::describe_event_categories(
    wire::Request&, const api::DescribeEventCategoriesInput& input) {
    api::DescribeEventCategoriesOutput output;
    if (input.source_type && *input.source_type != "db-instance") {
        TRY(check_source_type(*input.source_type));
    }
    api::EventCategoriesMap item;
    item.source_type = "db-instance";
    for (const char* category : categories_of_instances) item.event_categories.push_back(category);
    output.event_categories_map_list.push_back(std::move(item));
    return output;
}

Result<api::DescribeEventsOutput> Service::describe_events(wire::Request& request,
                                                           const api::DescribeEventsInput& input) {
    if (input.filters.given()) return invalid_value("This operation takes no filters.");
    if (input.source_identifier && !input.source_type) {
        return invalid_combination("Cannot specify a source identifier without a source type.");
    }
    const auto duration = input.duration ? base::Millis(std::chrono::minutes(*input.duration))
                                         : base::Millis(window_default);
    const auto until = input.end_time.value_or(request.now);
    const auto from = input.start_time.value_or(until - duration);
    std::vector<api::Event> found;
    TRY(events.scan(request.tx(), {request.account, request.region}, [&](EventRecord& record) {
        if (record.time < from || record.time > until) return;
        if (input.source_type && *input.source_type != record.source_type) return;
        if (input.source_identifier && key_name(*input.source_identifier) != record.source_id) return;
        const bool wanted =
            input.event_categories.empty() ||
            std::any_of(record.categories.begin(), record.categories.end(),
                        [&](const auto& one) { return contains(input.event_categories, one); });
        if (!wanted) return;
        found.push_back({.source_identifier = record.source_id,
                         .source_type = record.source_type,
                         .message = record.message,
                         .event_categories = wire::List<std::string>(record.categories),
                         .date = record.time,
                         .source_arn = record.source_arn});
    }));
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeEventsOutput output;
    output.events = std::move(page.items);
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

}  // namespace stormglass::rds
