#include "wire/protocol.h"

#include "base/strings.h"
#include "wire/body/cbor.h"
#include "wire/body/json.h"
#include "wire/body/xml.h"
#include "wire/rest_json.h"
#include "wire/rest_xml.h"

namespace stormglass::wire {
namespace {

using body::EmptyLists;

net::Response answer(int status, std::string content_type, std::string text) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", std::move(content_type));
    response.body = std::move(text);
    return response;
}

std::string json_type(const ServiceModel* service) {
    const char* version = service != nullptr ? service->json_version : nullptr;
    return fmt::format("application/x-amz-json-{}", version == nullptr ? "1.0" : version);
}

net::Response write_query(const Routed& routed, Request& request, const void* output) {
    const Operation& operation = *routed.operation;
    std::string text = fmt::format("<{}Response", operation.name);
    if (routed.service->xml_namespace != nullptr) {
        text += fmt::format(" xmlns=\"{}\"", routed.service->xml_namespace);
    }
    text += '>';
    if (operation.output != nullptr) {
        const char* wrapper = operation.result_wrapper;
        if (wrapper != nullptr) text += fmt::format("<{}>", wrapper);
        body::write_xml_members(text, *operation.output, output, EmptyLists::everything);
        if (wrapper != nullptr) text += fmt::format("</{}>", wrapper);
    }
    text +=
        fmt::format("<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata></{}Response>",
                    request.request_id, operation.name);
    return answer(200, "text/xml", std::move(text));
}

net::Response write_ec2(const Routed& routed, Request& request, const void* output) {
    const Operation& operation = *routed.operation;
    std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{}Response xmlns=\"{}\">"
        "<requestId>{}</requestId>",
        operation.name, routed.service->xml_namespace, request.request_id);
    if (operation.output != nullptr) {
        body::write_xml_members(text, *operation.output, output, EmptyLists::everything);
    } else {
        text += "<return>true</return>";
    }
    text += fmt::format("</{}Response>", operation.name);
    return answer(200, "text/xml;charset=UTF-8", std::move(text));
}

/// JSON and CBOR name the error's shape, where XML gives its code.
std::string_view shape_of(const ServiceModel* service, const std::string& code) {
    if (service != nullptr) {
        for (const ModelledError& error : service->errors) {
            if (code == error.code) return error.shape;
        }
    }
    return code;
}

net::Response json_error(const ServiceModel* service, const Error& error,
                         std::string content_type) {
    const auto shape = shape_of(service, error.code);
    std::string text = "{\"__type\":";
    const bool dynamodb = service != nullptr && std::string_view(service->name) == "dynamodb";
    body::append_json_string(text, dynamodb
                                       ? fmt::format("com.amazonaws.dynamodb.v20120810#{}", shape)
                                       : std::string(shape));
    text += ",\"message\":";
    body::append_json_string(text, error.message);
    if (error.details.size() > 2) text += "," + error.details.substr(1, error.details.size() - 2);
    text += "}";
    auto response = answer(error.http_status, std::move(content_type), std::move(text));
    response.headers.emplace_back("x-amzn-errortype", std::string(shape));
    return response;
}

net::Response cbor_error(const ServiceModel* service, const Error& error) {
    std::string bytes(1, static_cast<char>(0xA2));
    body::append_cbor_string(bytes, "__type");
    body::append_cbor_string(
        bytes, fmt::format("com.amazonaws.{}#{}", service->name, shape_of(service, error.code)));
    body::append_cbor_string(bytes, "message");
    body::append_cbor_string(bytes, error.message);
    auto response = answer(error.http_status, "application/cbor", std::move(bytes));
    response.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
    return response;
}

std::string element(std::string_view name, std::string_view text) {
    std::string out = fmt::format("<{}>", name);
    body::append_xml_text(out, text);
    return out + fmt::format("</{}>", name);
}

net::Response xml_error(Protocol protocol, const ServiceModel* service, const Error& error,
                        const std::string& request_id, std::string_view resource) {
    const std::string inner = element("Code", error.code) + element("Message", error.message);
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    if (protocol == Protocol::ec2) {
        text += "<Response><Errors><Error>" + inner + "</Error></Errors>" +
                element("RequestID", request_id) + "</Response>";
        return answer(error.http_status, "text/xml;charset=UTF-8", std::move(text));
    }
    if (protocol == Protocol::rest_xml) {
        text += "<Error>" + inner;
        if (!resource.empty()) text += element("Resource", resource);
        text += error.details;  // S3's handlers give further elements as XML.
        text += element("RequestId", request_id) + element("HostId", request_id) + "</Error>";
        return answer(error.http_status, "application/xml", std::move(text));
    }
    const char* space = service != nullptr ? service->xml_namespace : nullptr;
    text =
        space == nullptr ? "<ErrorResponse>" : fmt::format("<ErrorResponse xmlns=\"{}\">", space);
    text += "<Error>" + element("Type", error.http_status < 500 ? "Sender" : "Receiver") + inner +
            "</Error>" + element("RequestId", request_id) + "</ErrorResponse>";
    return answer(error.http_status, "text/xml", std::move(text));
}

}  // namespace

