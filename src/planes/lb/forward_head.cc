#include "planes/lb/forward_head.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

using http1::Field;
using http1::FieldId;

/// AWS's test of drop_invalid_header_fields: [-A-Za-z0-9]+
bool name_is_plain(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-';
    });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

/// All values of a field, joined as one list.
std::string joined(const std::vector<Field>& fields, FieldId id) {
    std::string value;
    for (const Field& field : fields) {
        if (field.id != id || field.value.empty()) continue;
        if (!value.empty()) value += ", ";
        value += field.value;
    }
    return value;
}

void append_forwarded_for(std::string& out, const http1::RequestHead& head,
                          const ClientFacts& client, const ForwardPolicy& policy) {
    if (policy.xff_mode == XffMode::remove) return;
    auto value = joined(head.fields, FieldId::x_forwarded_for);
    if (policy.xff_mode == XffMode::append) {
        if (!value.empty()) value += ", ";
        value += client.address;
        if (policy.xff_client_port) value += fmt::format(":{}", client.port);
    }
    if (!value.empty()) append_field(out, "X-Forwarded-For", value);
}

/// Without preserve_host_header, AWS leaves a port in Host only where the listener's is not 80 or
/// 443, and then puts it there even if the client did not.
void append_host(std::string& out, const OutgoingRequest& request, const ClientFacts& client,
                 const ForwardPolicy& policy) {
    const Field* field = request.head.find(FieldId::host);
    const auto host = !request.target.host.empty() ? request.target.host
                      : field != nullptr           ? field->value
                                                   : std::string_view();
    if (policy.preserve_host) {
        if (field != nullptr || !host.empty()) append_field(out, "Host", host);
        return;
    }
    const auto name = host_without_port(host);
    if (client.listener_port == 80 || client.listener_port == 443 || name.size() != host.size() ||
        host.empty()) {
        const bool standard = client.listener_port == 80 || client.listener_port == 443;
        append_field(out, "Host", standard ? name : host);
        return;
    }
    append_field(out, "Host", fmt::format("{}:{}", host, client.listener_port));
}

/// Fields that end at the balancer, or that it writes anew.
bool is_ours(FieldId id) {
    switch (id) {
        case FieldId::connection:
        case FieldId::content_length:
        case FieldId::host:
        case FieldId::keep_alive:
        case FieldId::proxy_connection:
        case FieldId::te:
        case FieldId::trailer:
        case FieldId::transfer_encoding:
        case FieldId::upgrade:
        case FieldId::x_amzn_trace_id:
        case FieldId::x_forwarded_for:
        case FieldId::x_forwarded_port:
        case FieldId::x_forwarded_proto:
            return true;
        default:
            return false;
    }
}

bool is_tls_field(FieldId id) {
    return id == FieldId::x_amzn_tls_version || id == FieldId::x_amzn_tls_cipher_suite;
}

/// Fields that the client's Connection header names end here too (RFC 9110 section 7.6.1).
bool named_by_connection(const std::vector<Field>& fields, const Field& field) {
    return field.id == FieldId::other && http1::has_token(fields, FieldId::connection, field.name);
}

int append_other_fields(std::string& out, const OutgoingRequest& request,
                        const ForwardPolicy& policy) {
    const auto& fields = request.head.fields;
    const bool has_connection = request.head.find(FieldId::connection) != nullptr;
    int dropped = 0;
    for (const Field& field : fields) {
        if (is_ours(field.id)) continue;
        if (policy.tls_fields && is_tls_field(field.id)) continue;  // Never the client's own.
        if (has_connection && named_by_connection(fields, field)) continue;
        if (policy.drop_invalid_fields && !name_is_plain(field.name)) {
            ++dropped;
            continue;
        }
        append_field(out, field.name, field.value);
    }
    return dropped;
}

void append_framing(std::string& out, const OutgoingRequest& request) {
    if (request.framing.framing == http1::Framing::chunked) {
        append_field(out, "Transfer-Encoding", "chunked");
    } else if (request.framing.framing == http1::Framing::length) {
        append_field(out, "Content-Length", fmt::format("{}", request.framing.length));
    } else if (request.head.find(FieldId::content_length) != nullptr) {
        append_field(out, "Content-Length", "0");
    }
}

std::size_t fields_size(const http1::RequestHead& head) {
    std::size_t size = 0;
    for (const Field& field : head.fields) size += field.name.size() + field.value.size() + 4;
    return size;
}

std::string new_trace(base::Random& random, std::int64_t unix_seconds) {
    return fmt::format("1-{:08x}-{}", static_cast<std::uint32_t>(unix_seconds), random.hex(24));
}

