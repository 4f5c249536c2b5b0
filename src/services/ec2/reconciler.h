// Brings VPCs, interfaces and instances to what is recorded, and tells the service what it saw.
#pragma once

#include "services/common/reconciler.h"
#include "services/ec2/credential_keeper.h"
#include "services/ec2/instance_keeper.h"
#include "services/ec2/network_keeper.h"

namespace stormglass::ec2 {

/// What the reconciler is built from; all outlive it.
struct ReconcilerParts {
    store::Store& store;
    const base::Clock& clock;
    services::Timeline& timeline;
    substrate::Network& network;
    substrate::Instances& instances;
    substrate::Processes& processes;
    const substrate::Realm& realm;
    services::InstanceCredentials& credentials;
    Observed& observed;
    std::string ca_certificate_pem;  // Of the CA that instances trust.
    /// For the simulation: at_once and open.
    WorkMode work_mode = WorkMode::threads;
    ServicesGate gate = ServicesGate::confirmed;
};

class Reconciler final : public services::Reconciler {
public:
    explicit Reconciler(ReconcilerParts parts);
    std::string_view name() const override { return "ec2"; }
    Result<base::Millis> reconcile() override;

private:
    using Names = std::map<std::string, std::vector<services::DnsRecord>>;  // By region.

    /// True if every VPC was brought where it should be.
    bool keep_networks(const std::vector<RegionRecords>& regions, const Names& names);

    ReconcilerParts parts_;
    CredentialKeeper credentials_;
    NetworkKeeper networks_;
    InstanceKeeper instances_;
};

/// "instances" of `stormglass status`.
class InstancesStatus final : public services::StatusSource {
public:
    explicit InstancesStatus(const Observed& observed) : observed_(observed) {}
    std::string_view status_key() const override { return "instances"; }
    Result<base::Json> status(store::Tx& tx) override;

private:
    const Observed& observed_;
};

/// "zones" of `stormglass status`: those of the daemon's region.
class ZonesStatus final : public services::StatusSource {
public:
    ZonesStatus(std::string region, const Observed& observed)
        : region_(std::move(region)), observed_(observed) {}
    std::string_view status_key() const override { return "zones"; }
    Result<base::Json> status(store::Tx& tx) override;

private:
    std::string region_;
    const Observed& observed_;
};

}  // namespace stormglass::ec2
