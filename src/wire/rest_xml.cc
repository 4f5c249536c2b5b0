#include "wire/rest_xml.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "wire/body/json.h"
#include "wire/body/xml.h"
#include "wire/rest_binding.h"

namespace stormglass::wire {
namespace {

using body::EmptyLists;

/// Sub-resources of S3 whose operations we may lack: their requests must never be taken for a plain
/// PUT or DELETE of the bucket or object itself.
constexpr std::array sub_resources{"accelerate",
                                   "acl",
                                   "analytics",
                                   "attributes",
                                   "cors",
                                   "delete",
                                   "encryption",
                                   "intelligent-tiering",
                                   "inventory",
                                   "legal-hold",
                                   "lifecycle",
                                   "location",
                                   "logging",
                                   "metadataConfiguration",
                                   "metadataTable",
                                   "metrics",
                                   "notification",
                                   "object-lock",
                                   "ownershipControls",
                                   "policy",
                                   "policyStatus",
                                   "publicAccessBlock",
                                   "renameObject",
                                   "replication",
                                   "requestPayment",
                                   "restore",
                                   "retention",
                                   "select",
                                   "session",
                                   "tagging",
                                   "torrent",
                                   "uploads",
                                   "versioning",
                                   "versions",
                                   "website",
                                   "abac"};

/// Root elements of answers without a payload member; the model does not name them all.
std::string_view root_name(std::string_view operation) {
    struct Root {
        std::string_view operation, name;
    };
    static constexpr std::array roots{
        Root{"ListBuckets", "ListAllMyBucketsResult"},
        Root{"ListObjects", "ListBucketResult"},
        Root{"ListObjectsV2", "ListBucketResult"},
        Root{"ListObjectVersions", "ListVersionsResult"},
        Root{"ListParts", "ListPartsResult"},
        Root{"ListMultipartUploads", "ListMultipartUploadsResult"},
        Root{"CreateMultipartUpload", "InitiateMultipartUploadResult"},
        Root{"CompleteMultipartUpload", "CompleteMultipartUploadResult"},
        Root{"DeleteObjects", "DeleteResult"},
        Root{"GetBucketAcl", "AccessControlPolicy"},
        Root{"GetObjectAcl", "AccessControlPolicy"},
        Root{"GetBucketCors", "CORSConfiguration"},
        Root{"GetBucketLifecycleConfiguration", "LifecycleConfiguration"},
        Root{"GetBucketLogging", "BucketLoggingStatus"},
        Root{"GetBucketTagging", "Tagging"},
        Root{"GetObjectTagging", "Tagging"},
        Root{"GetBucketVersioning", "VersioningConfiguration"},
        Root{"GetBucketWebsite", "WebsiteConfiguration"},
        Root{"GetBucketRequestPayment", "RequestPaymentConfiguration"},
        Root{"GetBucketAccelerateConfiguration", "AccelerateConfiguration"},
        Root{"GetBucketNotificationConfiguration", "NotificationConfiguration"},
        Root{"GetObjectAttributes", "GetObjectAttributesResponse"}};
    for (const auto& root : roots) {
        if (root.operation == operation) return root.name;
    }
    return {};
}

struct Question {
    std::string_view method;
    bool has_bucket, has_key;
    const std::vector<std::pair<std::string, std::string>>& query;
    const net::Request& http;
    std::string_view sub_resource;

