// What must hold whatever the policies say, over random policies and requests.
#include <gtest/gtest.h>

#include "base/random.h"
#include "services/iam/policy/evaluate.h"

namespace stormglass::policy {
namespace {

constexpr int rounds = 3000;

class Worlds {
public:
    explicit Worlds(std::uint64_t seed) : random_(seed) {}

    Evaluation request() {
        Evaluation made;
        made.principal = subject();
        made.action = choose({"s3:GetObject", "s3:PutObject", "ec2:RunInstances"});
        made.resource = choose({"arn:aws:s3:::b/k", "arn:aws:s3:::c/k"});
        if (random_.below(4) == 0) made.resource_account = "999999999999";
        made.mode = random_.below(4) == 0 ? Mode::resource_must_allow : Mode::identity_or_resource;
        for (std::uint64_t i = random_.below(3); i > 0; --i) {
            made.identity_policies.push_back(policy(PolicyKind::identity));
        }
        if (random_.below(3) == 0) made.boundary = policy(PolicyKind::identity);
        if (random_.below(3) == 0) made.session_policies = {policy(PolicyKind::identity)};
        if (random_.below(2) == 0) made.resource_policy = policy(PolicyKind::resource);
        return made;
    }

    PolicyPtr policy(PolicyKind kind, std::string effect = "") {
        if (effect.empty()) effect = choose({"Allow", "Allow", "Allow", "Deny"});
        std::string text = R"({"Version":"2012-10-17","Statement":{"Effect":")" + effect + "\",";
        text += choose({R"("Action":"s3:*")", R"("Action":["s3:Get*","ec2:*"])",
                        R"("NotAction":"ec2:*")", R"("Action":"*")"});
        text += ',' + choose({R"("Resource":"*")", R"("Resource":"arn:aws:s3:::b/*")",
                              R"("NotResource":"arn:aws:s3:::b/*")"});
        if (kind == PolicyKind::resource) {
            text += ',' + choose({R"("Principal":"*")", R"("Principal":{"AWS":"123456789012"})",
                                  R"("Principal":{"AWS":"arn:aws:iam::123456789012:user/u"})",
                                  R"("Principal":{"AWS":"arn:aws:iam::123456789012:role/r"})"});
        }
        if (random_.below(4) == 0) {
            text += R"(,"Condition":{"StringNotEquals":{"aws:PrincipalAccount":"000000000000"}})";
        }
        const auto parsed = parse_policy(text + "}}", kind);
        EXPECT_TRUE(parsed) << text;
        return *parsed;
    }

private:
    Subject subject() {
        const std::string account = "123456789012";
        switch (random_.below(4)) {
            case 0:
                return {.kind = SubjectKind::root,
                        .account = account,
                        .arn = "arn:aws:iam::123456789012:root"};
            case 1:
                return {.kind = SubjectKind::user,
                        .account = account,
                        .arn = "arn:aws:iam::123456789012:user/u"};
            case 2:
                return {.kind = SubjectKind::role_session,
                        .account = account,
                        .arn = "arn:aws:sts::123456789012:assumed-role/r/s",
                        .role_arn = "arn:aws:iam::123456789012:role/r"};
            default:
                return {};
        }
    }
    std::string choose(std::vector<std::string> from) { return from[random_.below(from.size())]; }

    base::SeededRandom random_;
};

PolicyPtr everything(PolicyKind kind, const std::string& effect) {
    const std::string principal = kind == PolicyKind::resource ? R"("Principal":"*",)" : "";
    return *parse_policy(R"({"Statement":{"Effect":")" + effect + "\"," + principal +
                             R"("Action":"*","Resource":"*"}})",
                         kind);
}

}  // namespace

TEST(PolicyProperty, ADenyOfEverythingAlwaysWins) {
    Worlds worlds(1);
    for (int i = 0; i < rounds; ++i) {
        Evaluation evaluation = worlds.request();
        switch (i % 4) {
            case 0:
                evaluation.identity_policies.push_back(everything(PolicyKind::identity, "Deny"));
                break;
            case 1:
                evaluation.boundary = everything(PolicyKind::identity, "Deny");
                break;
            case 2:
                evaluation.session_policies.push_back(everything(PolicyKind::identity, "Deny"));
                break;
            default:
                evaluation.resource_policy = everything(PolicyKind::resource, "Deny");
        }
        EXPECT_TRUE(evaluate(evaluation).explicit_deny());
    }
}

TEST(PolicyProperty, AddingAnAllowNeverTakesAccessAway) {
    Worlds worlds(2);
    int allowed = 0;
    for (int i = 0; i < rounds; ++i) {
        Evaluation evaluation = worlds.request();
        if (!evaluate(evaluation).allowed()) continue;
        ++allowed;
        evaluation.identity_policies.push_back(worlds.policy(PolicyKind::identity, "Allow"));
        EXPECT_TRUE(evaluate(evaluation).allowed());
        if (!evaluation.resource_policy) {
            evaluation.resource_policy = worlds.policy(PolicyKind::resource, "Allow");
            EXPECT_TRUE(evaluate(evaluation).allowed());
        }
    }
    EXPECT_GT(allowed, rounds / 20) << "the generator must reach the interesting half";
    EXPECT_LT(allowed, rounds * 19 / 20);
}

TEST(PolicyProperty, BoundariesAndSessionPoliciesNeverGrant) {
    Worlds worlds(3);
    for (int i = 0; i < rounds; ++i) {
        const Evaluation evaluation = worlds.request();
        Evaluation unlimited = evaluation;
        unlimited.boundary = nullptr;
        unlimited.session_policies.clear();
        EXPECT_TRUE(!evaluate(evaluation).allowed() || evaluate(unlimited).allowed());
    }
}

TEST(PolicyProperty, AnotherAccountsResourceIsNeverEasier) {
    Worlds worlds(4);
    for (int i = 0; i < rounds; ++i) {
        Evaluation evaluation = worlds.request();
        evaluation.resource_account = "999999999999";
        if (!evaluate(evaluation).allowed()) continue;
        evaluation.resource_account.clear();
        EXPECT_TRUE(evaluate(evaluation).allowed());
    }
}

TEST(PolicyProperty, NoTextCrashesTheParser) {
    base::SeededRandom random(5);
    const std::string seed = R"({"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow",
        "Principal":{"AWS":["*","123456789012"]},"Action":["s3:*"],"Resource":"arn:aws:s3:::b/${x}",
        "Condition":{"ForAnyValue:StringLikeIfExists":{"aws:x":["a",1,true]}}}]})";
    for (int i = 0; i < 20000; ++i) {
        std::string mutant = seed;
        for (int edits = 0; edits < 3; ++edits) {
            const std::size_t at = random.below(mutant.size());
            if (random.below(2) == 0) {
                mutant.erase(at, random.below(30));
            } else {
                mutant[at] = "{}[]\":,*$a\\"[random.below(11)];
            }
            if (mutant.empty()) mutant = "{";
        }
        for (const PolicyKind kind :
             {PolicyKind::identity, PolicyKind::trust, PolicyKind::resource}) {
            const auto policy = parse_policy(mutant, kind);
            EXPECT_TRUE(policy || policy.error().code == "MalformedPolicyDocument");
        }
    }
}

}  // namespace stormglass::policy
