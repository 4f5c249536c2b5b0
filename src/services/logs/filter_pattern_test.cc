// The filter pattern language.
#include "services/logs/filter_pattern.h"

#include <gtest/gtest.h>

namespace stormglass::logs {
namespace {

bool matches(std::string_view pattern, std::string_view message) {
    const auto parsed = FilterPattern::parse(pattern);
    EXPECT_TRUE(parsed) << pattern;
    return parsed && parsed->matches(message);
}

TEST(FilterPattern, an_empty_one_matches_everything) { EXPECT_TRUE(matches("", "anything")); }

TEST(FilterPattern, all_plain_terms_must_be_there_as_whole_words) {
    EXPECT_TRUE(matches("ERROR disk", "[ERROR] the disk is full"));
    EXPECT_FALSE(matches("ERROR disk", "ERROR only"));
    EXPECT_FALSE(matches("ERROR", "ERRORS"));
    EXPECT_FALSE(matches("ERROR", "error"));
}

TEST(FilterPattern, one_optional_term_is_enough) {
    EXPECT_TRUE(matches("?ERROR ?CRITICAL", "CRITICAL: down"));
    EXPECT_FALSE(matches("?ERROR ?CRITICAL", "WARNING"));
}

TEST(FilterPattern, excluded_terms_and_phrases) {
    EXPECT_FALSE(matches("ERROR -harmless", "ERROR but harmless"));
    EXPECT_TRUE(matches("\"disk full: /var\"", "oh: disk full: /var now"));
    EXPECT_TRUE(matches("-\"a b\"", "a c b"));
}

TEST(FilterPattern, json_selectors_compare_values) {
    const char* event = R"({"level":"error","n":5,"a":{"b":["x","y"]},"t":true,"z":null})";
    EXPECT_TRUE(matches("{ $.level = \"error\" }", event));
    EXPECT_TRUE(matches("{ $.level = err* }", event));
    EXPECT_TRUE(matches("{ ($.n >= 5 && $.a.b[1] = \"y\") || $.n = 1 }", event));
    EXPECT_FALSE(matches("{ $.n > 5 }", event));
    EXPECT_TRUE(matches("{$.t IS TRUE && $.z IS NULL && $.q NOT EXISTS}", event));
    EXPECT_FALSE(matches("{ $.level != \"error\" }", event));
    EXPECT_FALSE(matches("{ $.level = \"error\" }", "not json"));
}

TEST(FilterPattern, malformed_and_unsupported_ones_are_refused) {
    for (const char* bad : {"\"open", "a,b", "%x%", "[ip, user]", "{ $.a }", "{ $.a = 1",
                            "{ a = 1 }", "{ ($.a = 1 }", "{ $.a[*] = 1 }", "{ $.a = %x% }"}) {
        const auto parsed = FilterPattern::parse(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code, "InvalidParameterException");
    }
}

}  // namespace
}  // namespace stormglass::logs
