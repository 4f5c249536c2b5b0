#include "services/ec2/background.h"

namespace stormglass::ec2 {

bool Background::start(const std::string& key, WorkKind kind,
                       std::function<Result<void>()> work) {
    if (jobs_.size() >= jobs_max || jobs_.contains(key)) return false;
    auto job = std::make_unique<Job>();
    job->kind = kind;
    if (mode_ == WorkMode::at_once) {
        job->outcome = work();
    } else {
        Job* mine = job.get();
        job->thread = std::jthread([mine, work = std::move(work)] {
            auto outcome = work();
            const std::lock_guard lock(mine->mutex);
            mine->outcome = std::move(outcome);
        });
    }
    jobs_.emplace(key, std::move(job));
    return true;
}

bool Background::is_done(const std::string& key) {
    const auto job = jobs_.find(key);
    if (job == jobs_.end()) return false;
    const std::lock_guard lock(job->second->mutex);
    return job->second->outcome.has_value();
}

std::optional<Result<void>> Background::take(const std::string& key, WorkKind kind) {
    if (!is_done(key)) return std::nullopt;
    const auto job = jobs_.find(key);
    std::optional<Result<void>> outcome;
    if (job->second->kind == kind) outcome = std::move(job->second->outcome);
    jobs_.erase(job);
    return outcome;
}

void Background::drop_unknown(const std::function<bool(const std::string&)>& known) {
    std::vector<std::string> keys;
    for (const auto& [key, job] : jobs_) {
        if (!known(key) && is_done(key)) keys.push_back(key);
    }
    for (const auto& key : keys) jobs_.erase(key);
}

}  // namespace stormglass::ec2
