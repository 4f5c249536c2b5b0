// Role credentials for the instances that have a profile: asked of iam, kept in memory, renewed in
// time. A new daemon asks for new ones; the old ones stay valid until they expire.
#pragma once

#include "base/clock.h"
#include "services/ec2/metadata_plan.h"

namespace stormglass::ec2 {

/// Used by the reconciler's thread alone.
class CredentialKeeper {
public:
    CredentialKeeper(store::Store& store, const base::Clock& clock,
                     services::InstanceCredentials& source)
        : store_(store), clock_(clock), source_(source) {}

    /// Brings the set to what the running instances need. What iam refuses is logged once and tried
    /// again later; the metadata service then says that there are no credentials yet.
    void refresh(const std::vector<RegionRecords>& regions);
    const IssuedCredentials& issued() const { return issued_; }

private:
    bool is_fresh(const Instance& instance) const;
    void renew(const RegionRecords& region, const Instance& instance);

    store::Store& store_;
    const base::Clock& clock_;
    services::InstanceCredentials& source_;
    IssuedCredentials issued_;
    std::map<std::string, std::string> profile_of_;     // Instance id: the profile they are for.
    std::map<std::string, base::Time> refused_until_;   // Instance id.
};

}  // namespace stormglass::ec2