    bool asks(std::string_view name) const {
        return std::any_of(query.begin(), query.end(),
                           [&](const auto& p) { return p.first == name; });
    }
};

/// How well an operation fits; -1 = not at all, more required members found is better.
int fit(const Operation& operation, const Question& question) {
    const std::string_view path(operation.http_path);
    const auto mark = path.find('?');
    const std::string_view plain = path.substr(0, mark);
    std::string_view sub = mark == std::string_view::npos ? "" : path.substr(mark + 1);
    const bool wants_bucket = plain.find("{Bucket}") != std::string_view::npos;
    const bool wants_key = plain.find("{Key+}") != std::string_view::npos;
    if (question.method != operation.http_method || wants_bucket != question.has_bucket ||
        wants_key != question.has_key) {
        return -1;
    }
    int score = 0;
    if (sub.starts_with("list-type")) {
        if (!question.asks("list-type")) return -1;
        sub = {};
        score = 1;
    }
    if (sub != question.sub_resource) return -1;
    if (operation.input == nullptr) return score;
    for (const Member& member : operation.input->members) {
        if (!member.required) continue;
        if (member.location == Location::query_string) {
            if (!question.asks(member.wire_name)) return -1;
            ++score;
        } else if (member.location == Location::header) {
            // Required headers choose between operations only for copies; others are checked later.
            const bool sent = net::has_header(question.http.headers, member.wire_name);
            if (!sent && std::string_view(member.wire_name) == "x-amz-copy-source") return -1;
            if (sent) ++score;
        }
    }
    return score;
}

void read_prefixed_headers(const Member& member, const net::Headers& headers, void* object) {
    const std::string prefix = base::to_lower(member.wire_name);
    for (const auto& [name, value] : headers) {
        const std::string lower = base::to_lower(name);
        if (!lower.starts_with(prefix)) continue;
        void* map = engage(member, object);
        *static_cast<std::string*>(member.access->insert(map, lower.substr(prefix.size()))) = value;
    }
}

std::string header_text(const Member& member, const void* value) {
    switch (member.shape->kind) {
        case Kind::boolean:
            return *static_cast<const bool*>(value) ? "true" : "false";
        case Kind::integer:
            return std::to_string(*static_cast<const std::int64_t*>(value));
        case Kind::timestamp: {
            const auto time = *static_cast<const base::Time*>(value);
            return member.time_format == TimeFormat::iso8601 ? base::iso8601_millis(time)
                                                             : base::http_date(time);
        }
        case Kind::string:
            return *static_cast<const std::string*>(value);
        default:
            return {};
    }
}

std::string with_root(std::string_view name, const Shape& shape, const void* object,
                      const char* space) {
    std::string text =
        fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{} xmlns=\"{}\">", name, space);
    body::write_xml_members(text, shape, object, EmptyLists::given);
    return text + fmt::format("</{}>", name);
}

void write_payload(const Routed& routed, const void* output, net::Response& response) {
    const Shape& shape = *routed.operation->output;
    const std::string_view operation = routed.operation->name;
    if (operation == "GetBucketLocation") {  // The one answer whose root holds text.
        const auto* member = &shape.members[0];
        const void* value = peek(*member, output);
        response.body = fmt::format(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint xmlns=\"{}\">{}"
            "</LocationConstraint>",
            routed.service->xml_namespace,
            value == nullptr ? std::string{} : *static_cast<const std::string*>(value));
        response.headers.emplace_back("Content-Type", "application/xml");
        return;
    }
    if (shape.payload != nullptr) {
        const void* value = peek(*shape.payload, output);
        if (value == nullptr) return;
        if (shape.payload->shape->kind != Kind::structure) {
            response.body = *static_cast<const std::string*>(value);
            return;
        }
        response.body = with_root(shape.payload->wire_name, *shape.payload->shape, value,
                                  routed.service->xml_namespace);
    } else {
        const auto root = root_name(operation);
        if (root.empty()) return;
        response.body = with_root(root, shape, output, routed.service->xml_namespace);
    }
    response.headers.emplace_back("Content-Type", "application/xml");
}

}  // namespace

