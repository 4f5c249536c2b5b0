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

TEST(FilterPattern, regular_expressions_stand_between_percent_signs) {
    EXPECT_TRUE(matches("%5\\d\\d%", "status 503"));
    EXPECT_FALSE(matches("%5\\d\\d%", "status 403"));
    EXPECT_FALSE(matches("ERROR -%time ?out%", "ERROR timeout"));
    EXPECT_TRUE(matches("{ $.ip = %^10\\.0\\.% }", R"({"ip":"10.0.3.4"})"));
}

TEST(FilterPattern, any_element_of_a_list) {
    const char* event = R"({"list":[{"id":1},{"id":7}],"plain":["a","b"]})";
    EXPECT_TRUE(matches("{ $.list[*].id = 7 }", event));
    EXPECT_FALSE(matches("{ $.list[*].id = 8 }", event));
    EXPECT_TRUE(matches("{ $.plain[*] = \"b\" }", event));
    EXPECT_TRUE(matches("{ $.list[*].other NOT EXISTS }", event));
}

TEST(FilterPattern, lines_of_fields) {
    const char* line =
        R"(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /x HTTP/1.0" 404 1534)";
    EXPECT_TRUE(matches("[ip, id, user, time, request, status=4*, size]", line));
    EXPECT_FALSE(matches("[ip, id, user, time, request, status=5*, size]", line));
    EXPECT_TRUE(matches("[ip, ..., status=404 || status=500, size > 1000]", line));
    EXPECT_FALSE(matches("[ip, ..., size < 1000 && size > 10]", line));
    EXPECT_FALSE(matches("[ip, user]", line)) << "another number of fields";
    EXPECT_TRUE(matches("[..., request = *GET*, status, size]", line));
    const auto pattern = FilterPattern::parse("[ip, ..., status, size]");
    EXPECT_EQ(pattern->value(line, "$size"), "1534");
    EXPECT_EQ(pattern->extracted(line).at("$ip"), "127.0.0.1");
    EXPECT_EQ(FilterPattern::parse("{ $.n > 1 }")->value(R"({"n":2,"m":{"k":"v"}})", "$.m.k"), "v");
}

TEST(FilterPattern, malformed_ones_are_refused) {
    for (const char* bad :
         {"\"open", "a,b", "%x", "[ip, user", "[ip=]", "{ $.a }", "{ $.a = 1", "{ a = 1 }",
          "{ ($.a = 1 }", "{ $.a[x] = 1 }", "{ $.a = %(% }", "%(%", "[a, ..., b, ...]"}) {
        const auto parsed = FilterPattern::parse(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code, "InvalidParameterException");
    }
}

}  // namespace
}  // namespace stormglass::logs
