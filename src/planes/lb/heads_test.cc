// The heads that go out: forwarded requests, responses of targets, responses and redirects of ours.
#include <gmock/gmock.h>

#include "planes/lb/forward_head.h"
#include "planes/lb/redirect.h"
#include "planes/lb/responses.h"

namespace stormglass::lb {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Sent {
    std::string head;
    int dropped = 0;
};

Sent forward(std::string_view text, LoadBalancerAttributes attributes = {},
             ClientFacts client = {.address = "9.9.9.9", .port = 1234, .listener_port = 80}) {
    http1::RequestHead head;
    std::size_t scanned = 0;
    EXPECT_EQ(http1::parse_request(text, scanned, head), http1::HeadStatus::done);
    const auto target = split_target(head.target);
    Sent sent;
    sent.dropped = write_request_head(sent.head,
                                      {.head = head,
                                       .target = target,
                                       .framing = http1::request_framing(head),
                                       .trace_id = "Root=1-0-0"},
                                      client, make_forward_policy(attributes));
    return sent;
}

TEST(ForwardedFor, IsAppendedPreservedOrRemoved) {
    const std::string_view text = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n";
    EXPECT_THAT(forward(text).head, HasSubstr("X-Forwarded-For: 1.1.1.1, 9.9.9.9\r\n"));
    EXPECT_THAT(forward(text, {.xff_client_port = true}).head,
                HasSubstr("X-Forwarded-For: 1.1.1.1, 9.9.9.9:1234\r\n"));
    EXPECT_THAT(forward(text, {.xff_header_processing_mode = "preserve"}).head,
                HasSubstr("X-Forwarded-For: 1.1.1.1\r\n"));
    EXPECT_THAT(forward(text, {.xff_header_processing_mode = "remove"}).head,
                Not(HasSubstr("X-Forwarded-For")));
}

TEST(HostField, LosesOrGainsThePortAsOnAws) {
    const ClientFacts on_8080{.address = "9.9.9.9", .listener_port = 8080};
    const std::string_view with = "GET / HTTP/1.1\r\nHost: x:8000\r\n\r\n";
    const std::string_view without = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    EXPECT_THAT(forward(with).head, HasSubstr("\r\nHost: x\r\n"));
    EXPECT_THAT(forward(with, {}, on_8080).head, HasSubstr("\r\nHost: x:8000\r\n"));
    EXPECT_THAT(forward(without, {}, on_8080).head, HasSubstr("\r\nHost: x:8080\r\n"));
    EXPECT_THAT(forward(with, {.preserve_host_header = true}).head,
                HasSubstr("\r\nHost: x:8000\r\n"));
}

TEST(HopByHopFields, EndHere) {
    const auto sent = forward(
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\n"
        "Keep-Alive: 1\r\nTE: trailers\r\nX-Other: 2\r\n\r\n");
    EXPECT_THAT(sent.head, EndsWith("X-Amzn-Trace-Id: Root=1-0-0\r\nX-Other: 2\r\n\r\n"));
}

TEST(InvalidFields, AreDroppedOnlyWhenAsked) {
    const std::string_view text = "GET / HTTP/1.1\r\nHost: x\r\nbad_name: 1\r\nGood-1: 2\r\n\r\n";
    EXPECT_THAT(forward(text).head, HasSubstr("bad_name: 1\r\n"));
    const auto strict = forward(text, {.drop_invalid_header_fields = true});
    EXPECT_THAT(strict.head, Not(HasSubstr("bad_name")));
    EXPECT_THAT(strict.head, HasSubstr("Good-1: 2\r\n"));
    EXPECT_EQ(strict.dropped, 1);
}

TEST(TlsFields, AreOursAloneWhenOn) {
    const ClientFacts tls{.address = "9.9.9.9",
                          .listener_port = 443,
                          .tls = true,
                          .tls_version = "TLSv1.3",
                          .tls_cipher = "TLS_AES_128_GCM_SHA256"};
    const auto sent = forward("GET / HTTP/1.1\r\nHost: x\r\nx-amzn-tls-version: forged\r\n\r\n",
                              {.tls_version_and_cipher_suite_headers = true}, tls);
    EXPECT_THAT(sent.head, HasSubstr("X-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n"));
    EXPECT_THAT(sent.head, HasSubstr("x-amzn-tls-version: TLSv1.3\r\n"));
    EXPECT_THAT(sent.head, Not(HasSubstr("forged")));
}

std::string trace(std::string_view fields) {
    http1::RequestHead head;
    std::size_t scanned = 0;
    const auto text = fmt::format("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", fields);
    http1::parse_request(text, scanned, head);
    base::SeededRandom random(1);
    return make_trace_id(head, random, 0x5f000000);
}

TEST(TraceId, GetsARootOrASelf) {
    EXPECT_THAT(trace(""), StartsWith("Root=1-5f000000-"));
    EXPECT_EQ(trace("").size(), std::string("Root=1-5f000000-").size() + 24);
    EXPECT_THAT(trace("X-Amzn-Trace-Id: Root=1-a-b;Extra=1\r\n"), StartsWith("Self=1-5f000000-"));
    EXPECT_THAT(trace("X-Amzn-Trace-Id: Root=1-a-b;Extra=1\r\n"), EndsWith(";Root=1-a-b;Extra=1"));
    const auto again = trace("X-Amzn-Trace-Id: Self=1-old;Root=1-a-b\r\n");
    EXPECT_THAT(again, Not(HasSubstr("old")));
    EXPECT_THAT(again, EndsWith(";Root=1-a-b"));
    const std::string big = "X: " + std::string(7200, 'x') + "\r\n";
    EXPECT_THAT(trace("X-Amzn-Trace-Id: Root=1-a-b\r\n" + big), StartsWith("Root=1-5f000000-"));
}

TEST(Redirects, FillInTheirPlaceholders) {
    const RequestUrl url{
        .protocol = "HTTP", .host = "h.example", .port = 80, .path = "/a/b", .query = "c=d"};
    EXPECT_EQ(redirect_location({.protocol = "HTTPS", .port = "443"}, url),
              "https://h.example:443/a/b?c=d");
    EXPECT_EQ(redirect_location({.host = "www.#{host}", .path = "/new/#{path}", .query = ""}, url),
              "http://www.h.example:80/new/a/b");
    EXPECT_EQ(redirect_location({.path = "/#{what}", .query = "x=#{query}&y"}, url),
              "http://h.example:80/#{what}?x=c=d&y");
}

TEST(OwnPages, HaveAwsSizes) {
    EXPECT_EQ(html_page(301).size(), 134u);
    EXPECT_EQ(html_page(502).size(), 122u);
    EXPECT_EQ(html_page(503).size(), 162u);
    EXPECT_EQ(html_page(504).size(), 132u);
}

}  // namespace
}  // namespace stormglass::lb
