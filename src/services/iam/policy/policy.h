// IAM policy documents, parsed and checked as AWS checks them.
// Reference: "IAM JSON policy elements" and "Grammar of the IAM JSON policy language" in the IAM
// user guide.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "services/iam/policy/condition.h"

namespace stormglass::policy {

enum class Effect { allow, deny };

/// Where a document is attached; each kind has its own grammar.
enum class PolicyKind {
    identity,  // Of users, groups, roles; permissions boundaries; session policies.
    trust,     // A role's AssumeRolePolicyDocument.
    resource,  // Of buckets, keys, topics...
};

/// "Action" names what is meant, "NotAction" everything else; likewise the others.
enum class Sense { listed, all_but };

enum class PrincipalType { any, aws, service, federated, canonical_user };
struct PrincipalPattern {
    PrincipalType type = PrincipalType::any;
    std::string value;  // Empty for `any`.
};

struct Statement {
    std::string sid;
    Effect effect = Effect::deny;
    Sense principal_sense = Sense::listed;
    std::vector<PrincipalPattern> principals;  // Empty in identity policies: the bearer.
    Sense action_sense = Sense::listed;
    std::vector<std::string> actions;  // Lower case, may hold * and ?.
    Sense resource_sense = Sense::listed;
    std::vector<std::string> resources;  // Empty in trust policies: the role itself.
    std::vector<Condition> conditions;   // All must hold.
};

/// Immutable once parsed; shared between threads.
struct Policy {
    std::string version;  // "2008-10-17" if the document says none.
    std::string id;
    std::vector<Statement> statements;

    /// Policy variables exist since this version.
    bool has_variables() const { return version == "2012-10-17"; }
};
using PolicyPtr = std::shared_ptr<const Policy>;

/// The callers' quotas are lower; this only bounds the work.
inline constexpr std::size_t document_bytes_max = 128 * 1024;

/// Fails with MalformedPolicyDocument in AWS's words. Services that call it otherwise
/// (S3: MalformedPolicy, KMS: MalformedPolicyDocumentException) change the code.
Result<PolicyPtr> parse_policy(std::string_view text, PolicyKind kind);

}  // namespace stormglass::policy
