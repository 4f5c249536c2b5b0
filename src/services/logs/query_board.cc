#include "services/logs/query_board.h"

#include <algorithm>

namespace stormglass::logs {
namespace {

constexpr base::Millis rest{60'000};  // Who starts a query commits, which wakes.

bool is_over(const QueryJob& job) { return job.status != "Scheduled" && job.status != "Running"; }

}  // namespace

bool QueryBoard::add(std::shared_ptr<QueryJob> job) {
    const std::lock_guard guard(mutex_);
    const auto waiting =
        std::ranges::count_if(jobs_, [](const auto& one) { return !is_over(*one); });
    if (static_cast<std::size_t>(waiting) >= waiting_max) return false;
    jobs_.push_back(std::move(job));
    while (jobs_.size() > jobs_max) {
        const auto old = std::ranges::find_if(jobs_, [](const auto& one) { return is_over(*one); });
        if (old == jobs_.end()) break;
        jobs_.erase(old);
    }
    return true;
}

std::shared_ptr<QueryJob> QueryBoard::find(const std::string& account, const std::string& region,
                                           const std::string& id) {
    for (auto& job : all(account, region)) {
        if (job->id == id) return job;
    }
    return nullptr;
}

std::vector<std::shared_ptr<QueryJob>> QueryBoard::all(const std::string& account,
                                                       const std::string& region) {
    const std::lock_guard guard(mutex_);
    std::vector<std::shared_ptr<QueryJob>> found;
    for (const auto& job : jobs_) {
        if (job->account == account && job->region == region) found.push_back(job);
    }
    return found;
}

bool QueryBoard::cancel(QueryJob& job) {
    const std::lock_guard guard(mutex_);
    if (is_over(job)) return false;
    job.stop = true;
    job.status = "Cancelled";
    return true;
}

std::shared_ptr<QueryJob> QueryBoard::take() {
    const std::lock_guard guard(mutex_);
    for (auto& job : jobs_) {
        if (job->status != "Scheduled") continue;
        job->status = "Running";
        return job;
    }
    return nullptr;
}

void QueryBoard::finish(QueryJob& job, Result<QueryResult> outcome) {
    const std::lock_guard guard(mutex_);
    if (job.status == "Cancelled") return;
    job.status = outcome ? "Complete" : "Failed";
    if (outcome) {
        job.result = std::move(*outcome);
    } else {
        job.problem = outcome.error().message;
    }
}

Result<base::Millis> QueryRunner::reconcile() {
    while (const auto job = board_.take()) {
        const auto tx = store_.read();
        board_.finish(*job, run_query(*tx, job->query, job->scope, job->stop));
    }
    return rest;
}

}  // namespace stormglass::logs
