// One worker's view of one target group: who is eligible now, and whose turn it is.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "planes/lb/policy/policy.h"
#include "planes/lb/snapshot.h"

namespace stormglass::lb {

class TargetPicker {
public:
    TargetPicker(const TargetGroup& group, FastRandom& random);

    struct Choice {
        const Target* target = nullptr;  // Null: no target is registered (503).
        bool failing_open = false;       // Too few are healthy: all are used.
    };
    Choice pick(std::int64_t steady_ms);
    /// The target of a stickiness cookie, when it may still take requests.
    const Target* find_eligible(std::string_view id, int port);

private:
    void refresh();
    bool too_few_healthy(std::size_t healthy, std::size_t usable) const;
    const Target* pick_with_slow_start(std::int64_t steady_ms);
    bool still_warming(const Target& target, std::int64_t steady_ms) const;

    const TargetGroup& group_;
    FastRandom& random_;
    std::unique_ptr<Policy> policy_;
    std::uint64_t generation_ = 0;  // Of the group's state when eligible_ was made.
    std::vector<const Target*> eligible_;
    bool failing_open_ = false;
};

/// Which group of a weighted forward action is next: exact over each cycle of weights, and mixed
/// well within it.
const TargetGroup* pick_group(const ForwardPlan& plan, std::uint64_t turn);

}  // namespace stormglass::lb
