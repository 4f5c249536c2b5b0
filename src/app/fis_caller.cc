#include "app/fis_caller.h"

#include <cstring>
#include <pugixml.hpp>

#include "base/crypto.h"
#include "base/strings.h"
#include "services/cloudwatch/records.h"

namespace stormglass::app {
namespace {

/// A body that is there already.
class TextBody final : public net::BodyReader {
public:
    explicit TextBody(std::string_view text) : text_(text), size_(text.size()) {}
    Result<std::size_t> read(char* to, std::size_t size) override {
        const std::size_t count = std::min(size, text_.size());
        std::memcpy(to, text_.data(), count);
        text_.remove_prefix(count);
        return count;
    }
    std::optional<std::uint64_t> content_length() const override { return size_; }

private:
    std::string_view text_;
    std::uint64_t size_;
};

struct Dialect {
    const char* api_version;
    wire::sigv4::Flavour flavour;
};

Dialect dialect_of(std::string_view service) {
    if (service == "ec2") return {"2016-11-15", wire::sigv4::Flavour::ec2};
    if (service == "rds") return {"2014-10-31", wire::sigv4::Flavour::query};
    return {"2011-01-01", wire::sigv4::Flavour::query};  // autoscaling
}

std::string text_of(const std::string& action, const Dialect& dialect, const fis::Form& form) {
    std::string text = fmt::format("Action={}&Version={}", action, dialect.api_version);
    for (const auto& [name, value] : form) text += "&" + name + "=" + base::uri_encode(value);
    return text;
}

Error error_in(const net::Response& response) {
    pugi::xml_document document;
    document.load_buffer(response.body.data(), response.body.size());
    const std::string code = document.select_node("//Code").node().text().as_string("InternalFailure");
    return {Domain::aws, code, document.select_node("//Message").node().text().as_string(), response.status, {}};
}

}  // namespace

Result<services::IssuedSession> FisCaller::assume(const std::string& account, const std::string& region,
                                                  const std::string& role_arn, const std::string& session_name) {
    auto request =
        wire::make_internal_request(n_.store, wire::TxMode::write, "fis", account, region, n_.clock.now());
    if (request == nullptr) return fail(Domain::store, "Busy", "the store's writer did not come free");
    services::RoleSessionWanted wanted;
    wanted.role_arn = role_arn;
    wanted.session_name = session_name;
    auto session = TRY(n_.roles.assume_role(*request, wanted));
    TRY(request->commit());
    return session;
}

Result<std::string> FisCaller::call(const services::IssuedSession& session, const std::string& region,
                                    const std::string& service, const std::string& action, const fis::Form& form) {
    const Dialect dialect = dialect_of(service);
    const std::string body = text_of(action, dialect, form);
    const std::string digest = base::hex_encode(base::sha256(body));
    const base::Time now = n_.signed_clock.now();
    wire::sigv4::Credential credential;
    credential.access_key_id = session.access_key_id;
    credential.region = region;
    credential.service = service;
    credential.amz_date = base::amz_date(now);
    credential.scope_date = credential.amz_date.substr(0, 8);
    credential.signed_at = now;
    credential.security_token = session.session_token;
    credential.signed_headers = {"host", "x-amz-date", "x-amz-security-token"};
    net::Headers headers{{"host", fmt::format("{}.{}.amazonaws.com", service, region)},
                         {"x-amz-date", credential.amz_date},
                         {"x-amz-security-token", session.session_token},
                         {"user-agent", "fis.amazonaws.com"},
                         {"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
    const std::string signature = wire::sigv4::sign(credential, {"POST", "/", {}, &headers, digest},
                                                    session.secret_access_key, dialect.flavour, signing_keys_);
    headers.emplace_back("authorization",
                         fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                     session.access_key_id, credential.scope(),
                                     base::join(credential.signed_headers, ";"), signature));
    TextBody reader(body);
    net::Request request{.method = "POST", .target = "/", .headers = std::move(headers),
                         .peer_address = "127.0.0.1", .is_tls = false, .tls_version = {}, .tls_server_name = {},
                         .body = reader};
    auto response = gateway_->handle(request);
    if (response.status != 200) return std::unexpected(error_in(response));
    return std::move(response.body);
}

Result<void> FisCaller::ask(const services::IssuedSession& session, const std::string& region,
                            const std::string& action, const std::string& resource) {
    const auto tx = n_.store.read();
    const auto known =
        TRY(n_.authenticator.find_key(*tx, session.access_key_id, session.session_token, n_.clock.now()));
    auto request = wire::make_internal_request(n_.store, wire::TxMode::read, "fis", known.principal.account, region,
                                               n_.clock.now());
    if (request == nullptr) return fail(Domain::store, "Busy", "the store could not be read");
    request->principal = known.principal;
    return n_.authorizer.authorize(*request, {action, resource, {}, {}, {}, {}});
}

Result<void> FisCaller::interrupt(const services::IssuedSession& session, const std::string& account,
                                  const std::string& region, const std::string& instance_id, base::Seconds until) {
    TRY(ask(session, region, "ec2:SendSpotInstanceInterruptions",
            fmt::format("arn:aws:ec2:{}:{}:instance/{}", region, account, instance_id)));
    auto request = wire::make_internal_request(n_.store, wire::TxMode::write, "fis", account, region, n_.clock.now());
    if (request == nullptr) return fail(Domain::store, "Busy", "the store's writer did not come free");
    TRY(n_.spot.interrupt(*request, instance_id, until));
    return request->commit();
}

Result<std::string> FisCaller::alarm_state(const std::string& alarm_arn) {
    const auto parts = base::split(alarm_arn, ':');  // arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME
    if (parts.size() < 7) return std::string();
    const std::string name = alarm_arn.substr(alarm_arn.find(":alarm:") + 7);
    const auto tx = n_.store.read();
    const auto alarm = TRY(cloudwatch::alarms.get(*tx, {parts[4], parts[3], name}));
    return alarm ? alarm->state : std::string();
}

}  // namespace stormglass::app
