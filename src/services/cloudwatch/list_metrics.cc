// ListMetrics.
#include <set>

#include "services/cloudwatch/points.h"
#include "services/cloudwatch/service.h"
#include "services/common/ids.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t list_max = 500;
constexpr std::chrono::hours recent{3};
constexpr base::Millis listed{base::Days{14}};
constexpr std::chrono::minutes newest_within{5};  // Presence::newest may lag so far.

bool has_dimensions(const Metric& series, const wire::List<api::DimensionFilter>& wanted) {
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
    // What had no point for two weeks is not listed, though its points may still be read.
    std::set<std::string> ids;
    const base::Time oldest = request.now - (input.recently_active ? base::Millis{recent} : listed);
    TRY(scan_presence(request.tx(), scope_of(request),
                      [&](const std::string& id, const Presence& seen) {
                          if (seen.newest + newest_within >= oldest) ids.insert(id);
                      }));
    std::vector<Metric> all;
    TRY(all_metrics.scan(
        request.tx(), {request.account, request.region},
        [&](const std::vector<std::string>& parts, Metric& metric) {
            if ((!input.namespace_ || *input.namespace_ == metric.metric_namespace) &&
                (!input.metric_name || *input.metric_name == metric.metric_name) &&
                has_dimensions(metric, input.dimensions) && ids.contains(parts.back())) {
                all.push_back(std::move(metric));
            }
        }));
    std::ranges::sort(all);
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
