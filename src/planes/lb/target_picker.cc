#include "planes/lb/target_picker.h"

#include <algorithm>
#include <numeric>

namespace stormglass::lb {

TargetPicker::TargetPicker(const TargetGroup& group, FastRandom& random)
    : group_(group), random_(random), policy_(make_policy(group.config.algorithm, random)) {}

bool TargetPicker::too_few_healthy(std::size_t healthy, std::size_t usable) const {
    if (healthy == 0) return true;
    const auto count_min = group_.config.minimum_healthy_targets_count;
    const auto percent_min = group_.config.minimum_healthy_targets_percentage;
    return static_cast<int>(healthy) < count_min ||
           static_cast<int>(healthy * 100) < percent_min * static_cast<int>(usable);
}

void TargetPicker::refresh() {
    const auto generation = group_.state->generation.load();
    if (generation == generation_) return;
    generation_ = generation;
    std::vector<const Target*> usable;
    eligible_.clear();
    for (const int index : group_.reachable) {
        const Target& target = group_.targets[index];
        if (target.draining()) continue;
        usable.push_back(&target);
        if (target.state->healthy) eligible_.push_back(&target);
    }
    failing_open_ = too_few_healthy(eligible_.size(), usable.size());
    if (failing_open_) eligible_ = std::move(usable);
}

bool TargetPicker::still_warming(const Target& target, std::int64_t steady_ms) const {
    const auto since = read(target.state->healthy_since_ms);
    return steady_ms - since < group_.config.slow_start_seconds * 1000LL;
}

/// Gives a warming target its turn only with the share that it has reached so far, as long as some
/// other target is warm.
const Target* TargetPicker::pick_with_slow_start(std::int64_t steady_ms) {
    const bool all_warming =
        std::all_of(eligible_.begin(), eligible_.end(),
                    [&](const Target* target) { return still_warming(*target, steady_ms); });
    for (std::size_t tries = 0;; ++tries) {
        const Target* target = policy_->pick(eligible_);
        if (all_warming || tries > 4 * eligible_.size() || !still_warming(*target, steady_ms)) {
            return target;
        }
        const auto age = steady_ms - read(target->state->healthy_since_ms);
        const auto window = group_.config.slow_start_seconds * 1000LL;
        if (static_cast<std::int64_t>(random_() % window) < age) return target;
    }
}

TargetPicker::Choice TargetPicker::pick(std::int64_t steady_ms) {
    refresh();
    if (eligible_.empty()) return {};
    const bool slow_start = group_.config.slow_start_seconds > 0 && !failing_open_;
    return {slow_start ? pick_with_slow_start(steady_ms) : policy_->pick(eligible_), failing_open_};
}

const Target* TargetPicker::find_eligible(std::string_view id, int port) {
    refresh();
    for (const Target* target : eligible_) {
        if (target->config.id == id && target->config.port == port) return target;
    }
    return nullptr;
}

const TargetGroup* pick_group(const ForwardPlan& plan, std::uint64_t turn) {
    if (plan.groups.size() == 1) return plan.weight_total > 0 ? plan.groups[0].group : nullptr;
    if (plan.weight_total == 0) return nullptr;
    const auto total = static_cast<std::uint64_t>(plan.weight_total);
    // A step near the golden ratio of the total, made coprime to it, visits every place once a
    // cycle.
    std::uint64_t step = std::max<std::uint64_t>(1, total * 618 / 1000);
    while (std::gcd(step, total) != 1) ++step;
    auto place = static_cast<int>(turn % total * step % total);
    for (const WeightedGroup& one : plan.groups) {
        if (place < one.weight) return one.group;
        place -= one.weight;
    }
    return nullptr;
}

}  // namespace stormglass::lb