Result<void> read_input(const Routed& routed, Request& request, void* input, Problems& problems) {
    const Shape* shape = routed.operation->input;
    if (shape == nullptr) return {};
    switch (routed.protocol) {
        case Protocol::json:
            return body::read_json(routed.body, *shape, input, problems);
        case Protocol::cbor:
            return body::read_cbor(routed.body, *shape, input, problems);
        case Protocol::query:
            return body::read_form(routed.form, body::FormDialect::query, *shape, input, problems);
        case Protocol::ec2:
            return body::read_form(routed.form, body::FormDialect::ec2, *shape, input, problems);
        case Protocol::rest_xml:
            return read_rest_input(routed, request, input, problems);
        case Protocol::rest_json:
            return read_rest_json_input(routed, input, problems);
    }
    return {};
}

net::Response write_output(const Routed& routed, Request& request, const void* output) {
    const Shape* shape = routed.operation->output;
    switch (routed.protocol) {
        case Protocol::json:
            return answer(200, json_type(routed.service),
                          shape == nullptr ? std::string("{}") : body::write_json(*shape, output));
        case Protocol::cbor: {
            auto response =
                answer(200, "application/cbor",
                       shape == nullptr ? std::string("\xA0") : body::write_cbor(*shape, output));
            response.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
            return response;
        }
        case Protocol::query:
            return write_query(routed, request, output);
        case Protocol::ec2:
            return write_ec2(routed, request, output);
        case Protocol::rest_xml:
            return write_rest_output(routed, request, output);
        case Protocol::rest_json:
            return answer(routed.operation->success_status, "application/json",
                          shape == nullptr ? std::string("{}") : body::write_json(*shape, output));
    }
    return {};
}

net::Response write_error(Protocol protocol, const ServiceModel* service, const Error& error,
                          const std::string& request_id, std::string_view resource) {
    switch (protocol) {
        case Protocol::rest_json:
            return json_error(service, error, "application/json");
        case Protocol::json: {
            auto response = json_error(service, error, json_type(service));
            if (service != nullptr && service->protocols.size() > 1) {  // awsQueryCompatible
                response.headers.emplace_back("x-amzn-query-error", error.code + ";Sender");
            }
            return response;
        }
        case Protocol::cbor: {
            auto response = cbor_error(service, error);
            response.headers.emplace_back("x-amzn-query-error", error.code + ";Sender");
            return response;
        }
        default:
            return xml_error(protocol, service, error, request_id, resource);
    }
}

Error describe_problems(const Routed& routed, const Problems& problems) {
    const std::string_view service = routed.service->name;
    const Problem& first = problems.front();
    const auto aws = [](std::string code, std::string message) {
        return Error{Domain::aws, std::move(code), std::move(message), 400, {}};
    };
    switch (routed.protocol) {
        case Protocol::ec2: {
            std::string name = first.path;
            if (!name.empty())
                name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
            if (first.kind == ProblemKind::missing) {
                return aws("MissingParameter", "The request must contain the parameter " + name);
            }
            return aws(
                "InvalidParameterValue",
                fmt::format("Value ({}) for parameter {} is invalid.", first.value, first.path));
        }
        case Protocol::rest_xml:
            return aws("InvalidArgument", describe(problems));
        case Protocol::query:
            if (service == "rds") {
                return first.kind == ProblemKind::missing
                           ? aws("MissingParameter",
                                 "The request must contain the parameter " + first.path + ".")
                           : aws("InvalidParameterValue", describe(problems));
            }
            if (service == "sns")
                return aws("InvalidParameter", "Invalid parameter: " + describe(problems));
            if (service == "cloudwatch") return aws("ValidationError", describe(problems));
            return aws("ValidationError", describe(problems));
        case Protocol::json:
        case Protocol::rest_json:
        case Protocol::cbor:
            if (service == "logs") return aws("InvalidParameterException", describe(problems));
            return aws(service == "cloudwatch" ? "ValidationError" : "ValidationException",
                       describe(problems));
    }
    return {};
}

}  // namespace stormglass::wire
