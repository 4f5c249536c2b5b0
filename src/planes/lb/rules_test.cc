#include "planes/lb/rules.h"

#include <gtest/gtest.h>

namespace stormglass::lb {
namespace {

bool matches(const std::vector<RuleCondition>& conditions, const RequestFacts& facts) {
    auto set = RuleSet::compile({{.priority = 0}, {.priority = 5, .conditions = conditions}});
    EXPECT_TRUE(set) << (set ? "" : set.error().message);
    return set->match(facts).rule->priority == 5;
}

const std::vector<http1::Field> no_fields;

RequestFacts facts(std::string_view path) {
    return {.method = "GET", .host = "example.com", .path = path, .fields = &no_fields};
}

TEST(Wildcards, MatchRunsAndSingleCharacters) {
    EXPECT_TRUE(wildcard_matches("/img/*.png", "/img/a/b.png", Case::sensitive));
    EXPECT_TRUE(wildcard_matches("/a?c", "/abc", Case::sensitive));
    EXPECT_FALSE(wildcard_matches("/a?c", "/ac", Case::sensitive));
    EXPECT_FALSE(wildcard_matches("/A", "/a", Case::sensitive));
    EXPECT_TRUE(wildcard_matches("A*", "abc", Case::insensitive));
    EXPECT_TRUE(wildcard_matches("a\\*b", "a*b", Case::sensitive));
    EXPECT_FALSE(wildcard_matches("a\\*b", "axb", Case::sensitive));
    std::string run(2000, 'a');
    EXPECT_FALSE(wildcard_matches("*a*a*a*a*b", run, Case::sensitive));
    run += 'b';
    EXPECT_TRUE(wildcard_matches("*a*a*a*a*b", run, Case::sensitive));
}

TEST(Rules, GoByPriorityWithTheDefaultLast) {
    const auto set = RuleSet::compile(
        {{.priority = 0},
         {.priority = 9, .conditions = {{.field = "path-pattern", .values = {"/*"}}}},
         {.priority = 2, .conditions = {{.field = "path-pattern", .values = {"/a"}}}}});
    EXPECT_EQ(set->match(facts("/a")).rule->priority, 2);
    EXPECT_EQ(set->match(facts("/b")).rule->priority, 9);
    EXPECT_EQ(set->match(facts("b")).rule->priority, 0);
    EXPECT_EQ(set->match(facts("b")).evaluations, 3);
}

TEST(Rules, NeedADefault) { EXPECT_FALSE(RuleSet::compile({{.priority = 1}})); }

TEST(Rules, PathsAreCaseSensitiveAndHostsAreNot) {
    EXPECT_TRUE(
        matches({{.field = "host-header", .values = {"*.org", "EXAMPLE.com"}}}, facts("/")));
    EXPECT_FALSE(matches({{.field = "path-pattern", .values = {"/A*"}}}, facts("/abc")));
}

TEST(Rules, AllConditionsMustHold) {
    const std::vector<RuleCondition> both{{.field = "http-request-method", .values = {"GET"}},
                                          {.field = "path-pattern", .values = {"/x"}}};
    EXPECT_TRUE(matches(both, facts("/x")));
    EXPECT_FALSE(matches(both, facts("/y")));
}

TEST(Rules, HeadersMatchByNameAndAnyValue) {
    const std::vector<http1::Field> fields{{"User-Agent", "Mozilla/5.0 Chrome/99"}};
    auto given = facts("/");
    given.fields = &fields;
    EXPECT_TRUE(matches({{.field = "http-header",
                          .values = {"*Safari*", "*chrome*"},
                          .http_header_name = "user-agent"}},
                        given));
    EXPECT_FALSE(matches(
        {{.field = "http-header", .values = {"*chrome*"}, .http_header_name = "x-other"}}, given));
}

TEST(Rules, QueryStringsMatchPairsOrBareValues) {
    auto given = facts("/");
    given.query = "Version=V1&flag";
    EXPECT_TRUE(matches({{.field = "query-string", .query_strings = {{"version", "v1"}}}}, given));
    EXPECT_TRUE(matches({{.field = "query-string", .query_strings = {{"", "*1"}}}}, given));
    EXPECT_FALSE(matches({{.field = "query-string", .query_strings = {{"flag", "x"}}}}, given));
}

TEST(Rules, SourceAddressesAreCidrBlocks) {
    auto given = facts("/");
    given.client_address = 0x0a000105;  // 10.0.1.5
    EXPECT_TRUE(matches({{.field = "source-ip", .values = {"10.0.1.0/24"}}}, given));
    EXPECT_TRUE(matches({{.field = "source-ip", .values = {"0.0.0.0/0"}}}, given));
    EXPECT_FALSE(matches({{.field = "source-ip", .values = {"10.0.2.0/24", "::/0"}}}, given));
    EXPECT_FALSE(RuleSet::compile(
        {{.priority = 0},
         {.priority = 1, .conditions = {{.field = "source-ip", .values = {"x"}}}}}));
}

TEST(Targets, AreSplitInEveryForm) {
    const auto absolute = split_target("http://h:81/p?q=1?2");
    EXPECT_EQ(absolute.host, "h:81");
    EXPECT_EQ(absolute.path, "/p");
    EXPECT_EQ(absolute.query, "q=1?2");
    EXPECT_EQ(absolute.origin_form, "/p?q=1?2");
    EXPECT_EQ(split_target("http://h").origin_form, "/");
    EXPECT_EQ(split_target("*").path, "*");
    EXPECT_EQ(split_target("/a://b").path, "/a://b");
    EXPECT_EQ(host_without_port("[::1]:80"), "[::1]");
}

}  // namespace
}  // namespace stormglass::lb
