// Which resources a target of a template stands for, at the moment the experiment starts.
// https://docs.aws.amazon.com/fis/latest/userguide/targets.html
#pragma once

#include "base/random.h"
#include "services/fis/caller.h"
#include "services/fis/records.h"

namespace stormglass::fis {

/// Whom and where a call is for.
struct Scene {
    Caller& caller;
    services::IssuedSession session;
    std::string account, region;

    Result<std::string> call(const std::string& service, const std::string& action,
                             const Form& form) {
        return caller.call(session, region, service, action, form);
    }
};

/// ARNs, chosen by tags or ARNs, filters, parameters and the selection mode. Empty: nothing fits.
Result<std::vector<std::string>> resolve(Scene& scene, const Target& target, base::Random& random);

/// What stands behind the last '/' or ':' of an ARN: "i-0123", "my-database".
std::string name_of_arn(const std::string& arn);

/// "ALL", "COUNT(2)", "PERCENT(50)": how many of `found` to take; nullopt: not a selection mode.
std::optional<std::size_t> selected_count(std::string_view mode, std::size_t found);

}  // namespace stormglass::fis
