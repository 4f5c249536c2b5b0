#include "services/rds/job.h"

namespace stormglass::rds {

void Job::start(WorkMode mode, const std::string& name, std::function<Result<void>()> work) {
    name_ = name;
    if (mode == WorkMode::at_once) {
        outcome_ = work();
        return;
    }
    thread_ = std::jthread([this, work = std::move(work)] {
        auto outcome = work();
        const std::lock_guard lock(mutex_);
        outcome_ = std::move(outcome);
    });
}

std::optional<Result<void>> Job::take() {
    const std::lock_guard lock(mutex_);
    if (!outcome_) return std::nullopt;
    name_.clear();
    return std::exchange(outcome_, std::nullopt);
}

}  // namespace stormglass::rds
