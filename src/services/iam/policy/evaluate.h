// The decision: may this principal do this action to this resource, given all policies that speak?
// Pure and thread-safe. Reference: "Policy evaluation logic" in the IAM user guide.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "services/iam/policy/policy.h"

namespace stormglass::policy {

enum class SubjectKind { anonymous, root, user, role_session, service };

/// Who asks.
struct Subject {
    SubjectKind kind = SubjectKind::anonymous;
    std::string account;
    std::string arn;  // "arn:aws:iam::123456789012:user/x", "arn:aws:sts::...:assumed-role/r/s"
    std::string role_arn;  // Of a session: "arn:aws:iam::123456789012:role/r".
    std::string user_id;   // AIDA..., AROA...:session.
    std::string name;      // User name (aws:username); "ec2.amazonaws.com" for a service.
    std::map<std::string, std::string> tags;  // aws:PrincipalTag/...
};

enum class Mode {
    identity_or_resource,  // The usual.
    resource_must_allow,   // KMS key policies and role trust policies must allow by themselves.
};

struct Evaluation {
    Subject principal;
    std::string action;            // "s3:GetObject"
    std::string resource;          // An ARN, or "*" for actions without one.
    std::string resource_account;  // Empty: the principal's own.
    /// The request's keys. aws:Principal*, aws:userid, aws:username, aws:ResourceAccount,
    /// aws:CurrentTime and aws:EpochTime are derived where absent.
    Context context;
    std::optional<base::Time> now;
    std::vector<PolicyPtr> identity_policies;
    PolicyPtr boundary;                       // Null: none.
    std::vector<PolicyPtr> session_policies;  // Empty: the session is not restricted.
    PolicyPtr resource_policy;                // Null: none.
    Mode mode = Mode::identity_or_resource;
};

/// What decided.
enum class Reason {
    allowed,
    denied_by_identity_policy,
    denied_by_boundary,
    denied_by_session_policy,
    denied_by_resource_policy,
    no_identity_allow,
    no_boundary_allow,
    no_session_allow,
    no_resource_allow,
};

struct Decision {
    Reason reason = Reason::no_identity_allow;
    bool allowed() const { return reason == Reason::allowed; }
    bool explicit_deny() const {
        return reason >= Reason::denied_by_identity_policy &&
               reason <= Reason::denied_by_resource_policy;
    }
};

Decision evaluate(const Evaluation& evaluation);

enum class ResourceStyle { plain, quoted };  // S3 puts the ARN in quotes.
/// "User: ARN is not authorized to perform: s3:GetObject on resource: ARN because no identity-based
/// policy allows the s3:GetObject action", as AWS words it. A resource of "*" is left out.
std::string refusal_message(const Evaluation& evaluation, const Decision& decision,
                            ResourceStyle style = ResourceStyle::plain);

}  // namespace stormglass::policy
