// All services, wired to each other and to the substrate. To add one: its line here and in
// services.cc, nothing else.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "net/ca.h"
#include "services/common/ports.h"
#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/common/zone_health.h"
#include "store/key_ring.h"
#include "store/store.h"
#include "substrate/databases.h"
#include "substrate/instances.h"
#include "substrate/network.h"
#include "substrate/processes.h"
#include "substrate/realm.h"
#include "wire/gateway.h"

namespace stormglass::app {

/// How what is wired runs. `simulated`: single-threaded (slow work is done within its reconciler's
/// pass) and with one clock for everything, so that a seed repeats.
enum class Steering { real, simulated };

/// What services are built from; all of it outlives them.
struct ServicesNeeds {
    store::Store& store;
    base::Clock& clock;
    base::Random& random;
    services::Timeline& timeline;
    store::KeyRing& keys;
    const substrate::Realm& realm;
    substrate::Network& network;
    substrate::Instances& instances;
    substrate::Processes& processes;
    substrate::Databases& databases;
    net::CertificateAuthority& ca;
    std::string root_access_key_id, root_secret_access_key, account_id, region;
    int http_port, https_port;
    double clock_speed = 1.0;
    std::function<void()> wake = [] {};  // Every reconciler looks again soon; from any thread.
    Steering steering = Steering::real;
};

class Services {
public:
    explicit Services(const ServicesNeeds& needs);
    ~Services();

    void register_all(wire::Gateway& gateway);
    wire::Authenticator& authenticator();
    wire::Authorizer& authorizer();
    std::vector<services::Reconciler*> reconcilers();
    std::vector<services::StatusSource*> status_sources();
    /// The few paths that nobody signs: links in notifications, their certificate. Nothing: not one of them.
    std::optional<net::Response> answer_unsigned(net::Request& request);
    /// Where the API listens on the host; before the reconcilers start.
    void set_endpoint(const std::string& endpoint);
    std::vector<services::ZoneOccupant*> zone_occupants();
    /// For a reset: called in the transaction that forgets everything; what to do after it.
    Result<std::function<void()>> forget_files(store::Tx& tx);
    /// Before the first request: what must exist in an empty store.
    Result<void> prepare();

private:
    struct All;
    std::unique_ptr<All> all_;
};

}  // namespace stormglass::app
