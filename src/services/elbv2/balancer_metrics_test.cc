// What nodes count becomes AWS/ApplicationELB's metrics.
#include "services/elbv2/balancer_metrics.h"

#include <gtest/gtest.h>

#include "services/common/testing.h"

namespace stormglass::elbv2 {
namespace {

class BalancerMetricsTest : public services::ServiceTest {
protected:
    BalancerMetricsTest() {
        LoadBalancer balancer;
        balancer.id = "0123456789abcdef";
        balancer.arn = arn;
        auto r = request();
        load_balancers.put(r->tx(), {balancer.id}, balancer);
        EXPECT_TRUE(r->commit());
        node.zone = "us-east-1a";
        node.running = node.fresh = true;
        node.status.pid = 7;
        node.status.started_at_ms = 1;
        group.arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/1";
    }
    std::vector<cloudwatch::Sample> look() {
        node.status.target_groups = {group};
        observed.set_nodes(arn, {node});
        const auto all = metrics.measure(base::Time{base::Seconds{600}});
        EXPECT_TRUE(all);
        return all->empty() ? std::vector<cloudwatch::Sample>{} : all->at(0).samples;
    }
    static std::vector<cloudwatch::Sample> named(const std::vector<cloudwatch::Sample>& all,
                                                 const std::string& name, std::size_t dimensions) {
        std::vector<cloudwatch::Sample> found;
        for (const auto& one : all) {
            if (one.name == name && one.dimensions.size() == dimensions) found.push_back(one);
        }
        return found;
    }
    const std::string arn =
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/0123456789abcdef";
    NodeSeen node;
    lb::TargetGroupStatus group;
    Observed observed;
    BalancerMetrics metrics{store, observed};
};

TEST_F(BalancerMetricsTest, a_minute_is_the_difference_of_two_looks) {
    node.status.counters.request_count = 100;
    EXPECT_TRUE(look().empty()) << "the first look only notes where the counters stand";
    node.status.counters.request_count = 130;
    group.counters.request_count = 30;
    group.counters.target_response_time_count = 30;
    group.counters.target_response_times = {{2'000, 20}, {8'000, 10}};
    group.targets = {{.id = "i-1", .state = "healthy"}, {.id = "i-2", .state = "unhealthy"},
                     {.id = "i-3", .state = "healthy"}};
    const auto all = look();
    const auto requests = named(all, "RequestCount", 1);
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_EQ(requests[0].values[0].value, 30);
    EXPECT_EQ(requests[0].dimensions[0].second, "app/web/0123456789abcdef");
    EXPECT_EQ(requests[0].metric_namespace, "AWS/ApplicationELB");
    EXPECT_EQ(named(all, "HealthyHostCount", 2).at(0).values[0].value, 2);
    EXPECT_EQ(named(all, "UnHealthyHostCount", 3).at(0).values[0].value, 1);
    EXPECT_EQ(named(all, "RequestCountPerTarget", 1).at(0).values[0].value, 15);
    EXPECT_EQ(named(all, "TargetResponseTime", 1).at(0).values,
              (std::vector<cloudwatch::ValueCount>{{0.002, 20}, {0.008, 10}}));
    EXPECT_TRUE(named(all, "HTTPCode_ELB_5XX_Count", 1).empty()) << "what is zero is not reported";
}

TEST_F(BalancerMetricsTest, a_node_that_began_anew_counts_from_zero) {
    node.status.counters.request_count = 100;
    look();
    node.status.started_at_ms = 2;
    node.status.counters.request_count = 3;
    EXPECT_EQ(named(look(), "RequestCount", 1).at(0).values[0].value, 3);
    node.fresh = false;
    EXPECT_TRUE(look().empty());
}

}  // namespace
}  // namespace stormglass::elbv2
