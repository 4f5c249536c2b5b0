#include "services/iam/policy/condition.h"

#include <gtest/gtest.h>

#include "services/iam/policy/pattern.h"

namespace stormglass::policy {
namespace {

class Keys final : public ContextSource {
public:
    explicit Keys(Context keys) : keys_(std::move(keys)) {}
    std::optional<std::vector<std::string>> find(std::string_view key) const override {
        const auto found = keys_.find(key);
        if (found == keys_.end()) return std::nullopt;
        return found->second;
    }

private:
    Context keys_;
};

const Keys& request() {
    static const Keys keys({{"aws:username", {"ann"}},
                            {"aws:SourceIp", {"10.20.3.4"}},
                            {"aws:SourceIp6", {"2001:db8::5"}},
                            {"aws:SecureTransport", {"true"}},
                            {"aws:PrincipalArn", {"arn:aws:iam::123456789012:role/web/app"}},
                            {"aws:CurrentTime", {"2026-11-24T15:00:00Z"}},
                            {"aws:EpochTime", {"1795532400"}},
                            {"s3:max-keys", {"10"}},
                            {"s3:prefix", {"home/ann/x"}},
                            {"aws:TagKeys", {"env", "team"}},
                            {"x:star", {"*"}},
                            {"x:blob", {"QUJD"}},
                            {"x:empty", {}}});
    return keys;
}

bool holds(std::string_view op, std::string key, std::vector<std::string> values) {
    const auto parsed = parse_operator(op);
    EXPECT_TRUE(parsed) << op;
    return condition_holds({parsed.value_or(Operator{}), std::move(key), std::move(values)},
                           request(), Variables::substituted);
}

struct Case {
    const char* op;
    const char* key;
    std::vector<std::string> values;
    bool expected;
};

void check(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        EXPECT_EQ(holds(one.op, one.key, one.values), one.expected)
            << one.op << " " << one.key << " " << one.values.front();
    }
}

}  // namespace

TEST(Condition, StringOperators) {
    check({{"StringEquals", "aws:username", {"bob", "ann"}, true},
           {"StringEquals", "AWS:UserName", {"ann"}, true},
           {"StringEquals", "aws:username", {"Ann"}, false},
           {"StringEqualsIgnoreCase", "aws:username", {"ANN"}, true},
           {"StringNotEquals", "aws:username", {"bob", "ann"}, false},
           {"StringNotEquals", "aws:username", {"bob"}, true},
           {"StringNotEqualsIgnoreCase", "aws:username", {"ANN"}, false},
           {"StringLike", "s3:prefix", {"home/*"}, true},
           {"StringLike", "s3:prefix", {"home/a?n/x"}, true},
           {"StringNotLike", "s3:prefix", {"home/*"}, false},
           {"StringEquals", "s3:prefix", {"home/*"}, false}});
}

TEST(Condition, NumericAndDateOperators) {
    check({{"NumericEquals", "s3:max-keys", {"10.0"}, true},
           {"NumericNotEquals", "s3:max-keys", {"10"}, false},
           {"NumericLessThan", "s3:max-keys", {"10"}, false},
           {"NumericLessThanEquals", "s3:max-keys", {"10"}, true},
           {"NumericGreaterThan", "s3:max-keys", {"9"}, true},
           {"NumericGreaterThanEquals", "s3:max-keys", {"11"}, false},
           {"NumericEquals", "aws:username", {"10"}, false},
           {"DateGreaterThan", "aws:CurrentTime", {"2026-01-01T00:00:00Z"}, true},
           {"DateLessThan", "aws:CurrentTime", {"2026-01-01T00:00:00Z"}, false},
           {"DateEquals", "aws:EpochTime", {"2026-11-24T15:00:00Z"}, true},
           {"DateNotEquals", "aws:EpochTime", {"1795532400"}, false},
           {"DateLessThanEquals", "aws:CurrentTime", {"1795532400"}, true},
           {"DateGreaterThanEquals", "aws:CurrentTime", {"1795532401"}, false}});
}

