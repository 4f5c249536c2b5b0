#include "services/iam/policy/evaluate.h"

#include <gtest/gtest.h>

namespace stormglass::policy {
namespace {

constexpr char account[] = "123456789012", other_account[] = "999999999999";

PolicyPtr identity(const std::string& statements) {
    const auto policy = parse_policy(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}",
                                     PolicyKind::identity);
    EXPECT_TRUE(policy) << policy.error().message;
    return *policy;
}
PolicyPtr resource(const std::string& statements) {
    const auto policy = parse_policy(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}",
                                     PolicyKind::resource);
    EXPECT_TRUE(policy) << policy.error().message;
    return *policy;
}
PolicyPtr grant_to(const std::string& principal, const std::string& effect = "Allow") {
    return resource(R"({"Effect":")" + effect + R"(","Principal":)" + principal +
                    R"(,"Action":"s3:*","Resource":"arn:aws:s3:::b/*"})");
}
PolicyPtr allow(const std::string& action) {
    return identity(R"({"Effect":"Allow","Action":")" + action + R"(","Resource":"*"})");
}
PolicyPtr deny(const std::string& action) {
    return identity(R"({"Effect":"Deny","Action":")" + action + R"(","Resource":"*"})");
}

Subject ann() {
    return {.kind = SubjectKind::user,
            .account = account,
            .arn = "arn:aws:iam::123456789012:user/ann",
            .user_id = "AIDAANN",
            .name = "ann"};
}
Subject web() {
    return {.kind = SubjectKind::role_session,
            .account = account,
            .arn = "arn:aws:sts::123456789012:assumed-role/web/i-0abc",
            .role_arn = "arn:aws:iam::123456789012:role/web",
            .user_id = "AROAWEB:i-0abc",
            .name = "web"};
}
Subject root() {
    return {.kind = SubjectKind::root, .account = account, .arn = "arn:aws:iam::123456789012:root"};
}
Subject ec2() { return {.kind = SubjectKind::service, .name = "ec2.amazonaws.com"}; }

Evaluation asks(Subject who) {
    Evaluation evaluation;
    evaluation.principal = std::move(who);
    evaluation.action = "s3:GetObject";
    evaluation.resource = "arn:aws:s3:::b/k";
    return evaluation;
}
Reason reason(const Evaluation& evaluation) { return evaluate(evaluation).reason; }

constexpr char ann_json[] = R"({"AWS":"arn:aws:iam::123456789012:user/ann"})";
constexpr char web_json[] = R"({"AWS":"arn:aws:iam::123456789012:role/web"})";
constexpr char account_json[] = R"({"AWS":"123456789012"})";

}  // namespace

TEST(Evaluate, NothingIsAllowedUnlessAPolicyAllowsIt) {
    Evaluation evaluation = asks(ann());
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);
    evaluation.identity_policies = {allow("s3:PutObject")};
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);
    evaluation.identity_policies.push_back(allow("S3:get*"));
    EXPECT_EQ(reason(evaluation), Reason::allowed);
}

TEST(Evaluate, AnExplicitDenyWinsAndSaysWhereItIs) {
    Evaluation evaluation = asks(web());
    evaluation.identity_policies = {allow("*")};
    evaluation.resource_policy = grant_to("\"*\"", "Deny");
    EXPECT_EQ(reason(evaluation), Reason::denied_by_resource_policy);
    evaluation.session_policies = {allow("*"), deny("s3:*")};
    EXPECT_EQ(reason(evaluation), Reason::denied_by_session_policy);
    evaluation.boundary = deny("s3:GetObject");
    EXPECT_EQ(reason(evaluation), Reason::denied_by_boundary);
    evaluation.identity_policies.push_back(deny("s3:GetObject"));
    EXPECT_EQ(reason(evaluation), Reason::denied_by_identity_policy);
    EXPECT_TRUE(evaluate(evaluation).explicit_deny());
}

TEST(Evaluate, BoundaryAndSessionPoliciesCutIdentityPolicies) {
    Evaluation evaluation = asks(web());
    evaluation.identity_policies = {allow("s3:*")};
    evaluation.boundary = allow("ec2:*");
    EXPECT_EQ(reason(evaluation), Reason::no_boundary_allow);
    evaluation.boundary = allow("s3:*");
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.session_policies = {allow("ec2:*")};
    EXPECT_EQ(reason(evaluation), Reason::no_session_allow);
    evaluation.session_policies = {allow("s3:GetObject")};
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.identity_policies.clear();
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow) << "limits grant nothing";
}

TEST(Evaluate, AResourcePolicyThatNamesTheUserOrSessionSuffices) {
    Evaluation evaluation = asks(ann());
    evaluation.resource_policy = grant_to(ann_json);
    evaluation.boundary = allow("ec2:*");
    EXPECT_EQ(reason(evaluation), Reason::allowed) << "a boundary does not cut it";
    evaluation = asks(web());
    evaluation.boundary = allow("ec2:*");
    evaluation.resource_policy =
        grant_to(R"({"AWS":"arn:aws:sts::123456789012:assumed-role/web/i-0abc"})");
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.resource_policy = grant_to(web_json);
    EXPECT_EQ(reason(evaluation), Reason::no_boundary_allow) << "named by its role, it does";
    evaluation.boundary = nullptr;
    EXPECT_EQ(reason(evaluation), Reason::allowed);
}

TEST(Evaluate, AResourcePolicyThatNamesTheAccountDelegatesOnly) {
    for (const Subject& who : {ann(), web()}) {
        Evaluation evaluation = asks(who);
        evaluation.resource_policy = grant_to(account_json);
        EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);
        evaluation.identity_policies = {allow("s3:*")};
        EXPECT_EQ(reason(evaluation), Reason::allowed);
    }
    Evaluation evaluation = asks(ann());
    evaluation.identity_policies = {allow("s3:*")};
    evaluation.resource_policy = grant_to(R"({"AWS":"arn:aws:iam::123456789012:root"})", "Deny");
    EXPECT_EQ(reason(evaluation), Reason::denied_by_resource_policy) << "a deny reaches everybody";
}

TEST(Evaluate, AnotherAccountNeedsBothSides) {
    Evaluation evaluation = asks(ann());
    evaluation.resource_account = other_account;
    evaluation.identity_policies = {allow("s3:*")};
    EXPECT_EQ(reason(evaluation), Reason::no_resource_allow);
    evaluation.resource_policy = grant_to(account_json);
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.resource_policy = grant_to(ann_json);
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.identity_policies.clear();
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);
    evaluation = asks(root());
    evaluation.resource_account = other_account;
    EXPECT_EQ(reason(evaluation), Reason::no_resource_allow);
}

TEST(Evaluate, RootMayDoAllInItsAccountButWhatAResourcePolicyDenies) {
    Evaluation evaluation = asks(root());
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.resource_policy = grant_to(account_json, "Deny");
    EXPECT_EQ(reason(evaluation), Reason::denied_by_resource_policy);
}

TEST(Evaluate, AKeyPolicyMustAllowByItself) {
    const auto key_policy = [](const std::string& principal) {
        return resource(R"({"Effect":"Allow","Principal":)" + principal +
                        R"(,"Action":"kms:*","Resource":"*"})");
    };
    Evaluation evaluation = asks(web());
    evaluation.mode = Mode::resource_must_allow;
    evaluation.action = "kms:Decrypt";
    evaluation.resource = "arn:aws:kms:us-east-1:123456789012:key/k";
    evaluation.identity_policies = {allow("kms:*")};
    evaluation.resource_policy = key_policy(ann_json);
    EXPECT_EQ(reason(evaluation), Reason::no_resource_allow) << "IAM alone is not enough";
    evaluation.resource_policy = key_policy(account_json);
    EXPECT_EQ(reason(evaluation), Reason::allowed) << "delegated to the account";
    evaluation.identity_policies.clear();
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);
    evaluation.resource_policy = key_policy(web_json);
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.principal = root();
    EXPECT_EQ(reason(evaluation), Reason::no_resource_allow) << "even root";
    evaluation.resource_policy = key_policy(account_json);
    EXPECT_EQ(reason(evaluation), Reason::allowed);
}

TEST(Evaluate, ATrustPolicyLetsAServiceAssumeARole) {
    Evaluation evaluation = asks(ec2());
    evaluation.mode = Mode::resource_must_allow;
    evaluation.action = "sts:AssumeRole";
    evaluation.resource = "arn:aws:iam::123456789012:role/web";
    evaluation.resource_policy = *parse_policy(
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"Service":"ec2.amazonaws.com"}}})",
        PolicyKind::trust);
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.principal.name = "lambda.amazonaws.com";
    EXPECT_EQ(reason(evaluation), Reason::no_resource_allow);
    evaluation.principal = ann();
    evaluation.identity_policies = {allow("*")};
    EXPECT_EQ(reason(evaluation), Reason::no_resource_allow);
}

TEST(Evaluate, AnonymousNeedsAPublicGrant) {
    Evaluation evaluation = asks({});
    EXPECT_EQ(reason(evaluation), Reason::no_resource_allow);
    evaluation.resource_policy = grant_to(account_json);
    EXPECT_EQ(reason(evaluation), Reason::no_resource_allow);
    for (const char* everybody : {"\"*\"", R"({"AWS":"*"})"}) {
        evaluation.resource_policy = grant_to(everybody);
        EXPECT_EQ(reason(evaluation), Reason::allowed);
    }
}

TEST(Evaluate, NotPrincipalSparesOnlyWhomItNames) {
    const PolicyPtr policy =
        resource(std::string(R"({"Effect":"Deny","NotPrincipal":)") + ann_json +
                 R"(,"Action":"s3:*","Resource":"arn:aws:s3:::b/*"})");
    Evaluation evaluation = asks(ann());
    evaluation.identity_policies = {allow("*")};
    evaluation.resource_policy = policy;
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.principal = web();
    EXPECT_EQ(reason(evaluation), Reason::denied_by_resource_policy);
}

TEST(Evaluate, NotActionNotResourceAndVariables) {
    Evaluation evaluation = asks(ann());
    evaluation.identity_policies = {identity(
        R"({"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret/*"})")};
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.resource = "arn:aws:s3:::secret/k";
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);
    evaluation.resource = "arn:aws:s3:::b/k";
    evaluation.action = "iam:GetUser";
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);

    evaluation = asks(ann());
    evaluation.identity_policies = {identity(
        R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:username}/*"})")};
    evaluation.resource = "arn:aws:s3:::home/ann/x";
    EXPECT_EQ(reason(evaluation), Reason::allowed);
    evaluation.resource = "arn:aws:s3:::home/bob/x";
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);
    evaluation.principal = web();
    evaluation.resource = "arn:aws:s3:::home//x";
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow) << "a session has no aws:username";
}

TEST(Evaluate, KeysOfThePrincipalAndTheTimeAreDerived) {
    Evaluation evaluation = asks(web());
    evaluation.principal.tags = {{"Team", "red"}};
    evaluation.now = *base::parse_time("2026-11-24T15:00:00Z");
    evaluation.context = {{"AWS:SourceIp", {"10.0.0.1"}}};
    evaluation.identity_policies = {identity(R"({"Effect":"Allow","Action":"*","Resource":"*",
        "Condition":{"StringEquals":{"aws:PrincipalTag/team":"red","aws:PrincipalType":"AssumedRole",
                                     "aws:ResourceAccount":"123456789012"},
                     "ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/web"},
                     "StringLike":{"aws:userid":"AROAWEB:*"},
                     "IpAddress":{"aws:sourceip":"10.0.0.0/8"},
                     "DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},
                     "Bool":{"aws:PrincipalIsAWSService":"false"}}})")};
    EXPECT_EQ(reason(evaluation), Reason::allowed);
}

TEST(Evaluate, ActionsWithoutAResourceNeedAStar) {
    Evaluation evaluation = asks(ann());
    evaluation.action = "ec2:DescribeInstances";
    evaluation.resource = "*";
    evaluation.identity_policies = {
        identity(R"({"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:*:*:instance/*"})")};
    EXPECT_EQ(reason(evaluation), Reason::no_identity_allow);
    evaluation.identity_policies = {allow("ec2:Describe*")};
    EXPECT_EQ(reason(evaluation), Reason::allowed);
}

TEST(Refusal, IsWordedAsAwsWordsIt) {
    Evaluation evaluation = asks(web());
    evaluation.action = "ssm:GetParameter";
    evaluation.resource = "arn:aws:ssm:us-east-1:123456789012:parameter/x";
    EXPECT_EQ(
        refusal_message(evaluation, evaluate(evaluation)),
        "User: arn:aws:sts::123456789012:assumed-role/web/i-0abc is not authorized to perform: "
        "ssm:GetParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/x because "
        "no identity-based policy allows the ssm:GetParameter action");
    evaluation.identity_policies = {deny("ssm:*")};
    EXPECT_EQ(
        refusal_message(evaluation, evaluate(evaluation)),
        "User: arn:aws:sts::123456789012:assumed-role/web/i-0abc is not authorized to perform: "
        "ssm:GetParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/x with an "
        "explicit deny in an identity-based policy");
    evaluation.identity_policies.clear();
    evaluation.resource = "*";
    evaluation.action = "ec2:DescribeInstances";
    EXPECT_EQ(
        refusal_message(evaluation, evaluate(evaluation)),
        "User: arn:aws:sts::123456789012:assumed-role/web/i-0abc is not authorized to perform: "
        "ec2:DescribeInstances because no identity-based policy allows the "
        "ec2:DescribeInstances action");
    evaluation = asks(ann());
    EXPECT_NE(refusal_message(evaluation, evaluate(evaluation), ResourceStyle::quoted)
                  .find("on resource: \"arn:aws:s3:::b/k\" because"),
              std::string::npos);
}

}  // namespace stormglass::policy
