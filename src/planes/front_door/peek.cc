#include "planes/front_door/peek.h"

#include <optional>

#include "base/strings.h"

namespace stormglass::front_door {
namespace {

constexpr unsigned char tls_handshake = 22;
constexpr unsigned char client_hello = 1;
constexpr unsigned server_name_extension = 0;
constexpr unsigned char host_name_type = 0;

/// Reads big-endian numbers and vectors; once it runs out, it stays empty and says so.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    unsigned number(int size) {
        const auto taken = take(static_cast<std::size_t>(size));
        unsigned value = 0;
        for (const char c : taken) value = value << 8 | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) {
            short_ = true;
            bytes_ = {};
            return {};
        }
        const auto taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }
    std::string_view vector(int size_bytes) { return take(number(size_bytes)); }
    bool ran_out() const { return short_; }
    bool empty() const { return bytes_.empty(); }

private:
    std::string_view bytes_;
    bool short_ = false;
};

/// The handshake bytes of as many whole or begun records as there are.
std::string handshake_bytes(std::string_view bytes, bool& other_record) {
    std::string joined;
    while (bytes.size() >= 5) {
        if (static_cast<unsigned char>(bytes[0]) != tls_handshake) {
            other_record = true;
            break;
        }
        const std::size_t length =
            static_cast<unsigned char>(bytes[3]) << 8 | static_cast<unsigned char>(bytes[4]);
        joined += bytes.substr(5, length);
        bytes.remove_prefix(std::min(bytes.size(), 5 + length));
    }
    return joined;
}

std::string name_in_extensions(std::string_view extensions) {
    Reader reader(extensions);
    while (!reader.empty() && !reader.ran_out()) {
        const unsigned type = reader.number(2);
        const auto content = reader.vector(2);
        if (type != server_name_extension) continue;
        Reader list(content);
        list.number(2);
        while (!list.empty() && !list.ran_out()) {
            const unsigned name_type = list.number(1);
            const auto name = list.vector(2);
            if (name_type == host_name_type && !list.ran_out()) return normal_host(name);
        }
    }
    return "";
}

Peeked peek_tls(std::string_view bytes) {
    bool other_record = false;
    const auto handshake = handshake_bytes(bytes, other_record);
    Reader reader(handshake);
    const unsigned type = reader.number(1);
    if (!handshake.empty() && type != client_hello) return {Peeked::Kind::unknown, ""};
    const auto hello = reader.vector(3);
    if (reader.ran_out()) {
        return {other_record ? Peeked::Kind::unknown : Peeked::Kind::need_more, ""};
    }
    Reader body(hello);
    body.take(2 + 32);  // Version and random.
    body.vector(1);     // Session id.
    body.vector(2);     // Cipher suites.
    body.vector(1);     // Compression methods.
    if (body.ran_out()) return {Peeked::Kind::unknown, ""};
    return {Peeked::Kind::tls, name_in_extensions(body.vector(2))};
}

/// The host of "GET http://host/path HTTP/1.1", or nothing for the usual form.
std::optional<std::string> absolute_host(std::string_view request_line) {
    const auto start = request_line.find(" http://");
    if (start == std::string_view::npos) return std::nullopt;
    const auto rest = request_line.substr(start + 8);
    return normal_host(rest.substr(0, rest.find_first_of("/? ")));
}

Peeked peek_http(std::string_view bytes) {
    const auto begin = bytes.find_first_not_of("\r\n");
    if (begin == std::string_view::npos) return {};
    bytes.remove_prefix(begin);
    bool first = true;
    while (true) {
        const auto newline = bytes.find('\n');
        if (newline == std::string_view::npos) return {};
        const auto line = base::trim(bytes.substr(0, newline));
        bytes.remove_prefix(newline + 1);
        if (first) {
            if (line.find(" HTTP/1.") == std::string_view::npos) {
                return {Peeked::Kind::unknown, ""};
            }
            if (auto host = absolute_host(line)) return {Peeked::Kind::http, *host};
            first = false;
            continue;
        }
        if (line.empty()) return {Peeked::Kind::http, ""};
        const auto colon = line.find(':');
        if (colon != std::string_view::npos &&
            base::equals_ignore_case(base::trim(line.substr(0, colon)), "host")) {
            return {Peeked::Kind::http, normal_host(line.substr(colon + 1))};
        }
    }
}

}  // namespace

std::string normal_host(std::string_view host) {
    host = base::trim(host);
    host =
        host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
    if (host.ends_with('.')) host.remove_suffix(1);
    return base::to_lower(host);
}

Peeked peek_host(std::string_view bytes) {
    if (bytes.empty()) return {};
    const bool tls = static_cast<unsigned char>(bytes[0]) == tls_handshake;
    auto peeked = tls ? peek_tls(bytes) : peek_http(bytes);
    if (peeked.kind == Peeked::Kind::need_more && bytes.size() >= peek_max) {
        peeked.kind = Peeked::Kind::unknown;
    }
    return peeked;
}

}  // namespace stormglass::front_door
