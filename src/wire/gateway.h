// The request path, from a parsed HTTP request to its answer. handle() in gateway.cc is the list of
// steps; each step is a function of its own.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "net/http_server.h"
#include "store/store.h"
#include "wire/protocol.h"
#include "wire/request.h"
#include "wire/sigv4/sigv4.h"

namespace stormglass::wire {

/// A long-term or temporary key as iam knows it.
struct KnownKey {
    std::string secret;
    Principal principal;
};

/// Implemented by the iam service. Thread-safe.
class Authenticator {
public:
    virtual ~Authenticator() = default;
    /// aws errors: InvalidClientTokenId (InvalidAccessKeyId for S3 is worded by the gateway),
    /// ExpiredToken, InvalidToken.
    virtual Result<KnownKey> find_key(store::Tx& tx, const std::string& access_key_id,
                                      const std::string& session_token, base::Time now) = 0;
};

/// Hears of every call once it is answered; must not block.
class Observer {
public:
    virtual ~Observer() = default;
    virtual void called(const Request& request, const Routed& routed, int status,
                        const Error* error) = 0;
};

enum class AuthMode { enforce, open };  // open: any key is taken for the account's root.

struct GatewayOptions {
    std::string account_id;  // Of keys that name no account themselves (AuthMode::open, anonymous).
    AuthMode auth = AuthMode::enforce;
    std::size_t answers_logged_max = 0;
    /// Clients sign by real time, however fast the control plane's clock runs. Null: that clock. Outlives the gateway.
    const base::Clock* signature_clock = nullptr;
};

/// Thread-safe once every service is added. Outlived by everything it is given.
class Gateway {
public:
    Gateway(GatewayOptions options, store::Store& store, const base::Clock& clock,
            base::Random& random, Authenticator& authenticator, Authorizer& authorizer,
            Observer& observer);

    /// `api` is the service's api::Api, as the generated call functions take it.
    void add_service(const ServiceModel& model, void* api);
    /// Paths under /_stormglass/ are not AWS's: they go here, unauthenticated.
    void set_own_paths(net::Handler handler) { own_paths_ = std::move(handler); }
    /// Called after each commit, to wake the reconcilers.
    void set_on_commit(std::function<void()> fn) { on_commit_ = std::move(fn); }

    net::Response handle(net::Request& http);
    /// How refusals of the HTTP server read: S3's form, which every SDK can parse.
    static net::Response refuse(net::Refusal refusal);
    const std::vector<const ServiceModel*>& models() const { return models_; }

    /// Establishes who signed `http` (for our own signed paths); body must be empty.
    Result<Principal> authenticate_own(net::Request& http);

private:
    struct Service { const ServiceModel* model; void* api; };
    struct Call;  // One request's state on its way.
    class CallExchange;

    Result<void> route(Call& call);
    const Service* find_service(const Call& call) const;
    Result<void> read_body(Call& call);
    Result<void> authenticate(Call& call);
    Result<void> verify_signature(Call& call);
    Result<void> authorize(Call& call, const void* input);
    Result<void> run(Call& call);
    Result<void> finish(Call& call);
    net::Response answer(Call& call, Result<void> outcome);

    const GatewayOptions options_;
    store::Store& store_;
    const base::Clock& clock_;
    base::Random& random_;
    Authenticator& authenticator_;
    Authorizer& authorizer_;
    Observer& observer_;
    sigv4::SigningKeys signing_keys_;
    std::vector<Service> services_;
    std::vector<const ServiceModel*> models_;
    net::Handler own_paths_;
    std::function<void()> on_commit_;
};

/// The ARNs that an operation's template names for this input; a template without members gives one.
std::vector<std::string> resources_of(const Operation& operation, const void* input,
                                      std::string_view region, std::string_view account);

}  // namespace stormglass::wire
