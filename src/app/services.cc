#include "app/services.h"

namespace stormglass::app {
namespace {

/// Only the root user exists until iam is built in.
class RootOnly final : public wire::Authenticator, public wire::Authorizer {
public:
    explicit RootOnly(const ServicesNeeds& needs)
        : id_(needs.root_access_key_id), secret_(needs.root_secret_access_key),
          account_(needs.account_id) {}
    Result<wire::KnownKey> find_key(store::Tx&, const std::string& id, const std::string&,
                                    base::Time) override {
        if (id != id_) {
            return aws_error("InvalidClientTokenId",
                             "The security token included in the request is invalid.", 403);
        }
        wire::KnownKey known{secret_, {}};
        known.principal.kind = wire::PrincipalKind::root;
        known.principal.account = account_;
        known.principal.arn = "arn:aws:iam::" + account_ + ":root";
        known.principal.user_id = account_;
        return known;
    }
    Result<void> authorize(wire::Request& request, const wire::Access& access) override {
        if (request.principal.kind == wire::PrincipalKind::root) return {};
        return aws_error("AccessDenied", "not authorized to perform: " + access.action, 403);
    }

private:
    std::string id_, secret_, account_;
};

}  // namespace

struct Services::All {
    explicit All(const ServicesNeeds& needs) : root(needs) {}
    RootOnly root;
};

Services::Services(const ServicesNeeds& needs) : all_(std::make_unique<All>(needs)) {}
Services::~Services() = default;

void Services::register_all(wire::Gateway&) {}
wire::Authenticator& Services::authenticator() { return all_->root; }
wire::Authorizer& Services::authorizer() { return all_->root; }
std::vector<services::Reconciler*> Services::reconcilers() { return {}; }
std::vector<services::StatusSource*> Services::status_sources() { return {}; }
Result<void> Services::prepare() { return {}; }

}  // namespace stormglass::app
