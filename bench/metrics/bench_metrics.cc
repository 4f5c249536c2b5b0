// Measures CloudWatch's points on a folder: what ten thousand series cost at one point a minute,
// with the roll-up, how much disk they take, and how long GetMetricData takes over a day.
//
//   bench_metrics FOLDER [HOURS]
#include <fmt/format.h>
#include <time.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "services/cloudwatch/metrics.h"
#include "services/cloudwatch/rollup.h"
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/testing.h"
#include "services/common/timeline.h"
#include "store/rocks_store.h"

namespace stormglass::cloudwatch {
namespace {

constexpr int series_count = 10'000, queried = 100, day_period = 300;
constexpr const char *account = "123456789012", *region = "us-east-1";

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

template <class T>
T must(Result<T> result) {
    if (!result) {
        fmt::print(stderr, "{}\n", result.error().message);
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::uintmax_t bytes_in(const std::string& folder) {
    std::uintmax_t sum = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) sum += entry.file_size();
    }
    return sum;
}

std::vector<Sample> samples_at(base::Time time, int minute, int step = 1) {
    std::vector<Sample> all;
    for (int i = 0; i < series_count; i += step) {
        all.push_back({.metric_namespace = "bench",
                       .name = "load",
                       .dimensions = {{"InstanceId", fmt::format("i-{:017x}", i)}},
                       .unit = "Percent",
                       .time = time,
                       .values = {{static_cast<double>((i * 7 + minute * 13) % 1000) / 10}},
                       .statistics = {}});
    }
    return all;
}

class NoTimeline final : public services::Timeline {
public:
    void add(services::TimelineEvent) override {}
};

void write_hours(store::Store& store, base::ManualClock& clock, int hours) {
    Metrics metrics(store);
    RollUp roll_up(store, clock);
    double worst = 0, all = 0;
    for (int hour = 0; hour < hours; ++hour) {
        const double before = cpu_seconds();
        for (int minute = 0; minute < 60; ++minute) {
            must(metrics.publish(account, region, samples_at(clock.now(), minute)));
            clock.advance(base::Seconds{60});
        }
        // The roll-up's round of this hour: it says a second between its parts.
        const base::Millis part_rest{2'000};
        while (must(roll_up.reconcile()) < part_rest) {
        }
        const double used = cpu_seconds() - before;
        all += used;
        worst = std::max(worst, used);
    }
    fmt::print(
        "{} series, one point a minute, rolled up: {:.2f} % of a core (worst hour {:.2f} %)\n",
        series_count, all / hours / 36, worst / 36);
}

/// What is queried has a day behind it.
void fill_day(store::Store& store, base::ManualClock& clock) {
    Metrics metrics(store);
    for (int minute = 0; minute < 24 * 60; ++minute) {
        must(metrics.publish(account, region,
                             samples_at(clock.now(), minute, series_count / queried)));
        clock.advance(base::Seconds{60});
    }
}

void query_day(store::Store& store, base::ManualClock& clock, const char* stat) {
    base::SeededRandom random(1);
    NoTimeline timeline;
    RecordedTopics topics;
    Service service(random, timeline, topics);
    api::GetMetricDataInput input;
    input.end_time = clock.now();
    input.start_time = clock.now() - base::Days{1};
    for (int i = 0; i < queried; ++i) {
        auto& query = input.metric_data_queries.emplace_back();
        query.id = fmt::format("m{}", i);
        auto& one = query.metric_stat.emplace();
        auto& metric = one.metric.emplace();
        metric.namespace_ = "bench";
        metric.metric_name = "load";
        metric.dimensions.push_back(
            {"InstanceId", fmt::format("i-{:017x}", i * (series_count / queried))});
        one.period = day_period;
        one.stat = stat;
    }
    double best = 1e9;
    std::size_t points = 0;
    for (int round = 0; round < 5; ++round) {
        auto request = wire::make_internal_request(store, wire::TxMode::read, "bench", account,
                                                   region, clock.now());
        const auto begun = std::chrono::steady_clock::now();
        const auto output = must(service.get_metric_data(*request, input));
        best = std::min(best, std::chrono::duration<double, std::milli>(
                                  std::chrono::steady_clock::now() - begun)
                                  .count());
        points = 0;
        for (const auto& one : output.metric_data_results) points += one.values.size();
    }
    fmt::print("GetMetricData, {} series, a day, period {} s, {}: {:.1f} ms ({} data points)\n",
               queried, day_period, stat, best, points);
}

}  // namespace

int run(const std::string& folder, int hours) {
    base::SystemRandom random;
    auto keys = must(store::KeyRing::open(folder, random));
    auto store = must(store::RocksStore::open({folder}, *keys, random));
    base::ManualClock clock{base::Time{base::Seconds{1'760'054'400}}};
    fill_day(*store, clock);
    write_hours(*store, clock, hours);
    fmt::print("disk: {:.1f} MB after {} hours\n", static_cast<double>(bytes_in(folder)) / 1e6,
               hours);
    query_day(*store, clock, "Average");
    query_day(*store, clock, "p99");
    return 0;
}

}  // namespace stormglass::cloudwatch

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "bench_metrics FOLDER [HOURS]\n");
        return 2;
    }
    return stormglass::cloudwatch::run(argv[1], argc > 2 ? std::atoi(argv[2]) : 3);
}
