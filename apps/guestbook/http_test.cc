// The HTTP/1.1 parser: what it takes, what it refuses.
#include "http.h"

#include <gtest/gtest.h>

namespace guestbook {
namespace {

int refusal(std::string_view bytes) {
    const auto outcome = parse_request(bytes);
    const auto* malformed = std::get_if<Malformed>(&outcome);
    return malformed ? malformed->status : 0;
}

TEST(Http, ARequestIsTakenApart) {
    const std::string bytes =
        "POST /entries?x=1 HTTP/1.1\r\nHost: a\r\nX-Thing:  two words \r\nContent-Length: "
        "3\r\n\r\nabcGET";
    const auto outcome = parse_request(bytes);
    const auto* parsed = std::get_if<Parsed>(&outcome);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->request.method, "POST");
    EXPECT_EQ(parsed->request.path, "/entries");
    EXPECT_EQ(parsed->request.query, "x=1");
    EXPECT_EQ(parsed->request.header("x-thing"), "two words");
    EXPECT_EQ(parsed->request.body, "abc");
    EXPECT_TRUE(parsed->request.keep_alive);
    EXPECT_EQ(parsed->consumed, bytes.size() - 3) << "the next request stays in the buffer";
}

TEST(Http, EveryPrefixOfARequestIsIncomplete) {
    const std::string bytes =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_TRUE(std::holds_alternative<Incomplete>(parse_request(bytes.substr(0, size))))
            << size;
    }
    const auto whole = parse_request(bytes);
    ASSERT_TRUE(std::holds_alternative<Parsed>(whole));
    EXPECT_EQ(std::get<Parsed>(whole).request.body, "abcde");
}

TEST(Http, AmbiguousFramingIsRefused) {
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
              400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nContent-Length : 1\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nA: b\nContent-Length: 1\r\n\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 400);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc"), 400);
}

TEST(Http, MalformedRequestLinesAreRefused) {
    for (const char* line : {"GET /", "GET / HTTP/2.0", "GET  / HTTP/1.1", "G@T / HTTP/1.1",
                             "GET http://x/ HTTP/1.1", " GET / HTTP/1.1", "GET /a b HTTP/1.1"}) {
        EXPECT_EQ(refusal(std::string(line) + "\r\n\r\n"), 400) << line;
    }
}

TEST(Http, LimitsHold) {
    EXPECT_EQ(refusal("GET /" + std::string(header_bytes_max, 'a')), 431);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nContent-Length: " + std::to_string(body_bytes_max + 1) +
                      "\r\n\r\n"),
              413);
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"), 413);
}

TEST(Http, TheConnectionClosesWhenAskedOrByTheOldVersion) {
    const auto keeps = [](const std::string& bytes) {
        return std::get<Parsed>(parse_request(bytes)).request.keep_alive;
    };
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"));
}

TEST(Http, AWaitingClientIsToldToContinueOnlyBeforeItsBody) {
    const std::string head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    EXPECT_TRUE(std::get<Incomplete>(parse_request(head)).expects_continue);
    EXPECT_FALSE(std::get<Incomplete>(parse_request(head + "a")).expects_continue);
}

TEST(Http, ResponsesSayTheirLengthAndMayLeaveOutTheirBody) {
    const Response response{.status = 303, .body = "abc", .headers = {{"Location", "/"}}};
    EXPECT_EQ(serialize(response, Body::leave_out, Persistence::close),
              "HTTP/1.1 303 See Other\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 3\r\nLocation: /\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace guestbook
