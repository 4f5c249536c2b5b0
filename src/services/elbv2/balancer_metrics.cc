#include "services/elbv2/balancer_metrics.h"

#include "base/strings.h"

namespace stormglass::elbv2 {
namespace {

using cloudwatch::Sample;
using cloudwatch::StatisticSet;
using cloudwatch::ValueCount;
using NamedDimensions = std::vector<std::pair<std::string, std::string>>;

constexpr double minute_seconds = 60, us_per_second = 1e6;
constexpr double lcu_new_per_second = 25, lcu_active = 3000, lcu_bytes_per_hour = 1e9,
                 lcu_rules_per_second = 1000;

/// "app/web/0123456789abcdef" of a balancer's ARN, "targetgroup/web/..." of a group's.
std::string dimension_of(const std::string& arn) {
    const std::string name = base::split(arn, ':').back();
    constexpr std::string_view prefix = "loadbalancer/";
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

/// One node's minute. Every sample goes out with each of AWS's sets of dimensions.
class NodeMinute {
public:
    NodeMinute(const std::string& balancer, const std::string& zone, base::Time minute,
               std::vector<Sample>& to)
        : balancer_(balancer), zone_(zone), minute_(minute), to_(to) {}

    void of_node(const lb::NodeCounters& now, const lb::NodeCounters& then);
    void of_group(const lb::TargetGroupStatus& now, const lb::TargetGroupCounters& then);

private:
    enum class When { always, not_zero };

    void add(const std::vector<NamedDimensions>& everywhere, Sample sample) {
        sample.metric_namespace = "AWS/ApplicationELB";
        sample.time = minute_;
        for (const auto& dimensions : everywhere) {
            sample.dimensions = dimensions;
            to_.push_back(sample);
        }
    }
    void count(const std::vector<NamedDimensions>& where, const char* name, double value,
               When when = When::not_zero, const char* unit = "Count") {
        if (value == 0 && when == When::not_zero) return;
        add(where, {.name = name, .unit = unit, .values = {{value}}});
    }

    std::vector<NamedDimensions> of_balancer() const {
        return {{{"LoadBalancer", balancer_}},
                {{"LoadBalancer", balancer_}, {"AvailabilityZone", zone_}}};
    }
    std::vector<NamedDimensions> of_group_alone(const std::string& group) const {
        return {{{"LoadBalancer", balancer_}, {"TargetGroup", group}},
                {{"LoadBalancer", balancer_}, {"TargetGroup", group}, {"AvailabilityZone", zone_}}};
    }
    std::vector<NamedDimensions> of_both(const std::string& group) const {
        auto all = of_balancer();
        for (auto& one : of_group_alone(group)) all.push_back(std::move(one));
        return all;
    }
    void response_times(const std::vector<NamedDimensions>& where, const lb::TargetGroupCounters& now,
                        const lb::TargetGroupCounters& then);
    void hosts(const lb::TargetGroupStatus& status, const std::string& group);

    const std::string& balancer_;
    const std::string& zone_;
    base::Time minute_;
    std::vector<Sample>& to_;
};

void NodeMinute::of_node(const lb::NodeCounters& now, const lb::NodeCounters& then) {
    const auto where = of_balancer();
    const auto since = [&](std::int64_t lb::NodeCounters::*member) {
        return static_cast<double>(now.*member - then.*member);
    };
    using C = lb::NodeCounters;
    count(where, "RequestCount", since(&C::request_count), When::always);
    count(where, "NewConnectionCount", since(&C::new_connections));
    count(where, "ActiveConnectionCount", static_cast<double>(now.active_connections));
    count(where, "RejectedConnectionCount", since(&C::rejected_connections));
    count(where, "ClientTLSNegotiationErrorCount", since(&C::client_tls_negotiation_errors));
    count(where, "ProcessedBytes", since(&C::processed_bytes), When::not_zero, "Bytes");
    count(where, "RuleEvaluations", since(&C::rule_evaluations));
    count(where, "HTTP_Fixed_Response_Count", since(&C::http_fixed_response));
    count(where, "HTTP_Redirect_Count", since(&C::http_redirect));
    count(where, "HTTPCode_ELB_3XX_Count", since(&C::http_code_elb_3xx));
    count(where, "HTTPCode_ELB_4XX_Count", since(&C::http_code_elb_4xx));
    count(where, "HTTPCode_ELB_5XX_Count", since(&C::http_code_elb_5xx));
    count(where, "HTTPCode_ELB_500_Count", since(&C::http_code_elb_500));
    count(where, "HTTPCode_ELB_502_Count", since(&C::http_code_elb_502));
    count(where, "HTTPCode_ELB_503_Count", since(&C::http_code_elb_503));
    count(where, "HTTPCode_ELB_504_Count", since(&C::http_code_elb_504));
    count(where, "NonStickyRequestCount", since(&C::non_sticky_requests));
    count(where, "DesyncMitigationMode_NonCompliant_Request_Count",
          since(&C::desync_non_compliant_requests));
    count(where, "DroppedInvalidHeaderRequestCount", since(&C::dropped_invalid_header_requests));
    const double units = std::max({since(&C::new_connections) / minute_seconds / lcu_new_per_second,
                                   static_cast<double>(now.active_connections) / lcu_active,
                                   since(&C::processed_bytes) * minute_seconds / lcu_bytes_per_hour,
                                   since(&C::rule_evaluations) / minute_seconds / lcu_rules_per_second});
    count({{{"LoadBalancer", balancer_}}}, "ConsumedLCUs", units, When::always);
}

/// Sum, number and greatest are known, and from the histogram of the node what lies between.
void NodeMinute::response_times(const std::vector<NamedDimensions>& where,
                                const lb::TargetGroupCounters& now,
                                const lb::TargetGroupCounters& then) {
    const auto number = static_cast<double>(now.target_response_time_count - then.target_response_time_count);
    if (number <= 0) return;
    Sample sample{.name = "TargetResponseTime", .unit = "Seconds"};
    std::map<std::int64_t, std::int64_t> before(then.target_response_times.begin(),
                                                then.target_response_times.end());
    for (const auto& [us, total] : now.target_response_times) {
        const std::int64_t count = total - before[us];
        if (count > 0) {
            sample.values.push_back({static_cast<double>(us) / us_per_second, static_cast<double>(count)});
        }
    }
    if (sample.values.empty()) {
        const double sum = static_cast<double>(now.target_response_time_us_sum -
                                               then.target_response_time_us_sum) / us_per_second;
        sample.statistics = StatisticSet{number, sum, 0, std::max(
            sum / number, static_cast<double>(now.target_response_time_us_max) / us_per_second)};
    }
    add(where, std::move(sample));
}

void NodeMinute::hosts(const lb::TargetGroupStatus& status, const std::string& group) {
    double healthy = 0, unhealthy = 0;
    for (const auto& target : status.targets) {
        healthy += target.state == "healthy";
        unhealthy += target.state == "unhealthy";
    }
    count(of_group_alone(group), "HealthyHostCount", healthy, When::always);
    count(of_group_alone(group), "UnHealthyHostCount", unhealthy, When::always);
}

void NodeMinute::of_group(const lb::TargetGroupStatus& status, const lb::TargetGroupCounters& then) {
    using C = lb::TargetGroupCounters;
    const std::string group = dimension_of(status.arn);
    const auto where = of_both(group);
    const auto since = [&](std::int64_t C::*member) {
        return static_cast<double>(status.counters.*member - then.*member);
    };
    count(where, "HTTPCode_Target_2XX_Count", since(&C::http_code_target_2xx));
    count(where, "HTTPCode_Target_3XX_Count", since(&C::http_code_target_3xx));
    count(where, "HTTPCode_Target_4XX_Count", since(&C::http_code_target_4xx));
    count(where, "HTTPCode_Target_5XX_Count", since(&C::http_code_target_5xx));
    count(where, "TargetConnectionErrorCount", since(&C::target_connection_errors));
    count(where, "TargetTLSNegotiationErrorCount", since(&C::target_tls_negotiation_errors));
    count(where, "UnhealthyRoutingRequestCount", since(&C::unhealthy_routing_requests));
    count(of_group_alone(group), "RequestCount", since(&C::request_count), When::always);
    response_times(where, status.counters, then);
    hosts(status, group);
    // Only its Sum means something, as on AWS; the nodes' parts add up to the group's.
    const auto targets = std::ranges::count_if(
        status.targets, [](const auto& one) { return one.state == "healthy"; });
    const double per_target =
        since(&C::request_count) / static_cast<double>(std::max<std::ptrdiff_t>(1, targets));
    const std::vector<NamedDimensions> both{{{"TargetGroup", group}},
                                            {{"LoadBalancer", balancer_}, {"TargetGroup", group}}};
    count(both, "RequestCountPerTarget", per_target, When::always);
}

}  // namespace

void BalancerMetrics::measure_one(const LoadBalancer& balancer, base::Time minute, Measured& to) {
    const std::string dimension = dimension_of(balancer.arn);
    for (const auto& node : observed_.nodes_of(balancer.arn)) {
        if (!node.running || !node.fresh) continue;
        auto& before = before_[{balancer.arn, node.zone}];
        const bool is_first_look = !looked_ && before.pid == 0;
        if (before.started_at_ms != node.status.started_at_ms) before = {};
        if (!is_first_look) {
            NodeMinute out(dimension, node.zone, minute, to.samples);
            out.of_node(node.status.counters, before.counters);
            for (const auto& group : node.status.target_groups) {
                const auto then = std::ranges::find(before.target_groups, group.arn,
                                                    &lb::TargetGroupStatus::arn);
                out.of_group(group, then == before.target_groups.end() ? lb::TargetGroupCounters{}
                                                                       : then->counters);
            }
        }
        before = node.status;
    }
}

Result<std::vector<cloudwatch::MetricSource::Measured>> BalancerMetrics::measure(base::Time minute) {
    std::vector<Measured> all;
    for (const auto& balancer : TRY(load_balancers.all(*store_.read()))) {
        const auto parts = base::split(balancer.arn, ':');
        constexpr std::size_t region_part = 3, account_part = 4;
        if (parts.size() <= account_part) continue;
        Measured measured{parts[account_part], parts[region_part], {}};
        measure_one(balancer, minute, measured);
        if (!measured.samples.empty()) all.push_back(std::move(measured));
    }
    looked_ = true;
    return all;
}

}  // namespace stormglass::elbv2
