// One API call on its way through the gateway and a handler: who asks, where, when, in which
// transaction. Services get nothing else of HTTP, except S3, whose operations are HTTP.
//
// Service-to-service calls pass the same Request on (same caller, same transaction), inside a
// ViaService scope; reconcilers make requests of their own with make_internal_request().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/http_server.h"
#include "store/store.h"
#include "wire/operation.h"

namespace stormglass::wire {

enum class PrincipalKind { anonymous, root, user, role_session, service };

/// Who asks, as the gateway established it.
struct Principal {
    PrincipalKind kind = PrincipalKind::anonymous;
    std::string account;        // Of the principal.
    std::string arn;            // "arn:aws:iam::123456789012:root", ".../user/x", sts assumed-role.
    std::string user_id;        // AIDA..., AROA...:session, or the account id for root.
    std::string name;           // User or role name; service principal for `service`.
    std::string access_key_id;
    std::string role_arn;       // role_session only.
    std::string session_name;   // role_session only.
    std::vector<std::string> session_policies;  // role_session only: documents.
    std::map<std::string, std::string> tags;
};

/// One question to the authoriser. `resource_policy` is the document attached to the resource, if
/// any; `mode` says what it counts for.
enum class PolicyMode {
    identity_or_resource,     // The usual: either allows, any denies.
    resource_must_allow,      // KMS keys, trust policies.
};
struct Access {
    std::string action;
    std::string resource;
    std::map<std::string, std::vector<std::string>> context;  // Beyond the global aws: keys.
    std::string resource_policy;
    PolicyMode mode = PolicyMode::identity_or_resource;
    std::string resource_account;  // Empty: the caller's.
};

class Request;

/// Implemented by the iam service. Thread-safe.
class Authorizer {
public:
    virtual ~Authorizer() = default;
    /// An aws error (AccessDenied and its kin, naming principal, action and resource) when refused.
    virtual Result<void> authorize(Request& request, const Access& access) = 0;
};

/// What a handler of a rest protocol adds to its answer.
struct ResponseExtras {
    std::optional<int> status;
    net::Headers headers;
    net::BodyProducer producer;
    std::optional<std::uint64_t> producer_length;
    std::optional<net::FileRange> file;
};

class Request {
public:
    Principal principal;
    std::string account;  // Whose resources: the caller's account.
    std::string region;
    std::string request_id;
    base::Time now;
    std::string source_ip;
    std::string user_agent;
    bool secure_transport = false;
    std::string tls_version;
    std::string via_service;                // "ssm" while SSM calls KMS for the caller.
    const ServiceModel* service = nullptr;  // Of the outer call.
    const Operation* operation = nullptr;
    net::Request* http = nullptr;           // Null for internal requests.
    /// S3 uploads: the body after aws-chunked decoding, checked against its declared digest when
    /// read to the end. Null: no body.
    net::BodyReader* body = nullptr;
    ResponseExtras extras;

    /// The call's transaction. The gateway has begun it, except for operations marked `manual`.
    store::Tx& tx();
    /// For `manual` operations: begins (after ending any earlier one uncommitted).
    Result<void> begin(TxMode mode);
    /// For `manual` operations: applies and waits until durable; begin() may follow.
    Result<void> commit();

    /// Asks for a handler-authorised operation. Internal requests are always allowed.
    Result<void> authorize(const Access& access);
    /// Has authorize() been called (the gateway insists for operations marked `self`).
    bool authorized() const { return authorized_; }
    /// The caller's right needs no policy (e.g. a token proves it).
    void mark_authorized() { authorized_ = true; }
    bool is_internal() const { return authorizer_ == nullptr; }

    /// A fresh snapshot of the store, beside the call's own transaction.
    std::unique_ptr<store::Tx> snapshot() const { return store_->read(); }

    std::string arn(std::string_view service_name, std::string_view resource) const;

private:
    friend class Gateway;
    friend std::unique_ptr<Request> make_internal_request(store::Store&, TxMode, std::string_view,
                                                          std::string, std::string, base::Time);
    store::Store* store_ = nullptr;
    std::unique_ptr<store::Tx> tx_;
    Authorizer* authorizer_ = nullptr;
    bool authorized_ = false;
};

/// For the length of a scope, calls made with `request` come from a service on the caller's behalf
/// (kms:ViaService, aws:CalledVia).
class ViaService {
public:
    ViaService(Request& request, std::string service)
        : request_(request), before_(std::exchange(request.via_service, std::move(service))) {}
    ~ViaService() { request_.via_service = std::move(before_); }
    ViaService(const ViaService&) = delete;
    ViaService& operator=(const ViaService&) = delete;

private:
    Request& request_;
    std::string before_;
};

/// A reconciler's own call: allowed everything, answers to nobody. `service` names the principal
/// ("autoscaling"). The caller commits with Request::commit(). `mode` begins at once; a writer's
/// lock that does not come free makes this return null.
std::unique_ptr<Request> make_internal_request(store::Store& store, TxMode mode,
                                               std::string_view service, std::string account,
                                               std::string region, base::Time now);

}  // namespace stormglass::wire
