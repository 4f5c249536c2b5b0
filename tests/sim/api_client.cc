#include "api_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::sim {
namespace {

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

std::string form_of(const std::string& service, const std::string& action, const Params& params) {
    static const std::map<std::string, std::string> versions = {
        {"ec2", "2016-11-15"},
        {"autoscaling", "2011-01-01"},
        {"elasticloadbalancing", "2015-12-01"},
        {"rds", "2014-10-31"},
        {"iam", "2010-05-08"},
        {"sts", "2011-06-15"},
        {"sns", "2010-03-31"}};
    std::string form = "Action=" + action + "&Version=" + versions.at(service);
    for (const auto& [name, value] : params) {
        form += "&" + name + "=" + base::uri_encode(value);
    }
    return form;
}

wire::sigv4::Flavour flavour_of(const std::string& service) {
    if (service == "s3") return wire::sigv4::Flavour::s3;
    if (service == "ec2") return wire::sigv4::Flavour::ec2;
    return wire::sigv4::Flavour::query;
}

}  // namespace

Answer::Answer(int status, std::string body) : status_(status), body_(std::move(body)) {
    if (body_.starts_with("{")) {
        json_ = base::parse_json(body_).value_or(base::Json());
    } else {
        xml_ = std::make_unique<pugi::xml_document>();
        xml_->load_buffer(body_.data(), body_.size());
    }
}

std::string Answer::text(const char* path) const {
    return xml_ ? xml_->select_node(path).node().text().as_string() : std::string();
}

std::vector<std::string> Answer::texts(const char* path) const {
    std::vector<std::string> found;
    if (!xml_) return found;
    for (const auto& each : xml_->select_nodes(path)) {
        found.emplace_back(each.node().text().as_string());
    }
    return found;
}

std::string Answer::code() const {
    if (ok()) return {};
    if (json_.contains("__type")) return json_.at("__type").get<std::string>();
    return text("//Code");
}

Answer ApiClient::send(wire::Gateway& gateway, const std::string& service, net::Headers headers,
                       const std::string& method, const std::string& path, std::string body) {
    wire::sigv4::Credential credential;
    credential.access_key_id = key_.id;
    credential.region = key_.region;
    credential.service = service;
    credential.amz_date = base::amz_date(clock_.now());
    credential.scope_date = credential.amz_date.substr(0, 8);
    credential.signed_at = clock_.now();
    const std::string digest = base::hex_encode(base::sha256(body));
    headers.emplace_back("host", service + "." + key_.region + ".amazonaws.com");
    headers.emplace_back("x-amz-date", credential.amz_date);
    credential.signed_headers = {"host"};
    if (service == "s3") {
        headers.emplace_back("x-amz-content-sha256", digest);
        credential.signed_headers.emplace_back("x-amz-content-sha256");
    }
    credential.signed_headers.emplace_back("x-amz-date");
    const wire::sigv4::RequestView view{method, path, {}, &headers, digest};
    const std::string signature =
        wire::sigv4::sign(credential, view, key_.secret, flavour_of(service), signing_keys_);
    headers.emplace_back(
        "authorization",
        fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", key_.id,
                    credential.scope(), base::join(credential.signed_headers, ";"), signature));
    TextBody reader(body);
    net::Request request{.method = method,
                         .target = path,
                         .headers = std::move(headers),
                         .peer_address = "127.0.0.1",
                         .is_tls = false,
                         .tls_version = {},
                         .tls_server_name = {},
                         .body = reader};
    auto response = gateway.handle(request);
    return {response.status, std::move(response.body)};
}

Answer ApiClient::query(wire::Gateway& gateway, const std::string& service,
                        const std::string& action, const Params& params) {
    return send(gateway, service,
                {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}}, "POST", "/",
                form_of(service, action, params));
}

Answer ApiClient::json(wire::Gateway& gateway, const std::string& service,
                       const std::string& target, const base::Json& input) {
    return send(gateway, service,
                {{"content-type", "application/x-amz-json-1.1"}, {"x-amz-target", target}}, "POST",
                "/", input.dump());
}

Answer ApiClient::s3(wire::Gateway& gateway, const std::string& method, const std::string& path,
                     const std::string& body) {
    return send(gateway, "s3", {{"content-length", std::to_string(body.size())}}, method, path,
                body);
}

}  // namespace stormglass::sim
