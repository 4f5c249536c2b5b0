#include "planes/lb/http1/body.h"

#include <gtest/gtest.h>

namespace stormglass::lb::http1 {
namespace {

struct Decoded {
    std::string payload;
    std::string rest;
    bool bad = false;
    bool finished = false;
};

/// Feeds the text in pieces of `step` bytes.
Decoded decode(std::string_view text, std::size_t step, Framing framing, std::int64_t length = 0) {
    BodyReader reader;
    reader.start(framing, length);
    Decoded decoded;
    std::string held;
    while (true) {
        const auto piece = reader.next(held);
        decoded.payload += piece.payload;
        decoded.bad = piece.bad;
        if (piece.bad || reader.finished()) {
            decoded.rest = held.substr(piece.consumed) + std::string(text);
            decoded.finished = reader.finished();
            return decoded;
        }
        held.erase(0, piece.consumed);
        if (piece.consumed > 0) continue;
        if (text.empty()) return decoded;
        held += text.substr(0, step);
        text.remove_prefix(std::min(step, text.size()));
    }
}

TEST(Body, ChunksAreReadHoweverTheyArrive) {
    const std::string_view text =
        "5\r\nhello\r\n0A ; x=\"y\"\r\n0123456789\r\n0\r\nT: 1\r\n\r\nnext";
    for (const std::size_t step : {1, 2, 3, 7, 100}) {
        const auto decoded = decode(text, step, Framing::chunked);
        EXPECT_EQ(decoded.payload, "hello0123456789");
        EXPECT_TRUE(decoded.finished);
        EXPECT_EQ(decoded.rest, "next");
    }
}

TEST(Body, MalformedChunksAreRefused) {
    for (const std::string_view text :
         {"g\r\n", "\r\n", "-1\r\n", "5\nhello\r\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n",
          "0x5\r\nhello\r\n", "5 5\r\nhello\r\n", "1000000000000000\r\n"}) {
        EXPECT_TRUE(decode(text, 100, Framing::chunked).bad) << text;
    }
}

TEST(Body, ALengthTakesExactlyThatMuch) {
    const auto decoded = decode("helloworld", 3, Framing::length, 5);
    EXPECT_EQ(decoded.payload, "hello");
    EXPECT_EQ(decoded.rest, "world");
}

ResponseHead response(int status, std::vector<Field> fields) {
    ResponseHead head;
    head.status = status;
    head.fields = std::move(fields);
    return head;
}

TEST(Framing, OfResponsesFollowsTheRfc) {
    const Field length{"Content-Length", "5", FieldId::content_length};
    const Field chunked{"Transfer-Encoding", "chunked", FieldId::transfer_encoding};
    const auto framing = [](const ResponseHead& head, AnsweredMethod method) {
        return response_framing(head, method).framing;
    };
    EXPECT_EQ(framing(response(200, {length}), AnsweredMethod::other), Framing::length);
    EXPECT_EQ(framing(response(200, {length}), AnsweredMethod::head), Framing::none);
    EXPECT_EQ(framing(response(204, {}), AnsweredMethod::other), Framing::none);
    EXPECT_EQ(framing(response(304, {length}), AnsweredMethod::other), Framing::none);
    EXPECT_EQ(framing(response(200, {chunked}), AnsweredMethod::other), Framing::chunked);
    EXPECT_EQ(framing(response(200, {}), AnsweredMethod::other), Framing::until_close);
    EXPECT_TRUE(response_framing(response(200, {length, chunked}), AnsweredMethod::other).bad);
}

}  // namespace
}  // namespace stormglass::lb::http1
