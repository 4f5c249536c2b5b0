// Each target in turn. The start is random, so that several nodes and workers do not all begin with
// the same target.
#include "planes/lb/policy/policy.h"

namespace stormglass::lb {
namespace {

class RoundRobin final : public Policy {
public:
    explicit RoundRobin(unsigned start) : next_(start) {}
    const Target* pick(const std::vector<const Target*>& eligible) override {
        return eligible[next_++ % eligible.size()];
    }

private:
    unsigned next_;
};

}  // namespace

std::unique_ptr<Policy> make_round_robin(unsigned start) {
    return std::make_unique<RoundRobin>(start);
}

}  // namespace stormglass::lb
