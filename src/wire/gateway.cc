#include "wire/gateway.h"

#include <cerrno>
#include <cstring>

#include "base/crypto.h"
#include "base/log.h"
#include "base/strings.h"
#include "wire/rest_xml.h"
#include "wire/routing.h"
#include "wire/upload_body.h"

namespace stormglass::wire {

struct Gateway::Call {
    explicit Call(net::Request& request_) : http(request_) {}

    net::Request& http;
    Request request;
    Routed routed;
    sigv4::RequestView view;
    std::optional<sigv4::Credential> credential;
    Error credential_error;  // Worded once the protocol is known.
    std::string secret;
    std::string body_digest;
    std::unique_ptr<UploadBody> upload;
    net::Response response;
};

namespace {

/// What is told of a failure of our own: nothing, unless it is the disk and people can help.
std::string message_of(const Error& failed) {
    if (failed.code == "NoSpace" || failed.code == "ReadOnly")
        return failed.message;  // The store's words.
    for (const int number : {ENOSPC, EDQUOT, EROFS}) {
        if (failed.code == std::to_string(number)) {
            return fmt::format(
                "The data directory of Stormglass: {}. Nothing that was acknowledged is lost.",
                std::strerror(number));
        }
    }
    return "The request processing has failed because of an unknown error, exception or failure.";
}

/// Items of tables are data that no reconciler looks at; there may be thousands of writes a second.
/// (S3 commits for itself and never comes here.)
bool wakes_reconcilers(const ServiceModel& service) {
    return std::string_view(service.name) != "dynamodb";
}

}  // namespace

/// Joins the generated call function with the steps before and after the handler.
class Gateway::CallExchange final : public Exchange {
public:
    CallExchange(Gateway& gateway, Call& call) : gateway_(gateway), call_(call) {}

    Result<void> read_input(void* input) override {
        Problems problems;
        TRY(wire::read_input(call_.routed, call_.request, input, problems));
        if (!problems.empty()) {
            return std::unexpected(describe_problems(call_.routed, problems));
        }
        TRY(gateway_.authorize(call_, input));
        const TxMode mode = call_.routed.operation->tx_mode;
        return mode == TxMode::manual ? Result<void>{} : call_.request.begin(mode);
    }

