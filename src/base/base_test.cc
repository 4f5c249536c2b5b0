#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/strings.h"

namespace stormglass::base {

TEST(Clock, WritesAndReadsItsOwnForms) {
    const Time time{Millis{1'764'000'177'123}};
    EXPECT_EQ(*parse_time(iso8601_millis(time)), time);
    EXPECT_EQ(*parse_time(http_date(time)), std::chrono::floor<Seconds>(time));
    EXPECT_EQ(*parse_time(amz_date(time)), std::chrono::floor<Seconds>(time));
    EXPECT_FALSE(parse_time("yesterday"));
}

TEST(Strings, WildcardsMatchRunsAndSingleCharacters) {
    EXPECT_TRUE(wildcard_match("arn:aws:s3:::a*/x?z", "arn:aws:s3:::abc/d/xyz"));
    EXPECT_FALSE(wildcard_match("a?c", "ac"));
    EXPECT_TRUE(wildcard_match("*", ""));
    EXPECT_FALSE(wildcard_match("abc", "ABC"));
}

TEST(Strings, Base64RefusesWhatIsNotBase64) {
    EXPECT_EQ(*base64_decode(base64_encode("ab\0c")), "ab");
    EXPECT_FALSE(base64_decode("a"));
    EXPECT_FALSE(base64_decode("a=bc"));
}

TEST(Strings, UriDecodingTakesTheLastEscape) {
    EXPECT_EQ(uri_decode("a%2Fb%41"), "a/bA");
    EXPECT_EQ(uri_decode("a+b%", Plus::space), "a b%");
    EXPECT_EQ(uri_encode("a b/ü", Slash::keep), "a%20b/%C3%BC");
}

TEST(Crypto, SealedDataOpensOnlyUnchanged) {
    SeededRandom random(1);
    const std::string key = random.bytes(32);
    std::string sealed = seal(key, "secret", "name", random);
    EXPECT_EQ(*open_sealed(key, sealed, "name"), "secret");
    EXPECT_FALSE(open_sealed(key, sealed, "other"));
    sealed[13] ^= 1;
    EXPECT_FALSE(open_sealed(key, sealed, "name"));
}

struct Sample {
    std::string name = "default";
    std::optional<int> count;
};
STORMGLASS_JSON(Sample, name, count)

TEST(Json, MissingMembersKeepTheirDefaults) {
    EXPECT_EQ(from_json_text<Sample>("{}")->name, "default");
    EXPECT_EQ(*from_json_text<Sample>(R"({"count":3})")->count, 3);
    EXPECT_FALSE(from_json_text<Sample>(R"({"count":"x"})"));
}

}  // namespace stormglass::base
