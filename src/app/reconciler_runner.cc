#include "app/reconciler_runner.h"

#include "base/log.h"

namespace stormglass::app {
namespace {

Result<base::Millis> one_pass(services::Reconciler& reconciler) {
    try {
        return reconciler.reconcile();
    } catch (const std::exception& error) {  // A library's, that its adapter let through.
        return fail(Domain::system, "Exception", error.what());
    }
}

}  // namespace

void ReconcilerRunner::start(services::Reconciler& reconciler) {
    const std::lock_guard lock(mutex_);
    Runner& runner = runners_.emplace_back(Runner{reconciler, {}, {}});
    runner.report.name = reconciler.name();
    runner.thread = std::thread([this, &runner] { run(runner); });
}

void ReconcilerRunner::wake() {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    changed_.notify_all();
}

void ReconcilerRunner::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
        stopped_.notify_all();
    }
    for (auto& runner : runners_) {
        if (runner.thread.joinable()) runner.thread.join();
    }
}

ReconcilerRunner::Runner* ReconcilerRunner::busy_one() {
    for (auto& runner : runners_) {
        if (runner.report.at_work_since) return &runner;
    }
    return nullptr;
}

Result<void> ReconcilerRunner::pause(base::Millis patience) {
    std::unique_lock lock(mutex_);
    paused_ = true;
    if (ended_.wait_for(lock, patience, [&] { return busy_one() == nullptr; })) return {};
    paused_ = false;
    changed_.notify_all();
    return fail(Domain::system, "Busy",
                fmt::format("reconciler {} is still at work", busy_one()->report.name));
}

void ReconcilerRunner::resume() {
    const std::lock_guard lock(mutex_);
    paused_ = false;
    ++wakes_;
    changed_.notify_all();
}

std::vector<PassReport> ReconcilerRunner::reports() const {
    const std::lock_guard lock(mutex_);
    std::vector<PassReport> all;
    for (const auto& runner : runners_) all.push_back(runner.report);
    return all;
}

bool ReconcilerRunner::begin_pass(Runner& runner, std::uint64_t& seen) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || !paused_; });
    if (stopping_) return false;
    seen = wakes_;
    runner.report.at_work_since = clock_.now();
    return true;
}

void ReconcilerRunner::end_pass(Runner& runner, const Result<base::Millis>& outcome,
                                std::uint64_t seen) {
    std::unique_lock lock(mutex_);
    PassReport& report = runner.report;
    ++report.passes;
    report.last_ended = clock_.now();
    report.at_work_since.reset();
    if (outcome) {
        report.error.clear();
        report.failing_since.reset();
    } else {
        const std::string text = outcome.error().code + ": " + outcome.error().message;
        if (report.error != text) spdlog::warn("{}: {}", report.name, text);  // Again is not news.
        report.error = text;
        if (!report.failing_since) report.failing_since = report.last_ended;
    }
    ended_.notify_all();
    stopped_.wait_for(lock, rest_min, [&] { return stopping_; });
    if (outcome) {
        changed_.wait_for(lock, *outcome, [&] { return stopping_ || wakes_ != seen; });
    } else {
        stopped_.wait_for(lock, rest_after_error, [&] { return stopping_; });
    }
}

void ReconcilerRunner::run(Runner& runner) {
    std::uint64_t seen = 0;
    while (begin_pass(runner, seen)) end_pass(runner, one_pass(runner.reconciler), seen);
}

}  // namespace stormglass::app
