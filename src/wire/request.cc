#include "wire/request.h"

#include "base/check.h"

namespace stormglass::wire {

store::Tx& Request::tx() {
    CHECK(tx_ != nullptr);
    return *tx_;
}

Result<void> Request::begin(TxMode mode) {
    tx_.reset();
    tx_ = mode == TxMode::read ? store_->read() : TRY(store_->write());
    return {};
}

Result<void> Request::commit() {
    CHECK(tx_ != nullptr);
    if (!tx_->is_writable()) {
        tx_.reset();
        return {};
    }
    return store_->commit_durable(std::move(tx_));
}

Result<void> Request::authorize(const Access& access) {
    authorized_ = true;
    if (authorizer_ == nullptr) return {};
    return authorizer_->authorize(*this, access);
}

std::string Request::arn(std::string_view service_name, std::string_view resource) const {
    return fmt::format("arn:aws:{}:{}:{}:{}", service_name, region, account, resource);
}

std::unique_ptr<Request> make_internal_request(store::Store& store, TxMode mode,
                                               std::string_view service, std::string account,
                                               std::string region, base::Time now) {
    auto request = std::make_unique<Request>();
    request->store_ = &store;
    request->account = std::move(account);
    request->region = std::move(region);
    request->now = now;
    request->request_id = "internal";
    request->principal = {.kind = PrincipalKind::service,
                          .account = request->account,
                          .arn = {},
                          .user_id = {},
                          .name = std::string(service) + ".amazonaws.com",
                          .access_key_id = {},
                          .role_arn = {},
                          .session_name = {},
                          .session_policies = {},
                          .tags = {}};
    if (!request->begin(mode)) return nullptr;
    return request;
}

}  // namespace stormglass::wire
