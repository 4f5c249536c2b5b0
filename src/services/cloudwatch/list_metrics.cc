// ListMetrics.
#include "services/cloudwatch/points.h"
#include "services/cloudwatch/service.h"
#include "services/common/ids.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t list_max = 500;
constexpr std::chrono::hours recent{3};

bool has_dimensions(const Series& series, const wire::List<api::DimensionFilter>& wanted) {
    return std::ranges::all_of(wanted, [&](const api::DimensionFilter& filter) {
        return std::ranges::any_of(series.dimensions, [&](const DimensionValue& one) {
            return one.name == filter.name && (!filter.value || *filter.value == one.value);
        });
    });
}

}  // namespace

Result<api::ListMetricsOutput> Service::list_metrics(wire::Request& request,
                                                     const api::ListMetricsInput& input) {
    if (input.include_linked_accounts.value_or(false) || input.owning_account) {
        return api::invalid_parameter_value("Stormglass does not support linked accounts");
    }
    std::vector<Series> all;
    TRY(all_series.scan(request.tx(), {request.account, request.region}, [&](Series& series) {
        if ((!input.namespace_ || *input.namespace_ == series.metric_namespace) &&
            (!input.metric_name || *input.metric_name == series.metric_name) &&
            (!input.recently_active || series.last + recent >= request.now) &&
            series.last + kept_max > request.now && has_dimensions(series, input.dimensions)) {
            all.push_back(std::move(series));
        }
    }));
    // The same metric in two units is one metric.
    const auto metric = [](const Series& one) {
        return std::tie(one.metric_namespace, one.metric_name, one.dimensions);
    };
    std::ranges::sort(all, [&](const auto& a, const auto& b) { return metric(a) < metric(b); });
    const auto same = std::ranges::unique(
        all, [&](const auto& a, const auto& b) { return metric(a) == metric(b); });
    all.erase(same.begin(), same.end());
    const auto page = services::page_of(std::move(all), input.next_token.value_or(""), list_max);
    if (!page) return api::invalid_parameter_value("The value for NextToken is invalid.");
    api::ListMetricsOutput output;
    output.metrics.present = true;
    for (const auto& one : page->items) {
        output.metrics.push_back({one.metric_namespace, one.metric_name, shown(one.dimensions)});
    }
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::cloudwatch
