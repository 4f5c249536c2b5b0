#include "net/http_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "base/strings.h"
#include "net/chunked_decoder.h"
#include "net/http_message.h"

namespace stormglass::net {
namespace {

constexpr std::size_t read_bytes = 16 * 1024;
constexpr std::size_t produced_bytes = 64 * 1024;
/// After an answer that the client may not have expected, how much of what it still sends is
/// swallowed, and how long: a reset would take the answer from it.
constexpr std::size_t linger_bytes_max = 256 * 1024;
constexpr std::chrono::milliseconds linger_timeout{500};
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

std::chrono::milliseconds left_until(std::chrono::steady_clock::time_point deadline) {
    return std::chrono::ceil<std::chrono::milliseconds>(deadline -
                                                        std::chrono::steady_clock::now());
}

}  // namespace

int status_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::malformed:
            return 400;
        case Refusal::request_timeout:
            return 408;
        case Refusal::body_too_large:
            return 413;
        case Refusal::target_too_long:
            return 414;
        case Refusal::headers_too_large:
            return 431;
        case Refusal::too_many_connections:
            return 503;
    }
    return 500;
}

Response refusal_response(const HttpServerOptions& options, Refusal refusal) {
    Response response;
    if (options.refusal) {
        response = options.refusal(refusal);
    } else {
        response.headers.emplace_back("Content-Type", "text/plain");
        response.body = std::string(reason_of(status_of(refusal))) + "\n";
    }
    response.status = status_of(refusal);
    return response;
}

Result<std::string> BodyReader::read_all(std::size_t limit) {
    const auto too_large = [] {
        return fail(Domain::system, "BodyTooLarge", "the request's body is too large");
    };
    const auto announced = content_length();
    if (announced && *announced > limit) return too_large();
    std::string body;
    std::size_t used = 0;
    for (;;) {
        // One byte more than announced or allowed, to see the end or the excess.
        const std::size_t room =
            announced ? *announced + 1 : std::min(used * 2 + read_bytes, limit + 1);
        body.resize(std::max(room, used + 1));
        const std::size_t got = TRY(read(body.data() + used, body.size() - used));
        used += got;
        if (used > limit) return too_large();
        if (got == 0) break;
    }
    body.resize(used);
    return body;
}

/// Reads first what lies in the connection's buffer, then straight into the caller's.
class HttpConnection::Body final : public BodyReader {
public:
    Body(HttpConnection& connection, const Head& head)
        : connection_(connection),
          decoder_(connection.context_.options.header_bytes_max),
          length_(head.content_length),
          left_(length_.value_or(0)),
          owes_continue_(head.expects_continue) {}

    Result<std::size_t> read(char* to, std::size_t size) override {
        if (failure_) return std::unexpected(*failure_);
        if (is_over() || size == 0) return std::size_t{0};
        auto got = send_continue();
        if (got) got = length_ ? read_plain(to, size) : read_chunked(to, size);
        if (!got) failure_ = got.error();
        return got;
    }

    std::optional<std::uint64_t> content_length() const override { return length_; }

    bool is_over() const { return length_ ? left_ == 0 : decoder_.is_done(); }
    bool has_failed() const { return failure_.has_value(); }

    /// Whether the rest can be dropped to keep the connection. A client that still waits for
    /// "100 Continue" may send the body or not, which leaves it unclear what comes next.
    bool is_worth_draining(std::size_t limit) const {
        return !failure_ && (is_over() || (!owes_continue_ && left_ <= limit));
    }

    bool drain(std::size_t limit) {
        char dropped[read_bytes];
        std::size_t total = 0;
        while (!is_over() && total <= limit) {
            const auto got = read(dropped, sizeof dropped);
            if (!got) return false;
            total += *got;
        }
        return is_over();
    }

private:
    Result<std::size_t> send_continue() {
        if (!std::exchange(owes_continue_, false) || !connection_.buffer_.empty()) return 0;
        TRY(connection_.stream_->write(continue_line));
        return 0;
    }

    Result<std::size_t> receive(char* to, std::size_t size) {
        auto got = connection_.stream_->read(to, size, connection_.context_.options.body_timeout);
        if (got && *got > 0) return got;
        if (got) return fail(Domain::system, "ConnectionLost", "the client left within the body");
        if (got.error().code == "Timeout") {
            return fail(Domain::system, "RequestTimeout", "the request's body comes too slowly");
        }
        return got;
    }

