// The protocol decoders, for any operation of any service.
#include "../wire/model_json.h"
#include "../wire/outputs.h"
#include "base/check.h"
#include "base/strings.h"
#include "fuzz.h"
#include "wire/body/cbor.h"
#include "wire/body/json.h"
#include "wire/body/xml.h"
#include "wire/protocol.h"
#include "wire/rest_xml.h"

namespace stormglass::fuzz {
namespace {

using wire::Protocol;

class NoBody final : public net::BodyReader {
public:
    Result<std::size_t> read(char*, std::size_t) override { return std::size_t{0}; }
    std::optional<std::uint64_t> content_length() const override { return 0; }
};

/// Reads the input of a call by `read`, hands it to `use`, and goes no further.
class Reading final : public wire::Exchange {
public:
    using Read = std::function<Result<void>(void*, wire::Problems&)>;
    using Use = std::function<void(const void*)>;
    Reading(Read read, Use use) : read_(std::move(read)), use_(std::move(use)) {}

    Result<void> read_input(void* input) override {
        TRY(read_(input, problems));
        use_(input);
        return fail(Domain::system, "Done", "");
    }
    Result<void> write_output(const void*) override { return {}; }
    wire::Problems problems;

private:
    Read read_;
    Use use_;
};

Result<void> read(const wire::Operation& operation, wire::Request& request, Reading::Read how,
                  Reading::Use use) {
    Reading reading(std::move(how), std::move(use));
    return operation.call(nullptr, request, reading);
}

/// Everything that may be done with a value once it was decoded.
void check_value(const wire::Operation& operation, wire::Request& request, const void* input) {
    const wire::Shape& shape = *operation.input;
    std::string xml;
    wire::body::write_xml_members(xml, shape, input, wire::body::EmptyLists::everything);
    const std::string json = wire::body::write_json(shape, input);
    const std::string cbor = wire::body::write_cbor(shape, input);
    const auto again = [&](Reading::Read how) {
        bool whole = false;
        const auto outcome = read(operation, request, std::move(how), [&](const void* copy) {
            whole = wire::body::write_json(shape, copy) == json;
        });
        CHECK(whole || outcome.error().code == "SerializationException");
    };
    again([&](void* to, wire::Problems& problems) {
        return wire::body::read_json(json, shape, to, problems);
    });
    again([&](void* to, wire::Problems& problems) {
        return wire::body::read_cbor(cbor, shape, to, problems);
    });
}

std::optional<Protocol> protocol_named(std::string_view name) {
    using enum Protocol;
    if (name == "json") return json;
    if (name == "cbor") return cbor;
    if (name == "query") return query;
    return name == "ec2" ? std::optional(ec2) : std::nullopt;
}

}  // namespace

void fuzz_codecs(std::string_view input) {
    const auto end = std::min(input.find('\n'), input.size());
    const auto words = base::split(input.substr(0, end), ' ');
    if (words.size() != 3) return;
    wire::Routed routed;
    const auto protocol = protocol_named(words[0]);
    routed.service = model_of(words[1]);
    if (!protocol || routed.service == nullptr) return;
    routed.protocol = *protocol;
    routed.operation = routed.service->find(words[2]);
    if (routed.operation == nullptr || routed.operation->input == nullptr) return;
    routed.body = input.substr(std::min(end + 1, input.size()));
    if (*protocol == Protocol::query || *protocol == Protocol::ec2) {
        auto form = wire::body::parse_form(routed.body);
        if (!form) return;
        routed.form = std::move(*form);
    }
    wire::Request request;
    const auto outcome = read(
        *routed.operation, request,
        [&](void* to, wire::Problems& problems) -> Result<void> {
            TRY(wire::read_input(routed, request, to, problems));
            if (!problems.empty()) (void)wire::describe_problems(routed, problems);
            return {};
        },
        [&](const void* value) { check_value(*routed.operation, request, value); });
    if (outcome.error().code != "Done") {
        (void)wire::write_error(*protocol, routed.service, outcome.error(), "id", {});
    }
}

void fuzz_rest(std::string_view input) {
    const auto head_end = std::min(input.find("\n\n"), input.size());
    const auto lines = base::split(input.substr(0, head_end), '\n');
    NoBody no_body;
    net::Request http{.method = lines[0].substr(0, lines[0].find(' ')),
                      .target = {},
                      .headers = {},
                      .peer_address = {},
                      .is_tls = false,
                      .tls_version = {},
                      .tls_server_name = {},
                      .body = no_body};
    const auto space = lines[0].find(' ');
    if (space != std::string::npos) http.target = lines[0].substr(space + 1);
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto colon = lines[i].find(':');
        if (colon == std::string::npos) continue;
        http.headers.emplace_back(lines[i].substr(0, colon),
                                  base::trim(lines[i].substr(colon + 1)));
    }
    wire::Routed routed;
    routed.service = model_of("s3");
    routed.protocol = Protocol::rest_xml;
    const auto mark = http.target.find('?');
    routed.path = http.target.substr(0, mark);
    if (mark != std::string::npos) routed.query = http.target.substr(mark + 1);
    routed.body = input.substr(std::min(head_end + 2, input.size()));
    if (!wire::route_rest(routed, http, {})) return;
    if (routed.operation->input == nullptr) return;
    wire::Request request;
    request.http = &http;
    (void)read(
        *routed.operation, request,
        [&](void* to, wire::Problems& problems) {
            return wire::read_input(routed, request, to, problems);
        },
        [&](const void* value) { (void)wire::body::write_json(*routed.operation->input, value); });
}

}  // namespace stormglass::fuzz
