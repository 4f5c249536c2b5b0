// The codecs' half of roundtrip.py. One JSON line in, one out:
//   {"service", "operation", "method", "target", "headers": [[name, value]], "body": base64}
//       a request: {"input": what was decoded, members by the model's names}
//   {"service", "operation", "protocol", "output": {...}, "status": optional}
//       an output: the answer, as {"status", "headers", "body"}
//   {"service", "protocol", "error": shape, "message", "details"}
//       a modelled error: its answer
// What went wrong instead is {"error": text}.
#include <iostream>

#include "base/json.h"
#include "base/strings.h"
#include "model_json.h"
#include "outputs.h"
#include "wire/protocol.h"
#include "wire/rest_xml.h"
#include "wire/routing.h"

namespace stormglass {
namespace {

using base::Json;

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

Result<const wire::ServiceModel*> service_of(const Json& line) {
    const auto* model = model_of(line["service"].get<std::string>());
    if (model == nullptr) return fail(Domain::config, "NoService", line["service"]);
    return model;
}

Result<Json> echo_input(const Json& line) {
    NoBody no_body;
    net::Request http{.method = line["method"],
                      .target = line["target"],
                      .headers = {},
                      .peer_address = {},
                      .is_tls = false,
                      .tls_version = {},
                      .tls_server_name = {},
                      .body = no_body};
    for (const auto& header : line["headers"]) http.headers.emplace_back(header[0], header[1]);
    wire::Routed routed;
    routed.service = TRY(service_of(line));
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
    Json answer;
    answer["input"] = std::move(exchange.found);
    return answer;
}

wire::Protocol protocol_named(const std::string& name) {
    using enum wire::Protocol;
    if (name == "query") return query;
    if (name == "ec2") return ec2;
    if (name == "rest-xml") return rest_xml;
    if (name == "rest-json") return rest_json;
    return name == "json" ? json : cbor;
}

Json as_json(const net::Response& response) {
    Json headers = Json::array();
    for (const auto& [name, value] : response.headers) headers.push_back({name, value});
    Json answer;
    answer["status"] = response.status;
    answer["headers"] = std::move(headers);
    answer["body"] = base::base64_encode(response.body);
    return answer;
}

Result<Json> answer_output(const Json& line) {
    wire::Routed routed;
    routed.service = TRY(service_of(line));
    routed.operation_name = line["operation"];
    routed.operation = routed.service->find(routed.operation_name);
    const auto output = make_output(routed.service->name, routed.operation_name);
    if (routed.operation == nullptr || output == nullptr) {
        return fail(Domain::config, "NoOperation", routed.operation_name);
    }
    if (routed.operation->output != nullptr) {
        fill(*routed.operation->output, line["output"], output.get());
    }
    routed.protocol = protocol_named(line["protocol"]);
    wire::Request request;
    request.request_id = "request-1";
    if (line.contains("status")) request.extras.status = line["status"].get<int>();
    return as_json(wire::write_output(routed, request, output.get()));
}

Result<Json> answer_error(const Json& line) {
    const auto* service = TRY(service_of(line));
    for (const auto& error : service->errors) {
        if (line["error"] != error.shape) continue;
        const Error failure{Domain::aws, error.code, line["message"], error.http_status,
                            line.value("details", "")};
        return as_json(wire::write_error(protocol_named(line["protocol"]), service, failure,
                                         "request-1", "/resource"));
    }
    return fail(Domain::config, "NoError", line["error"]);
}

Result<Json> answer(const Json& line) {
    if (line.contains("output")) return answer_output(line);
    if (line.contains("error")) return answer_error(line);
    return echo_input(line);
}

}  // namespace
}  // namespace stormglass

int main() {
    std::string text;
    while (std::getline(std::cin, text)) {
        const auto line = stormglass::base::parse_json(text);
        stormglass::base::Json said;
        if (auto found = stormglass::answer(*line)) {
            said = std::move(*found);
        } else {
            said["error"] = found.error().code + ": " + found.error().message;
        }
        std::cout << stormglass::base::to_json_text(said) << "\n" << std::flush;
    }
    return 0;
}
