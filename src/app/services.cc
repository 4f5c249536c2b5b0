#include "app/services.h"

#include "services/dynamodb/service.h"
#include "services/iam/service.h"
#include "services/s3/service.h"
#include "services/sts/service.h"

namespace stormglass::app {

struct Services::All {
    explicit All(const ServicesNeeds& needs)
        : iam(needs.random,
              {needs.account_id, needs.root_access_key_id, needs.root_secret_access_key}),
          sts(iam),
          s3(needs.random, needs.keys, needs.realm.data_dir),
          dynamodb(needs.random),
          store(needs.store) {}

    iam::Service iam;
    sts::Service sts;
    s3::Service s3;
    dynamodb::Service dynamodb;
    store::Store& store;
    std::vector<services::Reconciler*> reconcilers;
    std::vector<services::StatusSource*> status_sources;
};

Services::Services(const ServicesNeeds& needs) : all_(std::make_unique<All>(needs)) {}
Services::~Services() = default;

void Services::register_all(wire::Gateway& gateway) {
    // As generated functions take it: a pointer to the service's Api.
    gateway.add_service(iam::api::model, static_cast<iam::api::Api*>(&all_->iam));
    gateway.add_service(sts::api::model, static_cast<sts::api::Api*>(&all_->sts));
    gateway.add_service(s3::api::model, static_cast<s3::api::Api*>(&all_->s3));
    gateway.add_service(dynamodb::api::model, static_cast<dynamodb::api::Api*>(&all_->dynamodb));
}

wire::Authenticator& Services::authenticator() { return all_->iam; }
wire::Authorizer& Services::authorizer() { return all_->iam; }
std::vector<services::Reconciler*> Services::reconcilers() { return all_->reconcilers; }
std::vector<services::StatusSource*> Services::status_sources() { return all_->status_sources; }
Result<void> Services::prepare() { return all_->s3.sweep(*all_->store.read()); }

}  // namespace stormglass::app