    Result<std::size_t> read_plain(char* to, std::size_t size) {
        size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
        std::string& buffer = connection_.buffer_;
        if (buffer.empty()) {
            size = TRY(receive(to, size));
        } else {
            size = std::min(size, buffer.size());
            std::memcpy(to, buffer.data(), size);
            buffer.erase(0, size);
        }
        left_ -= size;
        return size;
    }

    Result<std::size_t> read_chunked(char* to, std::size_t size) {
        std::string& buffer = connection_.buffer_;
        while (!decoder_.is_done()) {
            const auto decoded = decoder_.decode(buffer, to, size);
            if (!decoded) return fail(Domain::system, "MalformedBody", "malformed chunked body");
            buffer.erase(0, decoded->consumed);
            chunked_total_ += decoded->produced;
            if (chunked_total_ > connection_.context_.options.body_bytes_max) {
                return fail(Domain::system, "BodyTooLarge", "the request's body is too large");
            }
            if (decoded->produced > 0) return decoded->produced;
            if (!decoder_.is_done()) TRY(refill());
        }
        return std::size_t{0};
    }

    /// All that had come has been decoded.
    Result<void> refill() {
        std::string& buffer = connection_.buffer_;
        buffer.resize(read_bytes);
        const auto got = receive(buffer.data(), read_bytes);
        buffer.resize(got.value_or(0));
        if (!got) return std::unexpected(got.error());
        return {};
    }

    HttpConnection& connection_;
    ChunkedDecoder decoder_;
    std::optional<std::uint64_t> length_;
    std::uint64_t left_;
    std::uint64_t chunked_total_ = 0;
    bool owes_continue_;
    std::optional<Error> failure_;
};

HttpConnection::HttpConnection(const ConnectionContext& context, std::unique_ptr<Stream> stream,
                               std::string peer_address)
    : context_(context),
      stream_(std::move(stream)),
      peer_address_(std::move(peer_address)),
      tls_version_(stream_->tls_version()),
      tls_server_name_(base::to_lower(stream_->tls_server_name())) {}

void HttpConnection::serve() {
    while (serve_one() == Next::request) {
    }
}

/// Reads more of a head. The clock runs from the head's first byte.
std::expected<void, Refusal> HttpConnection::fill_head(
    std::chrono::steady_clock::time_point& deadline) {
    using std::chrono::steady_clock;
    const std::size_t had = buffer_.size();
    const bool is_first = had == 0;
    buffer_.resize(had + read_bytes);
    Result<std::size_t> got = 0;
    if (is_first) {
        is_idle_ = true;
        // Stop either sees that we are idle and ends the connection, or we see that it stops.
        if (!context_.stopping) got = stream_->read_idle(buffer_.data(), read_bytes);
        is_idle_ = false;
        deadline = steady_clock::now() + context_.options.header_timeout;
    } else {
        got = stream_->read(buffer_.data() + had, read_bytes, left_until(deadline));
    }
    buffer_.resize(had + got.value_or(0));
    if (got.value_or(0) > 0) return {};
    const bool slow = !got && got.error().code == "Timeout";
    return std::unexpected(slow ? Refusal::request_timeout : Refusal::malformed);
}

std::expected<void, Refusal> HttpConnection::read_head(Http1Parser& parser) {
    auto deadline = std::chrono::steady_clock::now() + context_.options.header_timeout;
    for (;;) {
        // RFC 9112 section 2.2: empty lines before a request are ignored.
        if (!buffer_.empty() && (buffer_[0] == '\r' || buffer_[0] == '\n')) {
            buffer_.erase(0, buffer_.find_first_not_of("\r\n"));
        }
        if (!buffer_.empty()) {
            const auto used = parser.parse_head(buffer_);
            if (!used) return std::unexpected(used.error());
            if (*used > 0) {
                buffer_.erase(0, *used);
                return {};
            }
        }
        const auto filled = fill_head(deadline);
        if (!filled) return filled;
    }
}

HttpConnection::Next HttpConnection::serve_one() {
    const HttpServerOptions& options = context_.options;
    Http1Parser parser({options.header_bytes_max, options.target_bytes_max});
    if (const auto read = read_head(parser); !read) {
        // Nothing of a request has come: the client has left, or was idle too long.
        if (!buffer_.empty()) refuse(read.error());
        return Next::close;
    }
    context_.requests.fetch_add(1, std::memory_order_relaxed);
    Head& head = parser.head();
    if (head.content_length.value_or(0) > options.body_bytes_max) {
        refuse(Refusal::body_too_large);
        return Next::close;
    }
    Body body(*this, head);
    Response response = call_handler(head, body);
    const bool close = !head.keep_alive || response.persistence == Persistence::close ||
                       context_.stopping || !body.is_worth_draining(options.drain_bytes_max);
    if (!write(response, head, close)) return Next::close;
    if (close || !body.drain(options.drain_bytes_max)) {
        if (!body.is_over() && !body.has_failed()) linger();
        return Next::close;
    }
    return Next::request;
}

