// FIS, AWS's fault injection: experiment templates, and experiments that break what they name, with
// the rights of the role they name. What an experiment does is the runner's (runner.h).
#pragma once

#include "api/fis.h"
#include "base/random.h"
#include "services/fis/records.h"

namespace stormglass::fis {

/// One instance serves every thread; all state is in the request's transaction.
class Service final : public api::Api {
public:
    explicit Service(base::Random& random) : random_(random) {}
#include "api/fis_overrides.inc"

private:
    base::Random& random_;
};

/// Templates and experiments as the API shows them.
api::ExperimentTemplate shape_of(const Template& one);
api::Experiment shape_of(const Experiment& one);

/// Is the plan one that Stormglass can carry out? ValidationException says what is not, before
/// anything runs.
Result<void> check_plan(const Plan& plan);

}  // namespace stormglass::fis
