// As much of HTTP/1.1 as instance metadata needs: requests with small bodies that nobody reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stormglass::vpc {

inline constexpr std::size_t request_head_bytes_max = 16 * 1024;
inline constexpr std::size_t request_headers_max = 64;
inline constexpr std::size_t request_body_bytes_max = 4 * 1024;

struct HttpRequest {
    std::string method, path;                                  // Path without query.
    std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
    bool keep_alive = true;

    std::optional<std::string_view> header(std::string_view lower_name) const;
};

struct HttpResponse {
    int status = 200;
    std::string content_type = "text/plain";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::optional<int> ip_ttl;  // Hops that the answer may travel.
};

enum class ParseState { incomplete, complete, malformed };
/// Takes one request off the front of `buffer`. `malformed`: answer 400 and close.
ParseState take_request(std::string& buffer, HttpRequest& to);

enum class Body { send, omit };  // HEAD omits.
enum class Persistence { keep, close };
std::string serialize(const HttpResponse& response, Body body, Persistence persistence,
                      std::string_view date);

/// AWS's XHTML page: "404 - Not Found".
HttpResponse error_page(int status);

}  // namespace stormglass::vpc
