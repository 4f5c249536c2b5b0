#include <gtest/gtest.h>

#include "services/iam/policy/cache.h"
#include "services/iam/policy/policy.h"

namespace stormglass::policy {
namespace {

std::string message(std::string_view text, PolicyKind kind = PolicyKind::identity) {
    const auto policy = parse_policy(text, kind);
    if (policy) return "accepted";
    EXPECT_EQ(policy.error().code, "MalformedPolicyDocument");
    return policy.error().message;
}

/// An identity policy with one statement.
std::string identity(const std::string& statement) {
    return R"({"Version":"2012-10-17","Statement":[{)" + statement + "}]}";
}

}  // namespace

TEST(PolicyParse, AWholeDocumentIsRead) {
    const auto policy = *parse_policy(
        R"({"Version":"2012-10-17","Id":"x","Statement":[
            {"Sid":"One","Effect":"Allow","Action":["s3:Get*","S3:ListBucket"],
             "Resource":"arn:aws:s3:::b/*",
             "Condition":{"StringEquals":{"aws:a":["x","y"]},"Bool":{"aws:SecureTransport":true}}},
            {"Effect":"Deny","NotAction":"iam:*","NotResource":"*"}]})",
        PolicyKind::identity);
    ASSERT_EQ(policy->statements.size(), 2U);
    const Statement& one = policy->statements[0];
    EXPECT_EQ(one.sid, "One");
    EXPECT_EQ(one.actions, (std::vector<std::string>{"s3:get*", "s3:listbucket"}));
    EXPECT_EQ(one.conditions.size(), 2U);
    EXPECT_EQ(policy->statements[1].action_sense, Sense::all_but);
    EXPECT_EQ(policy->statements[1].effect, Effect::deny);
}

TEST(PolicyParse, MalformedIdentityPoliciesGetAwsWords) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "Syntax errors in policy."},
        {"nonsense", "Syntax errors in policy."},
        {"[]", "Syntax errors in policy."},
        {"{}", "Syntax errors in policy."},
        {R"({"Version":"2012-10-17","Statement":[]})", "Syntax errors in policy."},
        {R"({"Version":"2013-01-01","Statement":[]})", "Syntax errors in policy."},
        {R"({"Version":"2012-10-17","Extra":1,"Statement":[]})", "Syntax errors in policy."},
        {identity(R"("Action":"s3:*","Resource":"*")"), "Syntax errors in policy."},
        {identity(R"("Effect":"allow","Action":"s3:*","Resource":"*")"),
         "Syntax errors in policy."},
        {identity(R"("Effect":"Allow","Action":"s3:*")"),
         "Policy statement must contain resources."},
        {identity(R"("Effect":"Allow","Resource":"*")"), "Policy statement must contain actions."},
        {identity(R"("Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*")"),
         "Syntax errors in policy."},
        {identity(R"("Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*")"),
         "Policy document should not specify a principal."},
        {identity(R"("Effect":"Allow","Action":"GetObject","Resource":"*")"),
         "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
        {identity(R"("Effect":"Allow","Action":"s3:a:b","Resource":"*")"),
         "Actions/Condition can contain only one colon."},
        {identity(R"("Effect":"Allow","Action":"s 3:x","Resource":"*")"),
         "Vendor s 3 is not valid"},
        {identity(R"("Effect":"Allow","Action":"s3:*","Resource":"bucket")"),
         "Resource bucket must be in ARN format or \"*\"."},
        {identity(R"("Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3")"),
         "The policy failed legacy parsing"},
        {identity(R"("Effect":"Allow","Action":"s3:*","Resource":"arn:mars:s3:::b")"),
         "Partition \"mars\" is not valid for resource \"arn:mars:s3:::b\"."},
        {identity(R"("Sid":"a b","Effect":"Allow","Action":"s3:*","Resource":"*")"),
         "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
         "expression [0-9A-Za-z]*"},
        {identity(R"("Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Like":{}})"),
         "Invalid Condition type : Like"},
        {identity(R"("Effect":"Allow","Effect":"Deny","Action":"s3:*","Resource":"*")"),
         "Syntax errors in policy."},
        {R"({"Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},
                          {"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"}]})",
         "Statement IDs (SID) in a single policy must be unique."},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(message(text), expected) << text;
}

TEST(PolicyParse, TrustPoliciesHaveAPrincipalAndNoResource) {
    const auto trust = [](const std::string& statement) {
        return message(identity(statement), PolicyKind::trust);
    };
    EXPECT_EQ(message("x", PolicyKind::trust), "This policy contains invalid Json");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole",
                       "Principal":{"Service":"ec2.amazonaws.com"})"),
              "accepted");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole")"),
              "Missing required field Principal");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*")"),
              "Has prohibited field Resource");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"s3:GetObject","Principal":"*")"),
              "AssumeRole policy may only specify STS AssumeRole actions.");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"bob"})"),
              "Invalid principal in policy: \"AWS\":\"bob\"");
    EXPECT_EQ(trust(R"("Effect":"Allow","Action":"sts:AssumeRole",
                       "Principal":{"AWS":"arn:aws:iam::123456789012:user/*"})"),
              "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:user/*\"");
}

TEST(PolicyParse, ResourcePoliciesGetTheRecordedWords) {
    EXPECT_EQ(message("{}", PolicyKind::resource), "Missing required field Statement");
    EXPECT_EQ(message("", PolicyKind::resource),
              "Policies must be valid JSON and the first byte must be '{'");
    EXPECT_EQ(message("random", PolicyKind::resource),
              "Policies must be valid JSON and the first byte must be '{'");
    EXPECT_EQ(message(identity(R"("Sid":"Enable IAM","Effect":"Allow","Action":"kms:*",
                                  "Resource":"*","Principal":{"AWS":["123456789012",
                                  "arn:aws:iam::123456789012:role/r"]})"),
                      PolicyKind::resource),
              "accepted");
}

TEST(PolicyParse, HugeAndDeepDocumentsAreRefusedNotFollowed) {
    EXPECT_NE(message(std::string(document_bytes_max + 1, '{')), "accepted");
    EXPECT_NE(message("{\"Statement\":" + std::string(100000, '[')), "accepted");
}

TEST(PolicyCache, ADocumentIsParsedOnceAndTheCacheIsBounded) {
    PolicyCache cache;
    const std::string text = identity(R"("Effect":"Allow","Action":"s3:*","Resource":"*")");
    EXPECT_EQ(*cache.get(text, PolicyKind::identity), *cache.get(text, PolicyKind::identity));
    EXPECT_FALSE(cache.get(text, PolicyKind::trust)) << "the kinds are apart";
    for (int i = 0; i < 2000; ++i) {
        const std::string resource = "arn:aws:s3:::" + std::string(8000, 'a') + std::to_string(i);
        ASSERT_TRUE(cache.get(
            identity(R"("Effect":"Allow","Action":"s3:*","Resource":")" + resource + "\""),
            PolicyKind::identity));
    }
    EXPECT_LE(cache.bytes(), 2 * PolicyCache::bytes_max);
}

}  // namespace stormglass::policy
