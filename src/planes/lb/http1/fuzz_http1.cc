// A fuzz target for everything that reads bytes from outside: heads, bodies, the desync classifier
// and the writers that pass heads on. Built with clang -fsanitize=fuzzer it is a libFuzzer target;
// built without, it has a main() that mutates its seeds for a fixed number of rounds (the smoke
// test).
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "base/check.h"
#include "planes/lb/forward_head.h"
#include "planes/lb/http1/body.h"
#include "planes/lb/http1/desync.h"
#include "planes/lb/http1/head.h"

namespace stormglass::lb {
namespace {

/// A body read at once and byte by byte must be the same.
void check_body(std::string_view bytes, http1::BodyFraming framing) {
    http1::BodyReader whole;
    http1::BodyReader slow;
    whole.start(framing.framing, framing.length);
    slow.start(framing.framing, framing.length);
    std::string whole_payload;
    std::string slow_payload;
    std::string_view rest = bytes;
    bool whole_bad = false;
    while (!whole.finished() && !whole_bad) {
        const auto piece = whole.next(rest);
        whole_bad = piece.bad;
        whole_payload += piece.payload;
        rest.remove_prefix(piece.consumed);
        if (piece.consumed == 0) break;
    }
    std::string held;
    for (const char c : bytes) {
        held += c;
        for (;;) {
            const auto piece = slow.next(held);
            if (piece.bad || slow.finished()) {
                CHECK(piece.bad == whole_bad || slow.finished());
                slow_payload += piece.payload;
                if (!piece.bad) CHECK(whole_payload == slow_payload);
                return;
            }
            slow_payload += piece.payload;
            held.erase(0, piece.consumed);
            if (piece.consumed == 0) break;
        }
    }
}

/// What we would send to a target must parse again, as one request of the same framing.
void check_forwarded(const http1::RequestHead& head, http1::BodyFraming framing) {
    const auto target = split_target(head.target);
    std::string out;
    write_request_head(out,
                       {.head = head, .target = target, .framing = framing, .trace_id = "Root=1"},
                       {.address = "10.0.0.1", .listener_port = 80}, {});
    http1::RequestHead again;
    std::size_t scanned = 0;
    const auto status = http1::parse_request(out, scanned, again);
    if (status != http1::HeadStatus::done) return;  // E.g. our own fields made it too long.
    CHECK(again.size == out.size());
    const auto framing_again = http1::request_framing(again);
    CHECK(!framing_again.bad);
    CHECK(framing_again.framing == framing.framing);
    CHECK(framing_again.length == framing.length);
}

void check_request(std::string_view bytes) {
    http1::RequestHead head;
    std::size_t scanned = 0;
    if (http1::parse_request(bytes, scanned, head) != http1::HeadStatus::done) return;
    CHECK(head.size <= bytes.size());
    const auto verdict = http1::classify(head);
    const auto framing = http1::request_framing(head);
    if (verdict.tier == http1::Tier::severe || framing.bad) return;
    check_body(bytes.substr(head.size), framing);
    check_forwarded(head, framing);
}

void check_response(std::string_view bytes) {
    http1::ResponseHead head;
    std::size_t scanned = 0;
    if (http1::parse_response(bytes, scanned, head) != http1::HeadStatus::done) return;
    const auto framing = http1::response_framing(head, http1::AnsweredMethod::other);
    if (framing.bad) return;
    check_body(bytes.substr(head.size), framing);
    Buffer out;
    write_response_head(out, {.head = head, .framing = framing.framing, .date = "now"});
    http1::ResponseHead again;
    scanned = 0;
    const auto status = http1::parse_response(out.view(), scanned, again);
    if (status == http1::HeadStatus::done) CHECK(again.status == head.status);
}

}  // namespace
}  // namespace stormglass::lb

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    stormglass::lb::check_request(bytes);
    stormglass::lb::check_response(bytes);
    return 0;
}

#ifndef STORMGLASS_LIBFUZZER
namespace {

const std::string seeds[] = {
    "GET /a?b=c HTTP/1.1\r\nHost: x\r\nConnection: upgrade, x-y\r\nX-Y: 1\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: "
    "1\r\n\r\n",
    "PUT http://h:1/p HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding : chunked\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
};
const std::string pieces[] = {"\r\n",
                              "\n",
                              "\r",
                              ":",
                              " ",
                              "\t",
                              ",",
                              ";",
                              "0\r\n\r\n",
                              "chunked",
                              "Content-Length: 5\r\n",
                              "Transfer-Encoding: chunked\r\n",
                              "HTTP/1.1",
                              "Host: y\r\n",
                              "\x00\x01",
                              "\xc5\xbf",
                              "ffffffff",
                              "18446744073709551616"};

std::string mutate(std::string text, std::mt19937& random) {
    const int changes = 1 + static_cast<int>(random() % 6);
    for (int i = 0; i < changes; ++i) {
        const auto at = text.empty() ? 0 : random() % text.size();
        switch (random() % 4) {
            case 0:
                if (!text.empty()) text[at] = static_cast<char>(random());
                break;
            case 1:
                text.erase(at, random() % 8);
                break;
            case 2:
                text.insert(at, pieces[random() % std::size(pieces)]);
                break;
            default:
                text.insert(at, text.substr(random() % (text.size() + 1), random() % 40));
        }
    }
    return text;
}

}  // namespace

/// fuzz_http1 [ROUNDS [SEED]]
int main(int argc, char** argv) {
    const long rounds = argc > 1 ? std::atol(argv[1]) : 200'000;
    const unsigned seed = argc > 2 ? static_cast<unsigned>(std::atol(argv[2])) : 1;
    std::mt19937 random(seed);
    for (long i = 0; i < rounds; ++i) {
        const auto text = mutate(seeds[random() % std::size(seeds)], random);
        LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    std::printf("%ld rounds from seed %u\n", rounds, seed);
    return 0;
}
#endif
