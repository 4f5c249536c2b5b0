// The door through which experiments act: signed requests into our own gateway, as any client's.
#pragma once

#include "base/clock.h"
#include "services/common/instance_notices.h"
#include "services/fis/caller.h"
#include "store/store.h"
#include "wire/gateway.h"

namespace stormglass::app {

/// Used by one thread, once set_gateway() was called.
class FisCaller final : public fis::Caller {
public:
    struct Needs {
        store::Store& store;
        const base::Clock& clock;         // Of sessions and permissions.
        const base::Clock& signed_clock;  // Of signatures.
        services::RoleSessions& roles;
        wire::Authenticator& authenticator;
        wire::Authorizer& authorizer;
        services::SpotInterruptions& spot;
    };
    explicit FisCaller(const Needs& needs) : n_(needs) {}

    void set_gateway(wire::Gateway& gateway) { gateway_ = &gateway; }

    Result<services::IssuedSession> assume(const std::string& account, const std::string& region,
                                           const std::string& role_arn, const std::string& session_name) override;
    Result<std::string> call(const services::IssuedSession& session, const std::string& region,
                             const std::string& service, const std::string& action, const fis::Form& form) override;
    Result<void> ask(const services::IssuedSession& session, const std::string& region, const std::string& action,
                     const std::string& resource) override;
    Result<void> interrupt(const services::IssuedSession& session, const std::string& account,
                           const std::string& region, const std::string& instance_id, base::Seconds until) override;
    Result<std::string> alarm_state(const std::string& alarm_arn) override;

private:
    Needs n_;
    wire::Gateway* gateway_ = nullptr;
    wire::sigv4::SigningKeys signing_keys_;
};

}  // namespace stormglass::app
