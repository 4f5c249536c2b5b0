// How experiments act: by AWS's own API, as a session of the role that the template names, through
// the gateway like any client. What the role may not do, an experiment cannot do.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "services/common/ports.h"

namespace stormglass::fis {

using Form = std::vector<std::pair<std::string, std::string>>;

/// Implemented by app. Used by one thread.
class Caller {
public:
    virtual ~Caller() = default;
    /// Assumes the role as fis.amazonaws.com; AccessDenied when its trust policy does not let it.
    virtual Result<services::IssuedSession> assume(const std::string& account,
                                                   const std::string& region,
                                                   const std::string& role_arn,
                                                   const std::string& session_name) = 0;
    /// One call of a query API. `service` as signatures name it: "ec2". The answer's XML, or AWS's
    /// error.
    virtual Result<std::string> call(const services::IssuedSession& session,
                                     const std::string& region, const std::string& service,
                                     const std::string& action, const Form& form) = 0;
    /// May the session do what no API of ours does (ec2:InjectApiError)?
    virtual Result<void> ask(const services::IssuedSession& session, const std::string& region,
                             const std::string& action, const std::string& resource) = 0;
    /// Takes a Spot instance back after `until`.
    virtual Result<void> interrupt(const services::IssuedSession& session,
                                   const std::string& account, const std::string& region,
                                   const std::string& instance_id, base::Seconds until) = 0;
    /// "OK", "ALARM", "INSUFFICIENT_DATA"; empty: there is no such alarm.
    virtual Result<std::string> alarm_state(const std::string& alarm_arn) = 0;
};

}  // namespace stormglass::fis
