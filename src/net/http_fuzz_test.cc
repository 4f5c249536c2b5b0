// A short run of the fuzz target over mutants of good and bad requests.
#include "net/http_fuzz.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace stormglass::net {
namespace {

constexpr std::string_view samples[] = {
    "GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
    "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
    "PUT /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    "2;a=b\r\nde\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: t\r\n\r\n",
    "POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 1500\r\n\r\n",
    "DELETE http://host:1/p HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nxy",
    "HEAD / HTTP/1.1\r\nHost: x\r\nX: 1\r\n folded\r\nConnection: close\r\n\r\n",
};

std::string mutant_of(std::string text, base::Random& random) {
    for (std::uint64_t edits = 1 + random.below(3); edits > 0 && !text.empty(); --edits) {
        const std::size_t at = random.below(text.size());
        switch (random.below(5)) {
            case 0:
                text.erase(at, 1 + random.below(20));
                break;
            case 1:
                text.insert(at, text.substr(random.below(text.size()), random.below(600)));
                break;
            case 2:
                text[at] = random.pick(1, "\r\n\t :;,/0123456789abcdefGHTP")[0];
                break;
            case 3:
                text.insert(at, random.below(900), random.pick(1, "aaa0 \r\n")[0]);
                break;
            default:
                text[at] = static_cast<char>(random.below(256));
        }
    }
    return text;
}

TEST(HttpFuzz, AnswersDoNotDependOnHowTheBytesArrive) {
    base::SeededRandom random(20261124);
    std::set<std::string> seen;
    for (int round = 0; round < 3000; ++round) {
        for (const auto sample : samples) {
            const std::string mutant = mutant_of(std::string(sample), random);
            const std::string whole = answers_to(mutant, mutant.size() + 1);
            seen.insert(whole.substr(0, whole.find('\r')));
            for (const std::size_t piece : {1, 7}) {
                ASSERT_EQ(without_reason(answers_to(mutant, piece)), without_reason(whole))
                    << "request: " << testing::PrintToString(mutant);
            }
        }
    }
    // The run is worth something only if it comes everywhere.
    for (const std::string status :
         {"200 OK", "204 No Content", "400 Bad Request", "413 Content Too Large",
          "414 URI Too Long", "431 Request Header Fields Too Large"}) {
        EXPECT_TRUE(seen.contains("HTTP/1.1 " + status)) << status;
    }
}

TEST(HttpFuzz, RandomBytesAreServedToo) {
    base::SeededRandom random(7);
    for (int round = 0; round < 3000; ++round) fuzz_connection(random.bytes(random.below(300)));
}

}  // namespace
}  // namespace stormglass::net
