// Any target, by chance. AWS lowers the weight of targets it finds anomalous; this node detects no
// anomalies, so that all weights are equal.
#include "planes/lb/policy/policy.h"

namespace stormglass::lb {
namespace {

class WeightedRandom final : public Policy {
public:
    explicit WeightedRandom(FastRandom& random) : random_(random) {}
    const Target* pick(const std::vector<const Target*>& eligible) override {
        return eligible[random_() % eligible.size()];
    }

private:
    FastRandom& random_;  // The worker's, which outlives its policies.
};

}  // namespace

std::unique_ptr<Policy> make_weighted_random(FastRandom& random) {
    return std::make_unique<WeightedRandom>(random);
}

}  // namespace stormglass::lb
