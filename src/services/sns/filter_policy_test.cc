// Filter policies: the operators of the developer guide, on attributes and on bodies, and their
// check.
#include "services/sns/filter_policy.h"

#include <gtest/gtest.h>

namespace stormglass::sns {
namespace {

std::string problem(const std::string& policy) {
    const auto parsed = FilterPolicy::parse(policy);
    return parsed ? "" : parsed.error().message;
}
bool body(const std::string& policy, const std::string& text) {
    return FilterPolicy::parse(policy)->matches_body(text);
}
bool attributes(const std::string& policy, const std::map<std::string, MessageAttribute>& given) {
    return FilterPolicy::parse(policy)->matches_attributes(given);
}

TEST(FilterPolicyTest, every_key_must_match_and_any_of_its_values) {
    const char* policy = R"({"store":["a","b"],"price":[100, {"numeric":[">=",5,"<",10]}]})";
    EXPECT_TRUE(attributes(policy, {{"store", {"String", "b"}}, {"price", {"Number", "100"}}}));
    EXPECT_TRUE(attributes(policy, {{"store", {"String", "a"}}, {"price", {"Number", "5.0"}}}));
    EXPECT_FALSE(attributes(policy, {{"store", {"String", "a"}}, {"price", {"Number", "10"}}}));
    EXPECT_FALSE(attributes(policy, {{"store", {"String", "a"}}}));
    EXPECT_FALSE(attributes(policy, {{"store", {"String", "a"}}, {"price", {"String", "100"}}}));
}

TEST(FilterPolicyTest, an_array_matches_by_any_of_its_elements) {
    const std::map<std::string, MessageAttribute> given{
        {"sports", {"String.Array", R"(["rugby","golf",1])"}}};
    EXPECT_TRUE(attributes(R"({"sports":["golf"]})", given));
    EXPECT_TRUE(attributes(R"({"sports":[1]})", given));
    EXPECT_FALSE(attributes(R"({"sports":["tennis"]})", given));
}

TEST(FilterPolicyTest, the_operators_on_strings) {
    EXPECT_TRUE(body(R"({"k":[{"prefix":"or"}]})", R"({"k":"order"})"));
    EXPECT_FALSE(body(R"({"k":[{"prefix":"or"}]})", R"({"k":"border"})"));
    EXPECT_TRUE(body(R"({"k":[{"suffix":"er"}]})", R"({"k":"order"})"));
    EXPECT_TRUE(body(R"({"k":[{"equals-ignore-case":"ORDER"}]})", R"({"k":"order"})"));
    EXPECT_TRUE(body(R"({"k":[{"wildcard":"o*r"}]})", R"({"k":"order"})"));
    EXPECT_TRUE(body(R"({"k":[{"cidr":"10.0.0.0/20"}]})", R"({"k":"10.0.15.255"})"));
    EXPECT_FALSE(body(R"({"k":[{"cidr":"10.0.0.0/20"}]})", R"({"k":"10.0.16.0"})"));
    EXPECT_TRUE(body(R"({"k":[{"cidr":"2001:db8::/33"}]})", R"({"k":"2001:db8:7fff::1"})"));
    EXPECT_FALSE(body(R"({"k":[{"cidr":"2001:db8::/33"}]})", R"({"k":"2001:db8:8000::1"})"));
}

TEST(FilterPolicyTest, anything_but) {
    EXPECT_TRUE(body(R"({"k":[{"anything-but":["a","b"]}]})", R"({"k":"c"})"));
    EXPECT_FALSE(body(R"({"k":[{"anything-but":["a","b"]}]})", R"({"k":"b"})"));
    EXPECT_FALSE(body(R"({"k":[{"anything-but":["a"]}]})", R"({"other":"b"})"))
        << "the key must be there";
    EXPECT_FALSE(body(R"({"k":[{"anything-but":{"prefix":"or"}}]})", R"({"k":"order"})"));
    EXPECT_TRUE(body(R"({"k":[{"anything-but":{"prefix":"or"}}]})", R"({"k":"x"})"));
    EXPECT_FALSE(body(R"({"k":[{"anything-but":[100]}]})", R"({"k":100.0})"));
}

TEST(FilterPolicyTest, exists_null_and_booleans) {
    EXPECT_TRUE(body(R"({"k":[{"exists":true}]})", R"({"k":1})"));
    EXPECT_FALSE(body(R"({"k":[{"exists":true}]})", R"({})"));
    EXPECT_TRUE(body(R"({"k":[{"exists":false}]})", R"({})"));
    EXPECT_FALSE(body(R"({"k":[{"exists":false}]})", R"({"k":1})"));
    EXPECT_TRUE(body(R"({"k":[null,true]})", R"({"k":null})"));
    EXPECT_TRUE(body(R"({"k":[null,true]})", R"({"k":true})"));
    EXPECT_FALSE(body(R"({"k":[null,true]})", R"({"k":"true"})"));
}

TEST(FilterPolicyTest, bodies_may_be_nested_and_one_element_must_have_all) {
    const char* policy = R"({"records":{"s3":{"name":["bucket"]},"event":[{"prefix":"Created"}]}})";
    EXPECT_TRUE(body(policy, R"({"records":[{"s3":{"name":"x"},"event":"Created:Put"},
                                            {"s3":{"name":"bucket"},"event":"Created:Put"}]})"));
    EXPECT_FALSE(body(policy, R"({"records":[{"s3":{"name":"x"},"event":"Created:Put"},
                                             {"s3":{"name":"bucket"},"event":"Removed"}]})"));
    EXPECT_FALSE(body(policy, "no json"));
}

TEST(FilterPolicyTest, alternatives) {
    const char* policy = R"({"source":["cw"],"$or":[{"metric":["cpu"]},{"space":["a","b"]}]})";
    EXPECT_TRUE(body(policy, R"({"source":"cw","metric":"cpu"})"));
    EXPECT_TRUE(body(policy, R"({"source":"cw","space":"b"})"));
    EXPECT_FALSE(body(policy, R"({"source":"cw","metric":"net"})"));
    EXPECT_FALSE(body(policy, R"({"metric":"cpu"})"));
}

TEST(FilterPolicyTest, what_sns_refuses_is_refused_in_its_words) {
    EXPECT_EQ(problem(R"({"k":"v"})"), R"("k" must be an object or an array)");
    EXPECT_EQ(problem(R"({"k":[]})"), "Empty arrays are not allowed");
    EXPECT_EQ(problem(R"({"k":[{"suffix":100}]})"), "suffix match pattern must be a string");
    EXPECT_EQ(problem(R"({"k":[{"exists":"no"}]})"),
              "exists match pattern must be either true or false.");
    EXPECT_EQ(problem(R"({"k":[{"cidr":"bad-filter"}]})"), "Malformed CIDR, one '/' required");
    EXPECT_EQ(problem(R"({"k":[{"cidr":"bad-filter/64"}]})"), "Nonstandard IP address: bad-filter");
    EXPECT_EQ(problem(R"({"k":[{"cidr":"bad-filter/x"}]})"),
              "Malformed CIDR, mask bits must be an integer");
    EXPECT_EQ(problem(R"({"k":[{"odd":"x"}]})"), "Unrecognized match type odd");
    EXPECT_EQ(problem(R"({"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]})"),
              "Filter policy can not have more than 5 keys");
    EXPECT_EQ(
        problem(R"({"a":{"b":{"c":["1","2","3","4"]}},"d":{"e":["1","2","3"]},"f":["1","2","3"]})"),
        "Filter policy is too complex");
}

}  // namespace
}  // namespace stormglass::sns
