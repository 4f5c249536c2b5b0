// A listener's rules, compiled once per configuration and asked once per request. Immutable: any
// thread may match.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "planes/lb/config.h"
#include "planes/lb/http1/head.h"

namespace stormglass::lb {

/// What conditions look at. Views live as long as the request's head.
struct RequestFacts {
    std::string_view method;
    std::string_view host;   // Without port; as sent.
    std::string_view path;   // Without query.
    std::string_view query;  // Without '?'.
    const std::vector<http1::Field>* fields = nullptr;
    std::uint32_t client_address = 0;  // IPv4, host byte order: the socket's peer.
};

/// Path and query of a request target in origin, absolute or asterisk form; host of the absolute.
struct TargetParts {
    std::string_view host;
    std::string_view path;
    std::string_view query;
    std::string_view origin_form;  // What goes to the target.
};
TargetParts split_target(std::string_view target);
std::string_view host_without_port(std::string_view host);

enum class Case { sensitive, insensitive };
/// `*` any run, `?` any one character, `\` takes the next character as it is.
bool wildcard_matches(std::string_view pattern, std::string_view text, Case letter_case);

class RuleSet {
public:
    RuleSet() = default;
    RuleSet(RuleSet&&) = default;  // Not copyable: conditions_ points into rules_.
    RuleSet& operator=(RuleSet&&) = default;
    static Result<RuleSet> compile(std::vector<Rule> rules);

    struct Match {
        const Rule* rule = nullptr;  // Never null: the default rule takes the rest.
        int index = 0;               // Of rules().
        int evaluations = 0;         // Rules looked at.
    };
    Match match(const RequestFacts& facts) const;
    /// By priority, the default rule last.
    const std::vector<Rule>& rules() const { return rules_; }

private:
    struct AddressRange {
        std::uint32_t network = 0;
        std::uint32_t mask = 0;
    };
    struct Condition {
        const RuleCondition* source = nullptr;
        std::vector<AddressRange> ranges;  // source-ip only.
    };
    static Result<Condition> compile_condition(const RuleCondition& condition);
    static bool matches(const Condition& condition, const RequestFacts& facts);

    std::vector<Rule> rules_;
    std::vector<std::vector<Condition>> conditions_;  // Beside rules_.
};

}  // namespace stormglass::lb
