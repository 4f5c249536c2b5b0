// A client of the API as it is on the wire: signed HTTP requests into the gateway, answers as XML
// or JSON.
#pragma once

#include <pugixml.hpp>

#include "base/clock.h"
#include "base/json.h"
#include "wire/gateway.h"

namespace stormglass::sim {

using Params = std::vector<std::pair<std::string, std::string>>;

class Answer {
public:
    Answer(int status, std::string body);

    bool ok() const { return status_ < 300; }
    int status() const { return status_; }
    /// AWS's code of an error; empty when it went well.
    std::string code() const;
    const std::string& body() const { return body_; }
    /// The first element that the XPath finds; empty without any.
    std::string text(const char* path) const;
    std::vector<std::string> texts(const char* path) const;
    const base::Json& json() const { return json_; }

private:
    int status_;
    std::string body_;
    std::unique_ptr<pugi::xml_document> xml_;
    base::Json json_;
};

struct ApiKey {
    std::string id, secret, region;
};

/// Used by one thread.
class ApiClient {
public:
    ApiClient(ApiKey key, const base::Clock& clock) : key_(std::move(key)), clock_(clock) {}

    /// `service` as signatures name it. Throws what the gateway's store throws.
    Answer query(wire::Gateway& gateway, const std::string& service, const std::string& action,
                 const Params& params);
    /// `target`: "AmazonSSM.GetParameter".
    Answer json(wire::Gateway& gateway, const std::string& service, const std::string& target,
                const base::Json& input);
    Answer s3(wire::Gateway& gateway, const std::string& method, const std::string& path,
              const std::string& body);

private:
    Answer send(wire::Gateway& gateway, const std::string& service, net::Headers headers,
                const std::string& method, const std::string& path, std::string body);

    const ApiKey key_;
    const base::Clock& clock_;
    wire::sigv4::SigningKeys signing_keys_;
};

}  // namespace stormglass::sim