Result<void> route_rest(Routed& routed, const net::Request& http, std::string_view virtual_bucket) {
    std::string_view path(routed.path);
    path.remove_prefix(path.starts_with('/') ? 1 : 0);
    if (!virtual_bucket.empty()) {
        routed.bucket = virtual_bucket;
        routed.key = base::uri_decode(path);
    } else {
        const auto slash = path.find('/');
        routed.bucket = base::uri_decode(path.substr(0, slash));
        if (slash != std::string_view::npos) routed.key = base::uri_decode(path.substr(slash + 1));
    }
    if (!body::is_utf8(routed.bucket) || !body::is_utf8(routed.key)) {
        return aws_error("InvalidURI", "Couldn't parse the specified URI.");
    }
    const auto query = parse_query(routed.query);
    Question question{http.method, !routed.bucket.empty(), !routed.key.empty(), query, http, {}};
    for (const char* name : sub_resources) {
        if (question.asks(name)) question.sub_resource = name;
    }
    int best = -1;
    for (const Operation& operation : routed.service->operations) {
        const int score = fit(operation, question);
        if (score > best) {
            best = score;
            routed.operation = &operation;
        }
    }
    if (routed.operation != nullptr) {
        routed.operation_name = routed.operation->name;
        return {};
    }
    if (!question.sub_resource.empty()) {
        return aws_error(
            "NotImplemented",
            fmt::format("Stormglass does not implement s3: {} ?{} of a{}", http.method,
                        question.sub_resource, question.has_key ? "n object" : " bucket"),
            400);
    }
    return aws_error("MethodNotAllowed",
                     "The specified method is not allowed against this resource.", 405);
}

Result<void> read_rest_input(const Routed& routed, Request& request, void* input,
                             Problems& problems) {
    const Shape& shape = *routed.operation->input;
    const auto query = parse_query(routed.query);
    if (shape.payload != nullptr && shape.payload->shape->kind == Kind::structure) {
        if (!routed.body.empty()) {
            void* payload = engage(*shape.payload, input);
            TRY(body::read_xml(routed.body, *shape.payload->shape, payload, problems));
        } else if (shape.payload->required) {
            return aws_error("MissingRequestBodyError", "Request Body is empty");
        }
    } else if (shape.payload != nullptr && !shape.payload_streams && !routed.body.empty()) {
        *static_cast<std::string*>(engage(*shape.payload, input)) = routed.body;
    }
    for (const Member& member : shape.members) {
        switch (member.location) {
            case Location::uri:
                *static_cast<std::string*>(engage(member, input)) =
                    std::string_view(member.name) == "Bucket" ? routed.bucket : routed.key;
                break;
            case Location::query_string:
                for (const auto& [name, value] : query) {
                    if (name == member.wire_name) TRY(set_scalar(member, value, input, problems));
                }
                break;
            case Location::header: {
                if (!net::has_header(request.http->headers, member.wire_name)) break;
                TRY(set_scalar(member, net::find_header(request.http->headers, member.wire_name),
                               input, problems));
                break;
            }
            case Location::headers:
                read_prefixed_headers(member, request.http->headers, input);
                break;
            default:
                break;
        }
    }
    return {};
}

net::Response write_rest_output(const Routed& routed, Request& request, const void* output) {
    net::Response response;
    const Operation& operation = *routed.operation;
    response.status = request.extras.status.value_or(operation.success_status);
    if (operation.output != nullptr) {
        for (const Member& member : operation.output->members) {
            const void* value = peek(member, output);
            if (value == nullptr) continue;
            if (member.location == Location::header) {
                response.headers.emplace_back(member.wire_name, header_text(member, value));
            } else if (member.location == Location::headers) {
                member.access->each(value, [&](const std::string& name, const void* item) {
                    response.headers.emplace_back(member.wire_name + name,
                                                  *static_cast<const std::string*>(item));
                });
            }
        }
        if (!request.extras.file && !request.extras.producer) {
            write_payload(routed, output, response);
        }
    }
    for (auto& header : request.extras.headers) response.headers.push_back(std::move(header));
    response.producer = std::move(request.extras.producer);
    response.producer_length = request.extras.producer_length;
    response.file = std::move(request.extras.file);
    return response;
}

}  // namespace stormglass::wire
