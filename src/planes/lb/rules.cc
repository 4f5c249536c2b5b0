// AWS's condition types: host and header comparisons ignore case, path and method do not, and
// source-ip sees the socket's peer, never X-Forwarded-For.
#include "planes/lb/rules.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/strings.h"

namespace stormglass::lb {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(char a, char b, Case letter_case) {
    return letter_case == Case::sensitive ? a == b : lower(a) == lower(b);
}

/// Whether the pattern element at `at` matches `c`; `length` becomes the element's size.
bool element_matches(std::string_view pattern, std::size_t at, char c, Case letter_case,
                     std::size_t& length) {
    const bool escaped = pattern[at] == '\\' && at + 1 < pattern.size();
    length = escaped ? 2 : 1;
    if (escaped) return same(pattern[at + 1], c, letter_case);
    return pattern[at] == '?' || same(pattern[at], c, letter_case);
}

bool any_value_matches(const std::vector<std::string>& values, std::string_view text,
                       Case letter_case) {
    return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
        return wildcard_matches(value, text, letter_case);
    });
}

bool header_matches(const RuleCondition& condition, const std::vector<http1::Field>& fields) {
    return std::any_of(fields.begin(), fields.end(), [&](const http1::Field& field) {
        return base::equals_ignore_case(field.name, condition.http_header_name) &&
               any_value_matches(condition.values, field.value, Case::insensitive);
    });
}

bool pair_matches(const QueryStringPair& wanted, std::string_view key, std::string_view value) {
    return (wanted.key.empty() || wildcard_matches(wanted.key, key, Case::insensitive)) &&
           wildcard_matches(wanted.value, value, Case::insensitive);
}

bool query_matches(const RuleCondition& condition, std::string_view query) {
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        const auto key = pair.substr(0, equals);
        const auto value = equals == pair.npos ? std::string_view() : pair.substr(equals + 1);
        for (const QueryStringPair& wanted : condition.query_strings) {
            if (pair_matches(wanted, key, value)) return true;
        }
    }
    return false;
}

}  // namespace

bool wildcard_matches(std::string_view pattern, std::string_view text, Case letter_case) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;  // One remembered star keeps this linear-ish.
    std::size_t mark = 0;
    while (t < text.size()) {
        std::size_t length = 0;
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() &&
                   element_matches(pattern, p, text[t], letter_case, length)) {
            p += length;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::string_view host_without_port(std::string_view host) {
    if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
    return host.substr(0, host.find(':'));
}

TargetParts split_target(std::string_view target) {
    TargetParts parts;
    const auto scheme = target.find("://");
    if (!target.starts_with('/') && scheme != std::string_view::npos && scheme < 6) {
        target.remove_prefix(scheme + 3);
        parts.host = target.substr(0, target.find_first_of("/?"));
        target.remove_prefix(parts.host.size());
        if (target.empty()) target = "/";
    }
    parts.origin_form = target;
    const auto question = target.find('?');
    parts.path = target.substr(0, question);
    if (question != std::string_view::npos) parts.query = target.substr(question + 1);
    return parts;
}

Result<RuleSet::Condition> RuleSet::compile_condition(const RuleCondition& condition) {
    Condition compiled{&condition, {}};
    constexpr std::string_view known[] = {"host-header",         "path-pattern", "http-header",
                                          "http-request-method", "query-string", "source-ip"};
    if (std::find(std::begin(known), std::end(known), condition.field) == std::end(known)) {
        return fail(Domain::config, "RuleCondition", "unknown condition " + condition.field);
    }
    if (condition.field != "source-ip") return compiled;
    for (const std::string& cidr : condition.values) {
        const auto slash = cidr.find('/');
        const std::string address = cidr.substr(0, slash);
        if (address.find(':') != std::string::npos) continue;  // IPv6: no such client reaches us.
        in_addr parsed{};
        int bits = 32;
        if (slash != std::string::npos) {
            std::from_chars(cidr.data() + slash + 1, cidr.data() + cidr.size(), bits);
        }
        if (inet_pton(AF_INET, address.c_str(), &parsed) != 1 || bits < 0 || bits > 32) {
            return fail(Domain::config, "RuleCondition", "not a CIDR block: " + cidr);
        }
        const std::uint32_t mask = bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
        compiled.ranges.push_back({ntohl(parsed.s_addr) & mask, mask});
    }
    return compiled;
}

Result<RuleSet> RuleSet::compile(std::vector<Rule> rules) {
    RuleSet set;
    set.rules_ = std::move(rules);
    std::stable_sort(set.rules_.begin(), set.rules_.end(), [](const Rule& a, const Rule& b) {
        return a.priority != 0 && (b.priority == 0 || a.priority < b.priority);
    });
    if (set.rules_.empty() || set.rules_.back().priority != 0) {
        return fail(Domain::config, "NoDefaultRule", "a listener needs a rule of priority 0");
    }
    for (const Rule& rule : set.rules_) {
        auto& conditions = set.conditions_.emplace_back();
        for (const RuleCondition& condition : rule.conditions) {
            conditions.push_back(TRY(compile_condition(condition)));
        }
    }
    return set;
}

bool RuleSet::matches(const Condition& condition, const RequestFacts& facts) {
    const RuleCondition& source = *condition.source;
    if (source.field == "path-pattern") {
        return any_value_matches(source.values, facts.path, Case::sensitive);
    }
    if (source.field == "host-header") {
        return any_value_matches(source.values, facts.host, Case::insensitive);
    }
    if (source.field == "http-header") return header_matches(source, *facts.fields);
    if (source.field == "query-string") return query_matches(source, facts.query);
    if (source.field == "http-request-method") {
        return std::find(source.values.begin(), source.values.end(), facts.method) !=
               source.values.end();
    }
    return std::any_of(condition.ranges.begin(), condition.ranges.end(), [&](AddressRange range) {
        return (facts.client_address & range.mask) == range.network;
    });
}

RuleSet::Match RuleSet::match(const RequestFacts& facts) const {
    int index = 0;
    for (; index + 1 < static_cast<int>(rules_.size()); ++index) {
        const auto& conditions = conditions_[index];
        const bool all = std::all_of(conditions.begin(), conditions.end(),
                                     [&](const Condition& one) { return matches(one, facts); });
        if (all) break;
    }
    return {&rules_[index], index, index + 1};
}

}  // namespace stormglass::lb
