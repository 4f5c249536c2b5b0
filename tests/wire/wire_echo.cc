// The codecs' half of roundtrip.py. One JSON line in per request:
//   {"service","operation","method","target","headers":[[name,value]],"body":base64}
// and one out: {"input": what was decoded, members by the model's names} or {"error": ...}.
#include <iostream>

#include "api/acm.h"
#include "api/autoscaling.h"
#include "api/cloudwatch.h"
#include "api/dynamodb.h"
#include "api/ec2.h"
#include "api/elbv2.h"
#include "api/iam.h"
#include "api/kms.h"
#include "api/logs.h"
#include "api/rds.h"
#include "api/s3.h"
#include "api/sns.h"
#include "api/ssm.h"
#include "api/sts.h"
#include "base/json.h"
#include "base/strings.h"
#include "wire/protocol.h"
#include "wire/rest_xml.h"
#include "wire/routing.h"

namespace stormglass {
namespace {

using base::Json;
using wire::Kind;

const wire::ServiceModel* model_of(const std::string& name) {
    for (const auto* model :
         {&acm::api::model, &autoscaling::api::model, &cloudwatch::api::model,
          &dynamodb::api::model, &ec2::api::model, &elbv2::api::model, &iam::api::model,
          &kms::api::model, &logs::api::model, &rds::api::model, &s3::api::model, &sns::api::model,
          &ssm::api::model, &sts::api::model}) {
        if (name == model->name) return model;
    }
    return nullptr;
}

Json dump(const wire::Shape& shape, const void* value) {
    switch (shape.kind) {
        case Kind::boolean: return *static_cast<const bool*>(value);
        case Kind::integer: return *static_cast<const std::int64_t*>(value);
        case Kind::number: return *static_cast<const double*>(value);
        case Kind::string: return *static_cast<const std::string*>(value);
        case Kind::blob: return base::base64_encode(*static_cast<const std::string*>(value));
        case Kind::timestamp: return base::epoch_seconds(*static_cast<const base::Time*>(value));
        case Kind::list: {
            Json list = Json::array();
            for (std::size_t i = 0; i < shape.access->size(value); ++i) {
                list.push_back(dump(*shape.element, shape.access->at(value, i)));
            }
            return list;
        }
        case Kind::map: {
            Json map = Json::object();
            shape.access->each(value, [&](const std::string& key, const void* item) {
                map[key] = dump(*shape.element, item);
            });
            return map;
        }
        case Kind::structure: break;
    }
    Json object = Json::object();
    for (const auto& member : shape.members) {
        if (const void* item = wire::peek(member, value)) {
            object[member.name] = dump(*member.shape, item);
        }
    }
    return object;
}

class NoBody final : public net::BodyReader {
public:
    Result<std::size_t> read(char*, std::size_t) override { return std::size_t{0}; }
    std::optional<std::uint64_t> content_length() const override { return 0; }
};

class Echo final : public wire::Exchange {
public:
    Echo(const wire::Routed& routed, wire::Request& request) : routed_(routed), request_(request) {}
    Result<void> read_input(void* input) override {
        wire::Problems problems;  // Samples ignore limits: what was read is the question here.
        TRY(wire::read_input(routed_, request_, input, problems));
        found = routed_.operation->input == nullptr ? Json::object()
                                                    : dump(*routed_.operation->input, input);
        return fail(Domain::system, "Done", "");
    }
    Result<void> write_output(const void*) override { return {}; }
    Json found;

private:
    const wire::Routed& routed_;
    wire::Request& request_;
};

Result<Json> echo(const Json& line) {
    NoBody no_body;
    net::Request http{.method = line["method"], .target = line["target"], .headers = {},
                      .peer_address = {}, .is_tls = false, .tls_version = {},
                      .tls_server_name = {}, .body = no_body};
    for (const auto& header : line["headers"]) http.headers.emplace_back(header[0], header[1]);
    wire::Routed routed;
    routed.service = model_of(line["service"]);
    if (routed.service == nullptr) return fail(Domain::config, "NoService", line["service"]);
    const auto mark = http.target.find('?');
    routed.path = http.target.substr(0, mark);
    if (mark != std::string::npos) routed.query = http.target.substr(mark + 1);
    routed.body = TRY(base::base64_decode(line["body"].get<std::string>()));
    routed.protocol = wire::protocol_of(http, routed.service);
    if (routed.protocol == wire::Protocol::rest_xml) {
        TRY(wire::route_rest(routed, http, {}));
    } else {
        TRY(wire::find_operation(routed, http));
    }
    if (routed.operation_name != line["operation"]) {
        return fail(Domain::config, "WrongOperation", "taken for " + routed.operation_name);
    }
    wire::Request request;
    request.http = &http;
    Echo exchange(routed, request);
    const auto outcome = routed.operation->call(nullptr, request, exchange);
    if (!outcome && outcome.error().code != "Done") return std::unexpected(outcome.error());
    return exchange.found;
}

}  // namespace
}  // namespace stormglass

int main() {
    std::string text;
    while (std::getline(std::cin, text)) {
        const auto line = stormglass::base::parse_json(text);
        stormglass::base::Json answer;
        if (auto found = stormglass::echo(*line)) {
            answer["input"] = *found;
        } else {
            answer["error"] = found.error().code + ": " + found.error().message;
        }
        std::cout << answer.dump() << "\n" << std::flush;
    }
    return 0;
}
