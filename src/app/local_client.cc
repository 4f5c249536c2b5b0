#include "app/local_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/strings.h"
#include "wire/sigv4/sigv4.h"

namespace stormglass::app {
namespace {

struct Address { std::string host; int port; };

Address address_of(const DaemonFacts& daemon) {
    const auto at = daemon.endpoint.rfind(':');
    return {daemon.endpoint.substr(7, at - 7), std::stoi(daemon.endpoint.substr(at + 1))};
}

Result<base::UniqueFd> connect_to(const Address& address) {
    base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(address.port));
    inet_pton(AF_INET, address.host.c_str(), &to.sin_addr);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        return fail_errno("connect to the daemon");
    }
    return fd;
}

/// Sends a whole request and hands on the body of the answer as it comes.
Result<void> exchange(const Address& address, const std::string& request,
                      const std::function<bool(std::string_view)>& take) {
    const auto fd = TRY(connect_to(address));
    TRY(base::write_all(fd.get(), request));
    std::string head;
    bool in_body = false;
    char part[16384];
    for (;;) {
        const ssize_t got = ::read(fd.get(), part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read from the daemon");
        if (got == 0) break;
        std::string_view text(part, static_cast<std::size_t>(got));
        std::string rest;
        if (!in_body) {
            head += text;
            const auto end = head.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            in_body = true;
            rest = head.substr(end + 4);
            text = rest;
            if (head.find(" 200 ") > head.find("\r\n")) {
                return fail(Domain::system, "Refused", rest.empty() ? head.substr(0, head.find('\r')) : rest);
            }
        }
        if (!text.empty() && !take(text)) return {};
    }
    if (!in_body) return fail(Domain::system, "NoAnswer", "the daemon closed without an answer");
    return {};
}

/// "20261124T150257Z".
std::string amz_date(base::Time now) {
    std::string text = base::iso8601_millis(now).substr(0, 19);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text + "Z";
}

wire::sigv4::Credential credential_of(const DaemonFacts& daemon, const RootCredentials& root,
                                      base::Time now) {
    wire::sigv4::Credential credential;
    credential.access_key_id = root.access_key_id;
    credential.amz_date = amz_date(now);
    credential.scope_date = credential.amz_date.substr(0, 8);
    credential.region = daemon.region;
    credential.service = "s3";
    credential.signed_headers = {"host", "x-amz-content-sha256", "x-amz-date"};
    credential.signed_at = now;
    return credential;
}

}  // namespace

// HTTP/1.0: the answer ends with the connection, so nothing needs to be de-chunked.
Result<void> stream_own(const DaemonFacts& daemon, const std::string& path,
                        const std::function<bool(std::string_view)>& take) {
    const auto address = address_of(daemon);
    return exchange(address, "GET " + path + " HTTP/1.0\r\nHost: " + address.host + "\r\n\r\n",
                    take);
}

Result<std::string> post_own(const DaemonFacts& daemon, const RootCredentials& root,
                             const std::string& path, const std::string& body) {
    namespace sigv4 = wire::sigv4;
    const auto address = address_of(daemon);
    const auto credential = credential_of(daemon, root, base::SystemClock().now());
    const std::string hash = base::hex_encode(base::sha256(body));
    const sigv4::HeaderList headers{{"Host", fmt::format("{}:{}", address.host, address.port)},
                                    {"X-Amz-Content-Sha256", hash},
                                    {"X-Amz-Date", credential.amz_date}};
    sigv4::SigningKeys keys;
    const auto signature = sigv4::sign(credential, {"POST", path, "", &headers, hash},
                                       root.secret_access_key, sigv4::Flavour::s3, keys);
    std::string request = fmt::format("POST {} HTTP/1.0\r\n", path);
    for (const auto& [name, value] : headers) request += fmt::format("{}: {}\r\n", name, value);
    request += fmt::format(
        "Authorization: AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}\r\n"
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        root.access_key_id, credential.scope(), base::join(credential.signed_headers, ";"),
        signature, body.size(), body);
    std::string answer;
    TRY(exchange(address, request, [&](std::string_view part) {
        answer += part;
        return true;
    }));
    return answer;
}

Result<std::string> get_own(const DaemonFacts& daemon, const std::string& path) {
    std::string body;
    TRY(stream_own(daemon, path, [&](std::string_view part) {
        body += part;
        return true;
    }));
    return body;
}

}  // namespace stormglass::app