/// The value's ';'-separated parts, without the one called `name` (with its '=').
std::string without_part(std::string_view value, std::string_view name) {
    std::string out;
    for (const auto& part : base::split(value, ';')) {
        if (part.empty() || base::trim(part).starts_with(name)) continue;
        if (!out.empty()) out += ';';
        out += part;
    }
    return out;
}

void append_response_fields(Buffer& out, const OutgoingResponse& response) {
    for (const Field& field : response.head.fields) {
        switch (field.id) {
            case FieldId::connection:
            case FieldId::keep_alive:
            case FieldId::proxy_connection:
            case FieldId::trailer:
            case FieldId::transfer_encoding:
                continue;
            case FieldId::upgrade:
                if (!response.upgrade) continue;
                break;
            case FieldId::content_length:
                if (response.framing == http1::Framing::chunked || response.upgrade) continue;
                break;
            default:
                break;
        }
        out.append(field.name);
        out.append(": ");
        out.append(field.value);
        out.append("\r\n");
    }
}

}  // namespace

ForwardPolicy make_forward_policy(const LoadBalancerAttributes& attributes) {
    ForwardPolicy policy;
    if (attributes.xff_header_processing_mode == "preserve") policy.xff_mode = XffMode::preserve;
    if (attributes.xff_header_processing_mode == "remove") policy.xff_mode = XffMode::remove;
    policy.xff_client_port = attributes.xff_client_port;
    policy.preserve_host = attributes.preserve_host_header;
    policy.drop_invalid_fields = attributes.drop_invalid_header_fields;
    policy.tls_fields = attributes.tls_version_and_cipher_suite_headers;
    return policy;
}

int write_request_head(std::string& out, const OutgoingRequest& request, const ClientFacts& client,
                       const ForwardPolicy& policy) {
    out += request.head.method;
    out += ' ';
    out += request.target.origin_form;
    out += " HTTP/1.1\r\n";
    append_forwarded_for(out, request.head, client, policy);
    append_field(out, "X-Forwarded-Proto", client.tls ? "https" : "http");
    append_field(out, "X-Forwarded-Port", fmt::format_int(client.listener_port).c_str());
    append_host(out, request, client, policy);
    append_field(out, "X-Amzn-Trace-Id", request.trace_id);
    if (policy.tls_fields && client.tls) {
        append_field(out, "x-amzn-tls-version", client.tls_version);
        append_field(out, "x-amzn-tls-cipher-suite", client.tls_cipher);
    }
    append_framing(out, request);
    const int dropped = append_other_fields(out, request, policy);
    if (request.upgrade) {
        append_field(out, "Connection", "upgrade");
        append_field(out, "Upgrade", joined(request.head.fields, FieldId::upgrade));
    }
    out += "\r\n";
    return dropped;
}

std::size_t count_forwarded(const http1::RequestHead& head) {
    std::size_t count = 0;
    for (const Field& field : head.fields) {
        if (field.id != FieldId::x_forwarded_for || field.value.empty()) continue;
        count += 1 + std::count(field.value.begin(), field.value.end(), ',');
    }
    return count;
}

std::string make_trace_id(const http1::RequestHead& head, base::Random& random,
                          std::int64_t unix_seconds) {
    const Field* field = head.find(FieldId::x_amzn_trace_id);
    auto ours = new_trace(random, unix_seconds);
    if (field == nullptr || fields_size(head) > limits::trace_headers_max) return "Root=" + ours;
    const auto rest = without_part(field->value, "Self=");
    if (rest.empty()) return "Root=" + ours;
    const bool has_root = rest.starts_with("Root=") || rest.find(";Root=") != std::string::npos;
    return (has_root ? "Self=" : "Root=") + ours + ";" + rest;
}

void write_response_head(Buffer& out, const OutgoingResponse& response) {
    char status[4];
    fmt::format_to_n(status, 3, "{:03d}", response.head.status);
    out.append("HTTP/1.1 ");
    out.append({status, 3});
    out.append(" ");
    out.append(response.head.reason);
    out.append("\r\n");
    append_response_fields(out, response);
    const bool final_answer = response.head.status >= 200;
    if (final_answer && response.head.find(FieldId::date) == nullptr) {
        out.append("Date: ");
        out.append(response.date);
        out.append("\r\n");
    }
    if (response.cookies != nullptr) {
        for (const std::string& cookie : *response.cookies) {
            out.append("Set-Cookie: ");
            out.append(cookie);
            out.append("\r\n");
        }
    }
    if (response.framing == http1::Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
    if (response.upgrade) {
        out.append("Connection: upgrade\r\n");
    } else if (final_answer) {
        out.append(response.persistence == Persistence::keep_alive ? "Connection: keep-alive\r\n"
                                                                   : "Connection: close\r\n");
    }
    out.append("\r\n");
}

}  // namespace stormglass::lb