TEST(Condition, AddressBooleanBinaryAndArnOperators) {
    check({{"IpAddress", "aws:SourceIp", {"10.20.0.0/16"}, true},
           {"IpAddress", "aws:SourceIp", {"10.21.0.0/16", "10.20.3.4"}, true},
           {"IpAddress", "aws:SourceIp", {"10.20.3.0/30"}, false},
           {"IpAddress", "aws:SourceIp", {"0.0.0.0/0"}, true},
           {"IpAddress", "aws:SourceIp", {"not an address"}, false},
           {"NotIpAddress", "aws:SourceIp", {"10.20.0.0/16"}, false},
           {"NotIpAddress", "aws:SourceIp", {"192.0.2.0/24"}, true},
           {"IpAddress", "aws:SourceIp6", {"2001:db8::/32"}, true},
           {"IpAddress", "aws:SourceIp6", {"10.0.0.0/8"}, false},
           {"Bool", "aws:SecureTransport", {"True"}, true},
           {"Bool", "aws:SecureTransport", {"false"}, false},
           {"BinaryEquals", "x:blob", {"QUJD"}, true},
           {"ArnLike", "aws:PrincipalArn", {"arn:aws:iam::*:role/web/*"}, true},
           {"ArnEquals", "aws:PrincipalArn", {"arn:aws:iam::*:role/*"}, true},
           {"ArnLike", "aws:PrincipalArn", {"arn:aws:*:role/web/app"}, false},
           {"ArnNotLike", "aws:PrincipalArn", {"arn:aws:iam::*:role/web/*"}, false},
           {"ArnNotEquals", "aws:PrincipalArn", {"arn:aws:iam::*:user/*"}, true}});
}

TEST(Condition, AbsentKeysFailPositiveTestsAndPassNegatedOnes) {
    check({{"StringEquals", "x:none", {"a"}, false},
           {"StringEqualsIfExists", "x:none", {"a"}, true},
           {"StringEqualsIfExists", "aws:username", {"bob"}, false},
           {"StringNotEquals", "x:none", {"a"}, true},
           {"NotIpAddress", "x:none", {"10.0.0.0/8"}, true},
           {"BoolIfExists", "x:none", {"true"}, true},
           {"Null", "x:none", {"true"}, true},
           {"Null", "x:none", {"false"}, false},
           {"Null", "x:empty", {"true"}, true},
           {"Null", "aws:username", {"true"}, false},
           {"Null", "aws:username", {"false"}, true}});
    EXPECT_FALSE(parse_operator("NullIfExists"));
    EXPECT_FALSE(parse_operator("StringAlmost"));
}

TEST(Condition, SetOperators) {
    check({{"ForAllValues:StringEquals", "aws:TagKeys", {"env", "team", "x"}, true},
           {"ForAllValues:StringEquals", "aws:TagKeys", {"env"}, false},
           {"ForAnyValue:StringEquals", "aws:TagKeys", {"env"}, true},
           {"ForAnyValue:StringEquals", "aws:TagKeys", {"x"}, false},
           {"ForAllValues:StringEquals", "x:none", {"a"}, true},
           {"ForAnyValue:StringEquals", "x:none", {"a"}, false},
           {"ForAnyValue:StringNotEquals", "x:none", {"a"}, false},
           {"ForAllValues:StringNotEquals", "aws:TagKeys", {"x", "env"}, false},
           {"ForAnyValue:StringNotEquals", "aws:TagKeys", {"env"}, true},
           {"ForAllValues:StringLikeIfExists", "aws:TagKeys", {"e*", "t*"}, true}});
}

TEST(Condition, VariablesAreReplacedAndTheirWildcardsAreNot) {
    check({{"StringLike", "s3:prefix", {"home/${aws:username}/*"}, true},
           {"StringLike", "s3:prefix", {"home/${x:star}/*"}, false},
           {"StringLike", "s3:prefix", {"${x:none, 'home'}/*"}, true},
           {"StringLike", "s3:prefix", {"${x:none}*"}, false},
           {"StringNotLike", "s3:prefix", {"${x:none}*"}, true},
           {"StringEquals", "x:star", {"${*}"}, true},
           {"StringLike", "s3:prefix", {"home${*}"}, false},
           {"StringLike", "s3:prefix", {"${aws:TagKeys}*"}, false}});
    EXPECT_FALSE(
        condition_holds({*parse_operator("StringLike"), "s3:prefix", {"home/${aws:username}/*"}},
                        request(), Variables::literal))
        << "version 2008-10-17 knows no variables";
}

TEST(Pattern, MatchingIsNotExponential) {
    const auto pattern = Pattern::make("*a*a*a*a*a*a*a*a*a*a*b", request(), Variables::literal);
    EXPECT_FALSE(pattern->matches(std::string(5000, 'a')));
}

}  // namespace stormglass::policy
