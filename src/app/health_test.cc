// Health is what probes find, and reconcilers say how they fare.
#include "app/health.h"

#include <gtest/gtest.h>

#include <atomic>

#include "store/memory_store.h"

namespace stormglass::app {
namespace {

constexpr base::Time noon{base::Seconds{1'760'000'000}};

class Scripted final : public services::Reconciler {
public:
    explicit Scripted(std::string name) : name_(std::move(name)) {}
    std::string_view name() const override { return name_; }
    Result<base::Millis> reconcile() override {
        ++passes;
        if (fails) return fail(Domain::system, "Broken", "no such device");
        return base::Millis{1};
    }
    std::atomic<int> passes = 0;
    std::atomic<bool> fails = false;

private:
    std::string name_;
};

/// Waits for `wanted` to hold, ten seconds at most.
bool await(const std::function<bool()>& wanted) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!wanted()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

PassReport well() {
    PassReport report;
    report.name = "ec2";
    report.passes = 1;
    report.last_ended = noon;
    return report;
}

TEST(Judge, APassThatEndedWellIsRunning) {
    EXPECT_EQ(judge(well(), noon).first, ServiceState::running);
}

TEST(Judge, BeforeTheFirstPassNothingIsClaimed) {
    PassReport report;
    report.name = "rds";
    EXPECT_EQ(judge(report, noon).first, ServiceState::degraded);
}

TEST(Judge, AnErrorDegradesAndALongOneFails) {
    auto report = well();
    report.error = "Broken: no such device";
    report.failing_since = noon;
    const auto [state, why] = judge(report, noon + base::Seconds{1});
    EXPECT_EQ(state, ServiceState::degraded);
    EXPECT_EQ(why, "ec2: Broken: no such device");
    EXPECT_EQ(judge(report, noon + base::Seconds{61}).first, ServiceState::failed);
}

TEST(Judge, APassThatDoesNotEndIsNoticed) {
    auto report = well();
    report.at_work_since = noon;
    EXPECT_EQ(judge(report, noon + base::Seconds{30}).first, ServiceState::running);
    EXPECT_EQ(judge(report, noon + base::Seconds{61}).first, ServiceState::degraded);
    EXPECT_EQ(judge(report, noon + base::Seconds{301}).first, ServiceState::failed);
}

TEST(Health, TellsOfEachServiceWhatWasFound) {
    store::MemoryStore store;
    ReconcilerRunner runner;
    Scripted good("ec2"), bad("s3-lifecycle");
    bad.fails = true;
    runner.start(good);
    runner.start(bad);
    ASSERT_TRUE(await([&] { return good.passes > 1 && bad.passes > 0; }));
    Health health(store, runner, "");
    health.add_probe({"database server", {"rds"}, [] { return fail_errno("look"); }});
    ASSERT_TRUE(await([&] {
        const auto json = health.look({"ec2", "iam", "rds", "s3"}, base::SystemClock().now());
        return json["services"]["s3"]["state"] != "running" &&
               json["services"]["ec2"]["state"] == "running";
    }));
    const auto json = health.look({"ec2", "iam", "rds", "s3"}, base::SystemClock().now());
    EXPECT_EQ(json["status"], "failed");
    EXPECT_EQ(json["services"]["iam"]["state"], "running");
    EXPECT_EQ(json["services"]["rds"]["state"], "failed");
    EXPECT_EQ(json["services"]["s3"]["state"], "degraded");
    EXPECT_EQ(json["services"]["s3"]["why"], "s3-lifecycle: Broken: no such device");
    EXPECT_EQ(json["services"]["ec2"]["reconcilers"][0]["name"], "ec2");
}

TEST(Health, WithoutRootWhatIsLaunchedIsDegraded) {
    store::MemoryStore store;
    const ReconcilerRunner runner;
    const Health health(store, runner, "not running as root");
    const auto json = health.look({"ec2", "iam"}, noon);
    EXPECT_EQ(json["services"]["ec2"]["state"], "degraded");
    EXPECT_EQ(json["services"]["iam"]["state"], "running");
}

TEST(ReconcilerRunner, PausedNothingIsDoneUntilItGoesOn) {
    ReconcilerRunner runner;
    Scripted one("ec2");
    runner.start(one);
    ASSERT_TRUE(await([&] { return one.passes > 0; }));
    ASSERT_TRUE(runner.pause(base::Millis{10'000}));
    const int before = one.passes;
    runner.wake();
    std::this_thread::sleep_for(std::chrono::milliseconds{60});
    EXPECT_EQ(one.passes, before);
    runner.resume();
    EXPECT_TRUE(await([&] { return one.passes > before; }));
}

}  // namespace
}  // namespace stormglass::app