    Result<void> write_output(const void* output) override {
        call_.response = wire::write_output(call_.routed, call_.request, output);
        return {};
    }

private:
    Gateway& gateway_;
    Call& call_;
};

Gateway::Gateway(GatewayOptions options, store::Store& store, const base::Clock& clock,
                 base::Random& random, Authenticator& authenticator, Authorizer& authorizer,
                 Observer& observer)
    : options_(std::move(options)),
      store_(store),
      clock_(clock),
      random_(random),
      authenticator_(authenticator),
      authorizer_(authorizer),
      observer_(observer) {}

void Gateway::add_service(const ServiceModel& model, void* api) {
    services_.push_back({&model, api});
    models_.push_back(&model);
}

net::Response Gateway::handle(net::Request& http) {
    if (http.target.starts_with("/_stormglass/") && own_paths_) return own_paths_(http);
    Call call(http);
    const auto outcome = [&]() -> Result<void> {
        TRY(route(call));         // Which service, protocol and operation.
        TRY(read_body(call));     // All of it, except uploads, which stream.
        TRY(authenticate(call));  // Who asks.
        TRY(run(call));           // Decode, check, authorise, handle.
        return finish(call);      // Commit, durably.
    }();
    return answer(call, outcome);
}

Result<void> Gateway::route(Call& call) {
    Request& request = call.request;
    request.request_id = random_.uuid();
    request.now = clock_.now();
    request.http = &call.http;
    request.source_ip = call.http.peer_address;
    request.user_agent = call.http.header("user-agent");
    request.secure_transport = call.http.is_tls;
    request.tls_version = call.http.tls_version;
    request.account = options_.account_id;
    request.store_ = &store_;

    const auto mark = call.http.target.find('?');
    call.routed.path = call.http.target.substr(0, mark);
    if (mark != std::string::npos) call.routed.query = call.http.target.substr(mark + 1);
    call.view = {call.http.method, call.routed.path, call.routed.query, &call.http.headers, {}};
    auto credential = sigv4::parse_credential(call.view, flavour_of_request(call.http));
    if (credential) {
        call.credential = std::move(*credential);
    } else {
        call.credential_error = std::move(credential).error();
    }
    if (call.credential) request.region = call.credential->region;
    if (request.region.empty()) request.region = "us-east-1";
    if (request.region == "aws-global") request.region = "us-east-1";

    const Service* service = find_service(call);
    if (service == nullptr) {
        call.routed.protocol = protocol_of(call.http, nullptr);
        return aws_error("UnknownService",
                         "Stormglass runs no service for this request" +
                             (call.credential ? ": " + call.credential->service : std::string{}),
                         404);
    }
    call.routed.service = service->model;
    call.routed.api = service->api;
    call.routed.protocol = protocol_of(call.http, service->model);
    request.service = service->model;
    return {};
}

const Gateway::Service* Gateway::find_service(const Call& call) const {
    const ServiceHint hint = service_hint(call.http, call.credential ? &*call.credential : nullptr);
    for (const Service& service : services_) {
        if (hint.matches(*service.model)) return &service;
    }
    return nullptr;
}

Result<void> Gateway::read_body(Call& call) {
    Routed& routed = call.routed;
    if (routed.protocol == Protocol::rest_xml) {
        TRY(route_rest(routed, call.http, bucket_of_host(call.http)));
        call.request.operation = routed.operation;
        const Shape* input = routed.operation->input;
        if (input != nullptr && input->payload_streams) return {};  // Verified as it is read.
    }
    auto body = call.http.body.read_all(control_body_max);
    if (!body) {
        return aws_error("RequestEntityTooLarge", "The request body is too large or was cut off",
                         413);
    }
    routed.body = std::move(*body);
    call.body_digest = base::hex_encode(base::sha256(routed.body));
    call.view.body_sha256_hex = call.body_digest;
    if (routed.protocol == Protocol::rest_xml) return {};
    TRY(find_operation(routed, call.http));
    call.request.operation = routed.operation;
    return {};
}

Result<void> Gateway::authenticate(Call& call) {
    const auto flavour = flavour_of(call.routed.protocol);
    if (!call.credential) {
        if (!call.credential_error.code.empty()) return std::unexpected(call.credential_error);
        if (options_.auth == AuthMode::enforce && call.routed.protocol != Protocol::rest_xml) {
            return aws_error(flavour == sigv4::Flavour::json ? "MissingAuthenticationTokenException"
                                                             : "MissingAuthenticationToken",
                             "Request is missing Authentication Token", 403);
        }
        if (options_.auth == AuthMode::enforce) call.request.principal = {};
    }
    if (options_.auth == AuthMode::open) {
        auto& principal = call.request.principal;
        principal = {.kind = PrincipalKind::root,
                     .account = options_.account_id,
                     .arn = "arn:aws:iam::" + options_.account_id + ":root",
                     .user_id = options_.account_id,
                     .name = "root",
                     .access_key_id = {},
                     .role_arn = {},
                     .session_name = {},
                     .session_policies = {},
                     .tags = {}};
        // A known key keeps its own identity, so that roles work under `open` too.
        if (call.credential) {
            auto tx = store_.read();
            auto known = authenticator_.find_key(*tx, call.credential->access_key_id,
                                                 call.credential->security_token, call.request.now);
            if (known) principal = std::move(known->principal);
        }
    } else if (call.credential) {
        TRY(verify_signature(call));
    }
    Request& request = call.request;
    if (!request.principal.account.empty()) request.account = request.principal.account;
    request.authorizer_ = &authorizer_;
    if (call.routed.protocol == Protocol::rest_xml) {
        call.upload = TRY(UploadBody::create(call.http, call.view, call.credential, call.secret,
                                             signing_keys_, std::move(call.body_digest)));
        request.body = call.upload.get();
    }
    return {};
}

Result<void> Gateway::verify_signature(Call& call) {
    const auto flavour = flavour_of(call.routed.protocol);
    auto tx = store_.read();
    auto known = authenticator_.find_key(*tx, call.credential->access_key_id,
                                         call.credential->security_token, call.request.now);
    if (!known) {
        Error error = std::move(known).error();
        if (flavour == sigv4::Flavour::s3 && error.code == "InvalidClientTokenId") {
            error.code = "InvalidAccessKeyId";
            error.message = "The AWS Access Key Id you provided does not exist in our records.";
        } else if (flavour == sigv4::Flavour::json && error.code == "InvalidClientTokenId") {
            error.code = "UnrecognizedClientException";
            error.http_status = 400;
        } else if (flavour == sigv4::Flavour::ec2 && error.code == "InvalidClientTokenId") {
            error.code = "AuthFailure";
            error.message = "AWS was not able to validate the provided access credentials";
            error.http_status = 401;
        } else if (flavour == sigv4::Flavour::json && error.code == "ExpiredToken") {
            error.code = "ExpiredTokenException";
            error.http_status = 400;
        }
        return std::unexpected(std::move(error));
    }
    const base::Clock& signed_by =
        options_.signature_clock != nullptr ? *options_.signature_clock : clock_;
    TRY(sigv4::verify(*call.credential, call.view, known->secret, signed_by.now(), flavour,
                      signing_keys_));
    call.secret = std::move(known->secret);
    call.request.principal = std::move(known->principal);
    call.request.principal.access_key_id = call.credential->access_key_id;
    return {};
}

Result<void> Gateway::authorize(Call& call, const void* input) {
    const Operation& operation = *call.routed.operation;
    if (operation.authorization != Authorization::by_template) return {};
    for (auto& resource :
         resources_of(operation, input, call.request.region, call.request.account)) {
        TRY(call.request.authorize({operation.action, std::move(resource), {}, {}, {}, {}}));
    }
    return {};
}

Result<void> Gateway::run(Call& call) {
    const Operation& operation = *call.routed.operation;
    CallExchange exchange(*this, call);
    try {
        TRY(operation.call(call.routed.api, call.request, exchange));
    } catch (const std::exception& error) {  // A library's, that its adapter let through.
        return fail(Domain::system, "Exception", error.what());
    }
    if (operation.authorization == Authorization::by_handler && !call.request.authorized()) {
        return fail(Domain::system, "Unauthorised",
                    fmt::format("{} answered without asking whether it may", operation.action));
    }
    return {};
}

Result<void> Gateway::finish(Call& call) {
    if (call.request.tx_ == nullptr) return {};
    const bool writes = call.request.tx_->is_writable();
    TRY(call.request.commit());
    if (writes && on_commit_ && wakes_reconcilers(*call.routed.service)) on_commit_();
    return {};
}

net::Response Gateway::answer(Call& call, Result<void> outcome) {
    Request& request = call.request;
    request.tx_.reset();
    const bool s3 = call.routed.protocol == Protocol::rest_xml;
    Error* failed = outcome ? nullptr : &outcome.error();
    if (failed != nullptr) {
        if (failed->domain != Domain::aws) {
            spdlog::error("{} {}: {}: {}", request.request_id, call.routed.operation_name,
                          failed->code, failed->message);
            *failed = {Domain::aws,
                       s3 ? "InternalError" : "InternalFailure",
                       message_of(*failed),
                       500,
                       {}};
        }
        call.response = write_error(call.routed.protocol, call.routed.service, *failed,
                                    request.request_id, s3 ? call.routed.path : std::string{});
        for (auto& header : request.extras.headers) call.response.headers.push_back(header);
    }
    if (s3) {
        call.response.headers.emplace_back("x-amz-request-id", request.request_id);
        call.response.headers.emplace_back("x-amz-id-2", request.request_id);
        call.response.headers.emplace_back("Server", "AmazonS3");
    } else {
        call.response.headers.emplace_back("x-amzn-RequestId", request.request_id);
    }
    if (call.routed.service != nullptr) {
        observer_.called(request, call.routed, call.response.status, failed);
    }
    return std::move(call.response);
}

Result<Principal> Gateway::authenticate_own(net::Request& http) {
    Call call(http);
    call.routed.protocol = Protocol::rest_xml;
    call.request.now = clock_.now();
    const auto mark = http.target.find('?');
    call.routed.path = http.target.substr(0, mark);
    if (mark != std::string::npos) call.routed.query = http.target.substr(mark + 1);
    call.view = {http.method, call.routed.path, call.routed.query, &http.headers, {}};
    call.credential = TRY(sigv4::parse_credential(call.view, sigv4::Flavour::s3));
    if (!call.credential) {
        return aws_error("AccessDenied", "This path takes a request signed by root", 403);
    }
    TRY(verify_signature(call));
    return call.request.principal;
}

net::Response Gateway::refuse(net::Refusal refusal) {
    const int status = net::status_of(refusal);
    const char* code = "InvalidRequest";
    const char* message = "The request could not be understood";
    switch (refusal) {
        case net::Refusal::malformed:
            break;
        case net::Refusal::request_timeout:
            code = "RequestTimeout";
            message =
                "Your socket connection to the server was not read from or written to within "
                "the timeout period";
            break;
        case net::Refusal::body_too_large:
            code = "EntityTooLarge";
            message = "Your proposed upload exceeds the maximum allowed size";
            break;
        case net::Refusal::target_too_long:
            code = "KeyTooLongError";
            message = "The request target is too long";
            break;
        case net::Refusal::headers_too_large:
            code = "RequestHeaderSectionTooLarge";
            message = "The request's headers exceed the maximum allowed size";
            break;
        case net::Refusal::too_many_connections:
            code = "SlowDown";
            message = "Please reduce your request rate";
            break;
    }
    return write_error(Protocol::rest_xml, nullptr, {Domain::aws, code, message, status, {}},
                       "none", {});
}

}  // namespace stormglass::wire
