// The target with the fewest requests in flight from this node; equals are taken in turn.
#include "planes/lb/policy/policy.h"

namespace stormglass::lb {
namespace {

class LeastOutstanding final : public Policy {
public:
    explicit LeastOutstanding(unsigned start) : next_(start) {}
    const Target* pick(const std::vector<const Target*>& eligible) override {
        const unsigned start = next_++;
        const Target* best = nullptr;
        for (std::size_t i = 0; i < eligible.size(); ++i) {
            const Target* target = eligible[(start + i) % eligible.size()];
            if (best == nullptr ||
                read(target->state->active_requests) < read(best->state->active_requests)) {
                best = target;
            }
        }
        return best;
    }

private:
    unsigned next_;
};

}  // namespace

std::unique_ptr<Policy> make_least_outstanding(unsigned start) {
    return std::make_unique<LeastOutstanding>(start);
}

}  // namespace stormglass::lb
