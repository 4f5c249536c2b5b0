#include "net/http1_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <cstring>

#include "base/strings.h"

namespace stormglass::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string_view std_view(beast::string_view text) { return {text.data(), text.size()}; }

bool is_token_character(unsigned char byte) {
    return std::isalnum(byte) != 0 || std::strchr("!#$%&'*+-.^_`|~", byte) != nullptr;
}

/// Of "http://host/path?query" keeps "/path?query"; other forms as they are.
std::string origin_form(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() < scheme.size() ||
            !base::equals_ignore_case(target.substr(0, scheme.size()), scheme)) {
            continue;
        }
        const auto path = target.find_first_of("/?", scheme.size());
        if (path == std::string_view::npos) return "/";
        return (target[path] == '?' ? "/" : "") + std::string(target.substr(path));
    }
    return std::string(target);
}

}  // namespace

class Http1Parser::Impl final : public http::basic_parser<true> {
public:
    explicit Impl(const HeadLimits& limits) : limits_(limits) {
        header_limit(~std::uint32_t{0});  // Ours does not depend on how the bytes arrive.
        body_limit(~std::uint64_t{0});    // The connection's business.
        eager(false);
    }

    std::expected<std::size_t, Refusal> parse_head(std::string_view data);

    Head head;

private:
    std::optional<Refusal> check_head();
    Refusal over_limit(std::string_view data) const;

    void on_request_impl(http::verb, beast::string_view method, beast::string_view target,
                         int version, beast::error_code& ec) override {
        target_too_long_ = target.size() > limits_.target_bytes_max;
        if (target_too_long_) {
            ec = http::error::header_limit;
            return;
        }
        head.method = std_view(method);
        head.target = origin_form(std_view(target));
        head.minor_version = version % 10;
    }

    void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                       beast::error_code&) override {
        head.headers.emplace_back(std_view(name), std_view(value));
    }

    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override {
        return 0;
    }
    std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    void on_finish_impl(beast::error_code&) override {}

    HeadLimits limits_;
    bool target_too_long_ = false;
    std::size_t head_used_ = 0;  // Lines already taken; the rest of the head follows.
};

Refusal Http1Parser::Impl::over_limit(std::string_view data) const {
    const bool in_first_line = data.find('\n') > limits_.target_bytes_max;  // Or there is none.
    return target_too_long_ || in_first_line ? Refusal::target_too_long
                                             : Refusal::headers_too_large;
}

std::expected<std::size_t, Refusal> Http1Parser::Impl::parse_head(std::string_view data) {
    // What cannot become a request (a TLS greeting, say) is refused without waiting for more.
    if (!data.empty() && !is_token_character(static_cast<unsigned char>(data[0]))) {
        return std::unexpected(Refusal::malformed);
    }
    beast::error_code error;
    const std::string_view fresh = data.substr(head_used_);
    head_used_ += put(boost::asio::const_buffer(fresh.data(), fresh.size()), error);
    if (error == http::error::need_more) {
        if (data.size() >= limits_.header_bytes_max) return std::unexpected(over_limit(data));
        return std::size_t{0};
    }
    if (error == http::error::header_limit) return std::unexpected(over_limit(data));
    if (error || !is_header_done()) return std::unexpected(Refusal::malformed);
    if (head_used_ > limits_.header_bytes_max) return std::unexpected(over_limit(data));
    if (const auto refusal = check_head()) return std::unexpected(*refusal);
    return head_used_;
}

std::optional<Refusal> Http1Parser::Impl::check_head() {
    std::size_t hosts = 0;
    for (const auto& [name, value] : head.headers) {
        if (base::equals_ignore_case(name, "host")) ++hosts;
        if (base::equals_ignore_case(name, "transfer-encoding") &&
            !base::equals_ignore_case(base::trim(value), "chunked")) {
            return Refusal::malformed;
        }
        if (base::equals_ignore_case(name, "expect") &&
            base::equals_ignore_case(base::trim(value), "100-continue")) {
            head.expects_continue = head.minor_version >= 1;
        }
    }
    if (hosts > 1 || (hosts == 0 && head.minor_version >= 1)) return Refusal::malformed;
    head.keep_alive = keep_alive();
    head.chunked = chunked();
    if (!head.chunked) head.content_length = content_length() ? *content_length() : 0;
    return std::nullopt;
}

Http1Parser::Http1Parser(const HeadLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
Http1Parser::~Http1Parser() = default;

std::expected<std::size_t, Refusal> Http1Parser::parse_head(std::string_view data) {
    return impl_->parse_head(data);
}

Head& Http1Parser::head() { return impl_->head; }

}  // namespace stormglass::net
