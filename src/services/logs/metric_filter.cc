// Metric filters: kept, described, tested. What they make of events: derived_metrics.h.
#include "services/common/ids.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/records.h"
#include "services/logs/service.h"

namespace stormglass::logs {
namespace {

constexpr std::size_t filters_max = 100;
constexpr std::size_t describe_default = 50;

Result<void> check_transformation(const api::MetricTransformation& wanted) {
    if (!wanted.dimensions.empty() && wanted.default_value) {
        return api::invalid_parameter(
            "Invalid metric transformation: dimensions and default value "
            "are mutually exclusive properties.");
    }
    const std::string value = wanted.metric_value.value_or("");
    const bool is_field = value.starts_with('$');
    char* end = nullptr;
    std::strtod(value.c_str(), &end);
    if (value.empty() || (!is_field && *end != '\0')) {
        return api::invalid_parameter(
            "Invalid metric transformation: metricValue must be a number "
            "or a named value");
    }
    return {};
}

api::MetricFilter shown(const Group& group, const MetricFilter& filter) {
    api::MetricFilter out;
    out.filter_name = filter.name;
    out.filter_pattern = filter.pattern;
    out.creation_time = filter.created_ms;
    out.log_group_name = group.name;
    out.apply_on_transformed_logs = false;
    api::MetricTransformation transformation;
    transformation.metric_name = filter.metric_name;
    transformation.metric_namespace = filter.metric_namespace;
    transformation.metric_value = filter.metric_value;
    transformation.default_value = filter.default_value;
    if (!filter.dimensions.empty()) transformation.dimensions = filter.dimensions;
    if (!filter.unit.empty()) transformation.unit = filter.unit;
    out.metric_transformations.push_back(std::move(transformation));
    return out;
}

Result<std::vector<Group>> groups_to_describe(wire::Request& request,
                                              const api::DescribeMetricFiltersInput& input) {
    if (input.log_group_name) {
        return std::vector<Group>{TRY(find_group(request, *input.log_group_name))};
    }
    return groups.all(request.tx(), {request.account, request.region});
}

}  // namespace

Result<api::PutMetricFilterOutput> Service::put_metric_filter(
    wire::Request& request, const api::PutMetricFilterInput& input) {
    const Group group = TRY(find_group(request, input.log_group_name));
    TRY(FilterPattern::parse(input.filter_pattern));
    if (input.apply_on_transformed_logs.value_or(false) || input.field_selection_criteria ||
        !input.emit_system_field_dimensions.empty()) {
        return api::invalid_parameter(
            "Stormglass does not support transformed logs, field "
            "selection or system field dimensions in metric filters");
    }
    if (input.metric_transformations.size() != 1) {
        return api::invalid_parameter("A metric filter has exactly one metric transformation");
    }
    const auto& wanted = input.metric_transformations.front();
    TRY(check_transformation(wanted));
    const auto existing =
        TRY(metric_filters.all(request.tx(), {group.account, group.region, group.name}));
    const bool is_new = std::ranges::none_of(
        existing, [&](const MetricFilter& one) { return one.name == input.filter_name; });
    if (is_new && existing.size() >= filters_max) {
        return api::limit_exceeded("Resource limit exceeded.");
    }
    const MetricFilter filter{input.filter_name,
                              input.filter_pattern,
                              wanted.metric_name.value_or(""),
                              wanted.metric_namespace.value_or(""),
                              wanted.metric_value.value_or(""),
                              wanted.unit.value_or(""),
                              wanted.default_value,
                              wanted.dimensions,
                              millis(request.now)};
    metric_filters.put(request.tx(), {group.account, group.region, group.name, filter.name},
                       filter);
    return api::PutMetricFilterOutput{};
}

Result<api::DeleteMetricFilterOutput> Service::delete_metric_filter(
    wire::Request& request, const api::DeleteMetricFilterInput& input) {
    const Group group = TRY(find_group(request, input.log_group_name));
    const store::Parts key{group.account, group.region, group.name, input.filter_name};
    if (!TRY(metric_filters.contains(request.tx(), key))) {
        return api::resource_not_found("The specified metric filter does not exist.");
    }
    metric_filters.erase(request.tx(), key);
    return api::DeleteMetricFilterOutput{};
}

Result<api::DescribeMetricFiltersOutput> Service::describe_metric_filters(
    wire::Request& request, const api::DescribeMetricFiltersInput& input) {
    if (input.metric_name.has_value() != input.metric_namespace.has_value()) {
        return api::invalid_parameter("Both metricName and metricNamespace must be specified.");
    }
    std::vector<api::MetricFilter> all;
    for (const auto& group : TRY(groups_to_describe(request, input))) {
        for (const auto& filter :
             TRY(metric_filters.all(request.tx(), {group.account, group.region, group.name}))) {
            if (!filter.name.starts_with(input.filter_name_prefix.value_or(""))) continue;
            if (input.metric_name && (filter.metric_name != *input.metric_name ||
                                      filter.metric_namespace != *input.metric_namespace)) {
                continue;
            }
            all.push_back(shown(group, filter));
        }
    }
    const auto size = static_cast<std::size_t>(input.limit.value_or(describe_default));
    auto page = services::page_of(std::move(all), input.next_token.value_or(""), size);
    if (!page) return api::invalid_parameter("The specified nextToken is invalid.");
    api::DescribeMetricFiltersOutput output;
    output.metric_filters = wire::List<api::MetricFilter>(std::move(page->items));
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

Result<api::TestMetricFilterOutput> Service::test_metric_filter(
    wire::Request&, const api::TestMetricFilterInput& input) {
    const auto pattern = TRY(FilterPattern::parse(input.filter_pattern));
    api::TestMetricFilterOutput output;
    output.matches.present = true;
    for (std::size_t i = 0; i < input.log_event_messages.size(); ++i) {
        if (!pattern.matches(input.log_event_messages[i])) continue;
        api::MetricFilterMatchRecord record;
        record.event_number = static_cast<std::int64_t>(i + 1);
        for (const auto& [name, value] : pattern.extracted(input.log_event_messages[i])) {
            record.extracted_values[name] = value;
        }
        record.event_message = input.log_event_messages[i];
        record.extracted_values.present = true;
        output.matches.push_back(std::move(record));
    }
    return output;
}

}  // namespace stormglass::logs
