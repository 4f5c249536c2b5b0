// Judges how safe a request's framing is, in the tiers that AWS's balancers use (the published
// classifier aws/http-desync-guardian; its test cases are ours too). What a tier leads to depends
// on routing.http.desync_mitigation_mode.
#pragma once

#include <string_view>

#include "planes/lb/http1/head.h"

namespace stormglass::lb::http1 {

enum class Tier { compliant, acceptable, ambiguous, severe };

struct Verdict {
    Tier tier = Tier::compliant;
    std::string_view reason;  // AWS's code as the access log shows it; empty when compliant.
};

Verdict classify(const RequestHead& head);

enum class DesyncMode { monitor, defensive, strictest };
enum class DesyncAction { pass, pass_then_close, block };
DesyncAction desync_action(DesyncMode mode, Tier tier);
/// "Compliant", "Acceptable", "Ambiguous", "Severe".
std::string_view tier_name(Tier tier);

}  // namespace stormglass::lb::http1
