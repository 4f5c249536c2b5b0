#include "services/iam/policy/condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/clock.h"
#include "services/iam/policy/pattern.h"

namespace stormglass::policy {
namespace {

struct Name {
    std::string_view text;
    Test test;
    Polarity polarity;
};
constexpr Polarity is = Polarity::positive, is_not = Polarity::negated;
constexpr std::array names{
    Name{"StringEquals", Test::string_equals, is},
    Name{"StringNotEquals", Test::string_equals, is_not},
    Name{"StringEqualsIgnoreCase", Test::string_equals_ignore_case, is},
    Name{"StringNotEqualsIgnoreCase", Test::string_equals_ignore_case, is_not},
    Name{"StringLike", Test::string_like, is},
    Name{"StringNotLike", Test::string_like, is_not},
    Name{"NumericEquals", Test::numeric_equals, is},
    Name{"NumericNotEquals", Test::numeric_equals, is_not},
    Name{"NumericLessThan", Test::numeric_less, is},
    Name{"NumericLessThanEquals", Test::numeric_less_equal, is},
    Name{"NumericGreaterThan", Test::numeric_greater, is},
    Name{"NumericGreaterThanEquals", Test::numeric_greater_equal, is},
    Name{"DateEquals", Test::date_equals, is},
    Name{"DateNotEquals", Test::date_equals, is_not},
    Name{"DateLessThan", Test::date_less, is},
    Name{"DateLessThanEquals", Test::date_less_equal, is},
    Name{"DateGreaterThan", Test::date_greater, is},
    Name{"DateGreaterThanEquals", Test::date_greater_equal, is},
    Name{"Bool", Test::boolean, is},
    Name{"BinaryEquals", Test::binary_equals, is},
    Name{"IpAddress", Test::ip_address, is},
    Name{"NotIpAddress", Test::ip_address, is_not},
    Name{"ArnEquals", Test::arn_like, is},
    Name{"ArnLike", Test::arn_like, is},
    Name{"ArnNotEquals", Test::arn_like, is_not},
    Name{"ArnNotLike", Test::arn_like, is_not},
    Name{"Null", Test::null, is},
};

/// Takes a prefix or suffix off, in any case of letters.
bool strip_prefix(std::string_view& text, std::string_view prefix) {
    if (!base::equals_ignore_case(text.substr(0, prefix.size()), prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}
bool strip_suffix(std::string_view& text, std::string_view suffix) {
    if (text.size() < suffix.size() ||
        !base::equals_ignore_case(text.substr(text.size() - suffix.size()), suffix)) {
        return false;
    }
    text.remove_suffix(suffix.size());
    return true;
}

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// ISO 8601, or seconds since the epoch.
std::optional<double> moment(std::string_view text) {
    if (const auto seconds = number(text); seconds && text.find('-') == std::string_view::npos) {
        return seconds;
    }
    const auto time = base::parse_time(text);
    if (!time) return std::nullopt;
    return base::epoch_seconds(*time);
}

struct Address {
    std::array<unsigned char, 16> bytes{};
    int family = 0;
};
std::optional<Address> address(std::string_view text) {
    Address made;
    const std::string owned(text);
    for (const int family : {AF_INET, AF_INET6}) {
        made.family = family;
        if (inet_pton(family, owned.c_str(), made.bytes.data()) == 1) return made;
    }
    return std::nullopt;
}

bool in_block(std::string_view cidr, std::string_view text) {
    const std::size_t slash = std::min(cidr.find('/'), cidr.size());
    const auto block = address(cidr.substr(0, slash)), one = address(text);
    if (!block || !one || block->family != one->family) return false;
    long long bits = block->family == AF_INET ? 32 : 128;
    if (slash < cidr.size()) {
        const auto prefix = base::parse_integer(cidr.substr(slash + 1));
        if (!prefix || *prefix < 0 || *prefix > bits) return false;
        bits = *prefix;
    }
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (std::memcmp(block->bytes.data(), one->bytes.data(), whole) != 0) return false;
    if (bits % 8 == 0) return true;
    const unsigned mask = 0xFFU << static_cast<unsigned>(8 - bits % 8);
    return ((block->bytes[whole] ^ one->bytes[whole]) & mask & 0xFFU) == 0;
}

template <class Read, class Compare>
bool compare(Read read, std::string_view actual, std::string_view wanted, Compare holds) {
    const auto a = read(actual), b = read(wanted);
    return a && b && holds(*a, *b);
}

bool ordered(Test test, std::string_view actual, std::string_view wanted) {
    switch (test) {
        case Test::numeric_equals:
            return compare(number, actual, wanted, std::equal_to{});
        case Test::numeric_less:
            return compare(number, actual, wanted, std::less{});
        case Test::numeric_less_equal:
            return compare(number, actual, wanted, std::less_equal{});
        case Test::numeric_greater:
            return compare(number, actual, wanted, std::greater{});
        case Test::numeric_greater_equal:
            return compare(number, actual, wanted, std::greater_equal{});
        case Test::date_equals:
            return compare(moment, actual, wanted, std::equal_to{});
        case Test::date_less:
            return compare(moment, actual, wanted, std::less{});
        case Test::date_less_equal:
            return compare(moment, actual, wanted, std::less_equal{});
        case Test::date_greater:
            return compare(moment, actual, wanted, std::greater{});
        case Test::date_greater_equal:
            return compare(moment, actual, wanted, std::greater_equal{});
        default:
            return false;
    }
}

bool binary_equal(std::string_view actual, std::string_view wanted) {
    const auto a = base::base64_decode(actual), b = base::base64_decode(wanted);
    return a && b ? *a == *b : actual == wanted;
}

/// One value of the request against one of the policy.
bool test_value(Test test, std::string_view actual, const Pattern& wanted) {
    switch (test) {
        case Test::string_like:
            return wanted.matches(actual);
        case Test::arn_like:
            return wanted.matches_arn(actual);
        case Test::string_equals:
            return actual == wanted.literal();
        case Test::string_equals_ignore_case:
        case Test::boolean:
            return base::equals_ignore_case(actual, wanted.literal());
        case Test::binary_equals:
            return binary_equal(actual, wanted.literal());
        case Test::ip_address:
            return in_block(wanted.literal(), actual);
        default:
            return ordered(test, actual, wanted.literal());
    }
}

bool null_holds(const Condition& condition, bool present) {
    return std::any_of(condition.values.begin(), condition.values.end(), [&](const auto& value) {
        return base::equals_ignore_case(value, present ? "false" : "true");
    });
}

}  // namespace

std::optional<Operator> parse_operator(std::string_view name) {
    Operator op;
    if (strip_prefix(name, "ForAllValues:")) {
        op.quantifier = Quantifier::for_all_values;
    } else if (strip_prefix(name, "ForAnyValue:")) {
        op.quantifier = Quantifier::for_any_value;
    }
    if (strip_suffix(name, "IfExists")) op.when_absent = WhenAbsent::holds;
    for (const Name& known : names) {
        if (!base::equals_ignore_case(known.text, name)) continue;
        op.test = known.test;
        op.polarity = known.polarity;
        const bool null_with_suffix = op.test == Test::null && op.when_absent == WhenAbsent::holds;
        if (null_with_suffix) return std::nullopt;
        return op;
    }
    return std::nullopt;
}

bool IgnoreCase::operator()(std::string_view a, std::string_view b) const {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [&](char x, char y) { return lower(x) < lower(y); });
}

bool condition_holds(const Condition& condition, const ContextSource& context,
                     Variables variables) {
    const Operator& op = condition.op;
    const auto actual = context.find(condition.key);
    const bool present = actual && !actual->empty();
    if (op.test == Test::null) return null_holds(condition, present);
    if (!present) {
        if (op.quantifier == Quantifier::for_all_values) return true;
        if (op.when_absent == WhenAbsent::holds) return true;
        return op.polarity == Polarity::negated && op.quantifier == Quantifier::single;
    }
    std::vector<Pattern> wanted;
    for (const std::string& value : condition.values) {
        if (auto pattern = Pattern::make(value, context, variables)) {
            wanted.push_back(std::move(*pattern));
        }
    }
    const auto satisfied = [&](const std::string& value) {
        const bool found = std::any_of(wanted.begin(), wanted.end(), [&](const Pattern& pattern) {
            return test_value(op.test, value, pattern);
        });
        return found == (op.polarity == Polarity::positive);
    };
    // Without a quantifier a key has one value; should it have more, none may fail a negated test.
    const bool all = op.quantifier == Quantifier::for_all_values ||
                     (op.quantifier == Quantifier::single && op.polarity == Polarity::negated);
    return all ? std::all_of(actual->begin(), actual->end(), satisfied)
               : std::any_of(actual->begin(), actual->end(), satisfied);
}

}  // namespace stormglass::policy
