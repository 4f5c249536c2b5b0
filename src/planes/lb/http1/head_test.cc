#include "planes/lb/http1/head.h"

#include <gtest/gtest.h>

#include <string>

#include "planes/lb/limits.h"

namespace stormglass::lb::http1 {
namespace {

HeadStatus parse(std::string_view text, RequestHead& head) {
    std::size_t scanned = 0;
    return parse_request(text, scanned, head);
}

TEST(RequestHead, IsCutIntoItsParts) {
    RequestHead head;
    const std::string_view text = "GET /a?b HTTP/1.1\r\nHost:  x \r\nX-Y:\r\n\r\nbody";
    ASSERT_EQ(parse(text, head), HeadStatus::done);
    EXPECT_EQ(head.method, "GET");
    EXPECT_EQ(head.target, "/a?b");
    EXPECT_EQ(head.version, "HTTP/1.1");
    ASSERT_EQ(head.fields.size(), 2u);
    EXPECT_EQ(head.fields[0].id, FieldId::host);
    EXPECT_EQ(head.fields[0].value, "x");
    EXPECT_EQ(head.fields[1].value, "");
    EXPECT_EQ(text.substr(head.size), "body");
}

TEST(RequestHead, IsTheSameHoweverItsBytesArrive) {
    const std::string text = "\r\nPOST / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
    RequestHead head;
    std::size_t scanned = 0;
    for (std::size_t size = 0; size < text.size(); ++size) {
        ASSERT_EQ(parse_request(std::string_view(text).substr(0, size), scanned, head),
                  HeadStatus::need_more)
            << size;
    }
    ASSERT_EQ(parse_request(text, scanned, head), HeadStatus::done);
    EXPECT_EQ(head.fields.size(), 2u);
    EXPECT_EQ(head.size, text.size());
}

TEST(RequestHead, MayEndItsLinesWithLfAlone) {
    RequestHead head;
    ASSERT_EQ(parse("GET / HTTP/1.1\nHost: x\n\n", head), HeadStatus::done);
    EXPECT_EQ(head.fields.size(), 1u);
}

TEST(RequestHead, RefusesWhatHasNoOneMeaning) {
    RequestHead head;
    for (const std::string_view text :
         {"GET /\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", " / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\n Host: x\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n folded text\r\n\r\n"}) {
        EXPECT_EQ(parse(text, head), HeadStatus::malformed) << text;
    }
}

TEST(RequestHead, NamesTheLimitThatWasPassed) {
    RequestHead head;
    const std::string uri(limits::request_line_max, 'u');
    EXPECT_EQ(parse("GET /" + uri + " HTTP/1.1\r\n\r\n", head), HeadStatus::line_too_long);
    EXPECT_EQ(parse("GET /" + uri, head), HeadStatus::line_too_long) << "before its end is seen";
    std::string fields;
    for (int i = 0; i < 5; ++i) fields += "X: " + std::string(15'000, 'h') + "\r\n";
    EXPECT_EQ(parse("GET / HTTP/1.1\r\n" + fields + "\r\n", head), HeadStatus::headers_too_long);
    std::string many;
    for (std::size_t i = 0; i <= limits::header_fields_max; ++i) many += "a:b\r\n";
    EXPECT_EQ(parse("GET / HTTP/1.1\r\n" + many + "\r\n", head), HeadStatus::headers_too_long);
}

TEST(ResponseHead, KeepsStatusAndReason) {
    ResponseHead head;
    std::size_t scanned = 0;
    ASSERT_EQ(parse_response("HTTP/1.1 404 Not Here\r\nA: b\r\n\r\n", scanned, head),
              HeadStatus::done);
    EXPECT_EQ(head.status, 404);
    EXPECT_EQ(head.reason, "Not Here");
    scanned = 0;
    ASSERT_EQ(parse_response("HTTP/1.0 200\r\n\r\n", scanned, head), HeadStatus::done);
    EXPECT_EQ(head.reason, "");
}

TEST(ResponseHead, RefusesUnsoundOnes) {
    for (const std::string text :
         {"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20x OK\r\n\r\n", "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
          "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n"}) {
        ResponseHead head;
        std::size_t scanned = 0;
        EXPECT_EQ(parse_response(text, scanned, head), HeadStatus::malformed) << text;
    }
}

TEST(Tokens, AreFoundInLists) {
    const std::vector<Field> fields{{"Connection", "a, Upgrade", FieldId::connection},
                                    {"connection", "keep-alive", FieldId::connection}};
    EXPECT_TRUE(has_token(fields, FieldId::connection, "upgrade"));
    EXPECT_TRUE(has_token(fields, FieldId::connection, "Keep-Alive"));
    EXPECT_FALSE(has_token(fields, FieldId::connection, "close"));
}

TEST(Lengths, AreDigitsOnly) {
    EXPECT_EQ(parse_length("0042"), 42);
    for (const std::string_view text : {"", "+1", "-1", "1 ", "0x1", "18446744073709551616"}) {
        EXPECT_FALSE(parse_length(text)) << text;
    }
}

}  // namespace
}  // namespace stormglass::lb::http1
