// Systems Manager's Parameter Store.
#pragma once

#include "api/kms.h"
#include "api/ssm.h"
#include "services/ssm/records.h"

namespace stormglass::ssm {

enum class Reveal { no, yes };

/// One instance serves every thread; all state is in the request's transaction.
class Service final : public api::Api {
public:
    explicit Service(kms::api::Api& kms) : kms_(kms) {}
#include "api/ssm_overrides.inc"

private:
    /// Fills the value: plain, deciphered through KMS as the caller, or the ciphertext.
    Result<std::string> value_of(wire::Request& request, const Parameter& parameter,
                                 const Version& version, Reveal reveal);
    Result<api::Parameter> shape(wire::Request& request, const Parameter& parameter,
                                 const Version& version, Reveal reveal);
    Result<std::string> seal(wire::Request& request, const std::string& arn,
                             const std::string& key_id, const std::string& value);
    Result<std::optional<api::Parameter>> look_up(wire::Request& request, const std::string& name,
                                                  Reveal reveal);

    kms::api::Api& kms_;
};

}  // namespace stormglass::ssm
