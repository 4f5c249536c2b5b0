// From text to Policy: JSON with no name twice, then the grammar, element by element.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "services/iam/policy/parse_elements.h"

namespace stormglass::policy {
namespace {

using base::Json;

/// nlohmann keeps the last of two equal names; a policy must not depend on that.
class DuplicateNames {
public:
    bool operator()(int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) open_.emplace_back();
        if (event == Json::parse_event_t::object_end) open_.pop_back();
        if (event == Json::parse_event_t::key) {
            found_ |= !open_.back().insert(parsed.get<std::string>()).second;
        }
        return true;
    }
    bool found() const { return found_; }

private:
    std::vector<std::set<std::string>> open_;
    bool found_ = false;
};

Result<Json> parse_unique(std::string_view text, PolicyKind kind) {
    DuplicateNames names;
    const auto refuse = [&] {
        switch (kind) {
            case PolicyKind::trust:
                return malformed("This policy contains invalid Json");
            case PolicyKind::resource:
                return malformed("Policies must be valid JSON and the first byte must be '{'");
            default:
                return malformed("Syntax errors in policy.");
        }
    };
    if (text.size() > document_bytes_max) return malformed("The policy document is too long.");
    const std::string_view trimmed = base::trim(text);
    if (!trimmed.starts_with('{')) return refuse();
    auto json = Json::parse(trimmed, std::ref(names), false);
    if (json.is_discarded()) return refuse();
    if (names.found()) return malformed("Syntax errors in policy.");
    return json;
}

Result<void> read_action_lists(Statement& to, const Json& from, PolicyKind kind) {
    const bool has = from.contains("Action"), has_not = from.contains("NotAction");
    if (has == has_not) {
        if (kind == PolicyKind::identity && !has) {
            return malformed("Policy statement must contain actions.");
        }
        return has ? syntax_error() : malformed("Missing required field Action");
    }
    to.action_sense = has ? Sense::listed : Sense::all_but;
    for (std::string& action : TRY(strings_of(from.at(has ? "Action" : "NotAction")))) {
        TRY(check_action(action, kind));
        to.actions.push_back(base::to_lower(action));
    }
    return {};
}

Result<void> read_resource_lists(Statement& to, const Json& from, PolicyKind kind) {
    const bool has = from.contains("Resource"), has_not = from.contains("NotResource");
    if (kind == PolicyKind::trust) {
        if (!has && !has_not) return {};
        return malformed(has ? "Has prohibited field Resource"
                             : "Has prohibited field NotResource");
    }
    if (has == has_not) {
        if (has) return syntax_error();
        return malformed(kind == PolicyKind::identity ? "Policy statement must contain resources."
                                                      : "Missing required field Resource");
    }
    to.resource_sense = has ? Sense::listed : Sense::all_but;
    for (std::string& resource : TRY(strings_of(from.at(has ? "Resource" : "NotResource")))) {
        if (kind == PolicyKind::identity) TRY(check_resource(resource));
        to.resources.push_back(std::move(resource));
    }
    return {};
}

Result<void> read_principal_lists(Statement& to, const Json& from, PolicyKind kind) {
    const bool has = from.contains("Principal"), has_not = from.contains("NotPrincipal");
    if (kind == PolicyKind::identity) {
        if (!has && !has_not) return {};
        return malformed("Policy document should not specify a principal.");
    }
    if (has == has_not) {
        return has ? syntax_error() : malformed("Missing required field Principal");
    }
    if (has_not && to.effect == Effect::allow && kind == PolicyKind::trust) {
        return malformed("Allow with NotPrincipal is not allowed.");
    }
    to.principal_sense = has ? Sense::listed : Sense::all_but;
    to.principals = TRY(read_principals(from.at(has ? "Principal" : "NotPrincipal")));
    return {};
}

Result<Statement> read_statement(const Json& from, PolicyKind kind) {
    static const std::set<std::string_view> known{"Sid",          "Effect",      "Principal",
                                                  "NotPrincipal", "Action",      "NotAction",
                                                  "Resource",     "NotResource", "Condition"};
    if (!from.is_object()) return syntax_error();
    for (const auto& [name, value] : from.items()) {
        if (known.contains(name)) continue;
        return kind == PolicyKind::identity ? syntax_error() : malformed("Unknown field " + name);
    }
    Statement to;
    if (from.contains("Sid")) {
        if (!from.at("Sid").is_string()) return syntax_error();
        to.sid = from.at("Sid").get<std::string>();
        TRY(check_sid(to.sid, kind));
    }
    if (!from.contains("Effect")) {
        return kind == PolicyKind::identity ? syntax_error()
                                            : malformed("Missing required field Effect");
    }
    const Json& effect = from.at("Effect");
    if (effect != "Allow" && effect != "Deny") {
        return kind == PolicyKind::identity
                   ? syntax_error()
                   : malformed("Invalid effect: " +
                               (effect.is_string() ? effect.get<std::string>() : effect.dump()));
    }
    to.effect = effect == "Allow" ? Effect::allow : Effect::deny;
    TRY(read_principal_lists(to, from, kind));
    TRY(read_action_lists(to, from, kind));
    TRY(read_resource_lists(to, from, kind));
    if (from.contains("Condition")) to.conditions = TRY(read_conditions(from.at("Condition")));
    return to;
}

Result<void> read_header(Policy& to, const Json& from, PolicyKind kind) {
    for (const auto& [name, value] : from.items()) {
        if (name == "Version" || name == "Id" || name == "Statement") continue;
        return kind == PolicyKind::identity ? syntax_error() : malformed("Unknown field " + name);
    }
    to.version = "2008-10-17";
    if (from.contains("Version")) {
        const Json& version = from.at("Version");
        if (version != "2012-10-17" && version != "2008-10-17") {
            return kind == PolicyKind::resource
                       ? malformed("The policy must contain a valid version string")
                       : syntax_error();
        }
        to.version = version.get<std::string>();
    }
    if (from.contains("Id")) {
        if (!from.at("Id").is_string()) return syntax_error();
        to.id = from.at("Id").get<std::string>();
    }
    return {};
}

}  // namespace

Result<PolicyPtr> parse_policy(std::string_view text, PolicyKind kind) {
    const Json json = TRY(parse_unique(text, kind));
    auto policy = std::make_shared<Policy>();
    TRY(read_header(*policy, json, kind));
    if (!json.contains("Statement")) {
        return kind == PolicyKind::identity ? syntax_error()
                                            : malformed("Missing required field Statement");
    }
    const Json& statements = json.at("Statement");
    std::set<std::string> sids;
    const auto add = [&](const Json& from) -> Result<void> {
        Statement statement = TRY(read_statement(from, kind));
        if (!statement.sid.empty() && !sids.insert(statement.sid).second) {
            return malformed("Statement IDs (SID) in a single policy must be unique.");
        }
        policy->statements.push_back(std::move(statement));
        return {};
    };
    if (statements.is_array()) {
        if (statements.empty()) return syntax_error();
        for (const Json& from : statements) TRY(add(from));
    } else {
        TRY(add(statements));
    }
    return PolicyPtr(std::move(policy));
}

}  // namespace stormglass::policy
