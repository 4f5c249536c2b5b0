#include "planes/lb/policy/policy.h"

namespace stormglass::lb {

std::unique_ptr<Policy> make_policy(std::string_view algorithm, FastRandom& random) {
    if (algorithm == "least_outstanding_requests") return make_least_outstanding(random());
    if (algorithm == "weighted_random") return make_weighted_random(random);
    return make_round_robin(random());
}

}  // namespace stormglass::lb
