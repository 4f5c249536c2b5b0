#include "services/ec2/credential_keeper.h"

#include "base/log.h"

namespace stormglass::ec2 {
namespace {
constexpr auto renew_before_expiry = std::chrono::minutes{30};
constexpr auto retry_after_refusal = std::chrono::seconds{10};
}  // namespace

bool CredentialKeeper::is_fresh(const Instance& instance) const {
    const auto profile = profile_of_.find(instance.id);
    if (profile == profile_of_.end() || profile->second != instance.profile_arn) return false;
    const auto issued = issued_.find(instance.id);
    if (issued == issued_.end()) return true;  // The profile has no role.
    return issued->second.expiration - clock_.now() > renew_before_expiry;
}

void CredentialKeeper::renew(const RegionRecords& region, const Instance& instance) {
    const auto refused = refused_until_.find(instance.id);
    if (refused != refused_until_.end() && clock_.now() < refused->second) return;
    auto request = wire::make_internal_request(store_, wire::TxMode::write, "ec2", region.account,
                                               region.region, clock_.now());
    if (request == nullptr) return;
    auto given = source_.issue(*request, instance.profile_arn, instance.id);
    const auto committed = given ? request->commit() : Result<void>{};
    if (!given || !committed) {
        const Error& error = given ? committed.error() : given.error();
        spdlog::warn("ec2: no credentials for {}: {}", instance.id, error.message);
        refused_until_[instance.id] = clock_.now() + retry_after_refusal;
        return;
    }
    refused_until_.erase(instance.id);
    profile_of_[instance.id] = instance.profile_arn;
    issued_.erase(instance.id);
    if (*given) issued_[instance.id] = std::move(**given);
}

void CredentialKeeper::refresh(const std::vector<RegionRecords>& regions) {
    std::map<std::string, std::string> needed;
    for (const auto& region : regions) {
        for (const auto& instance : region.instances) {
            if (!has_body(instance) || instance.profile_arn.empty()) continue;
            needed[instance.id] = instance.profile_arn;
            if (!is_fresh(instance)) renew(region, instance);
        }
    }
    const auto is_gone = [&](const auto& entry) { return !needed.contains(entry.first); };
    std::erase_if(issued_, is_gone);
    std::erase_if(profile_of_, is_gone);
    std::erase_if(refused_until_, is_gone);
}

}  // namespace stormglass::ec2