Response HttpConnection::call_handler(Head& head, Body& body) {
    Request request{.method = head.method,
                    .target = std::move(head.target),
                    .headers = std::move(head.headers),
                    .peer_address = peer_address_,
                    .is_tls = !tls_version_.empty(),
                    .tls_version = tls_version_,
                    .tls_server_name = tls_server_name_,
                    .body = body};
    return context_.handler(request);
}

void HttpConnection::refuse(Refusal refusal) {
    context_.refusals.fetch_add(1, std::memory_order_relaxed);
    Response response = refusal_response(context_.options, refusal);
    const Head nothing_known{.method = "GET"};
    if (write(response, nothing_known, true)) linger();
}

/// Lets the client read our answer before the connection goes.
void HttpConnection::linger() {
    stream_->finish();
    const auto deadline = std::chrono::steady_clock::now() + linger_timeout;
    char dropped[read_bytes];
    std::size_t total = 0;
    while (total < linger_bytes_max) {
        const auto got = stream_->read(dropped, sizeof dropped, left_until(deadline));
        if (!got || *got == 0) return;
        total += *got;
        if (left_until(deadline).count() <= 0) return;
    }
}

bool HttpConnection::write(Response& response, const Head& head, bool close) {
    Framing framing{.close = close, .minor_version = head.minor_version, .date = date()};
    const bool bodiless = is_bodiless(response.status);
    const bool streams = static_cast<bool>(response.producer);
    if (response.file) {
        framing.content_length = response.file->length;
    } else if (streams) {
        framing.content_length = response.producer_length;
        framing.chunked = !response.producer_length && head.minor_version >= 1 && !bodiless;
    } else if (!bodiless) {
        framing.content_length = response.body.size();
    }
    // To an HTTP/1.0 client only the connection's end tells the end of such a body.
    if (streams && !response.producer_length && head.minor_version == 0) framing.close = true;
    if (bodiless) framing.content_length.reset();
    out_.clear();
    append_head(out_, response, framing);
    if (bodiless || head.method == "HEAD") return stream_->write(out_).has_value();
    return write_body(response, out_, framing.chunked) && (close || !framing.close);
}

bool HttpConnection::write_body(Response& response, std::string_view head, bool chunked) {
    if (response.file) {
        const FileRange& file = *response.file;
        return stream_->write(head) && stream_->send_file(file.fd.get(), file.offset, file.length);
    }
    if (response.producer) return stream_->write(head) && write_produced(response, chunked);
    return stream_->write(head, response.body).has_value();
}

/// A body that breaks off, or is longer or shorter than announced, ends the connection without its
/// proper end.
bool HttpConnection::write_produced(Response& response, bool chunked) {
    std::string part(produced_bytes, '\0');
    std::uint64_t left = response.producer_length.value_or(0);
    const bool is_endless = response.producer_ending == Ending::with_server;
    while (!is_endless || !context_.stopping) {
        const auto got = response.producer(part.data(), part.size());
        if (!got) {
            spdlog::warn("an answer broke off: {}", got.error().message);
            return false;
        }
        const std::string_view content(part.data(), *got);
        if (content.empty()) break;
        if (chunked) {
            const std::string size = fmt::format("{:x}\r\n", content.size());
            if (!stream_->write(size, content) || !stream_->write("\r\n")) return false;
            continue;
        }
        if (response.producer_length && content.size() > left) return false;
        left -= response.producer_length ? content.size() : 0;
        if (!stream_->write(content)) return false;
    }
    if (chunked) return stream_->write("0\r\n\r\n").has_value();
    return left == 0;
}

/// Made once a second.
std::string_view HttpConnection::date() {
    const base::Time now = context_.clock.now();
    const auto second = std::chrono::floor<base::Seconds>(now).time_since_epoch().count();
    if (second != date_second_) {
        date_second_ = second;
        date_ = base::http_date(now);
    }
    return date_;
}

}  // namespace stormglass::net
