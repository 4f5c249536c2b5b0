#include "services/dynamodb/number.h"

#include <algorithm>
#include <cctype>

namespace stormglass::dynamodb {
namespace {

constexpr int exponent_max = 126;   // 9.99...E+125
constexpr int exponent_min = -129;  // 1E-130
constexpr int exponent_bias = 1000;
constexpr int written_exponent_max = 100'000;

Unexpected invalid(std::string message) { return aws_error("ValidationException", std::move(message)); }

/// Strips zeros at both ends and checks DynamoDB's limits.
Result<Number> normal(Number number) {
    const auto first = number.digits.find_first_not_of('0');
    if (first == std::string::npos) return Number{};
    number.digits.erase(0, first);
    number.exponent -= static_cast<int>(first);
    number.digits.erase(number.digits.find_last_not_of('0') + 1);
    if (number.digits.size() > number_digits_max) {
        return invalid("Attempting to store more than 38 significant digits in a Number");
    }
    if (number.exponent > exponent_max) {
        return invalid("Number overflow. Attempting to store a number with magnitude larger than "
                       "supported range");
    }
    if (number.exponent < exponent_min) {
        return invalid("Number underflow. Attempting to store a number with magnitude smaller than "
                       "supported range");
    }
    return number;
}

std::strong_ordering compare_magnitude(const Number& a, const Number& b) {
    if (a.digits.empty() || b.digits.empty()) return a.digits.size() <=> b.digits.size();
    if (a.exponent != b.exponent) return a.exponent <=> b.exponent;
    return a.digits.compare(b.digits) <=> 0;
}

/// Both with the same point: digits padded to equal length, in units of 10^-scale.
struct Aligned {
    std::string a, b;
    int exponent;
};
Aligned align(const Number& a, const Number& b) {
    const int top = std::max(a.exponent, b.exponent);
    Aligned aligned{std::string(static_cast<std::size_t>(top - a.exponent), '0') + a.digits,
                    std::string(static_cast<std::size_t>(top - b.exponent), '0') + b.digits, top};
    const std::size_t size = std::max(aligned.a.size(), aligned.b.size());
    aligned.a.resize(size, '0');
    aligned.b.resize(size, '0');
    return aligned;
}

}  // namespace

std::strong_ordering Number::operator<=>(const Number& other) const {
    if (negative != other.negative) return negative ? std::strong_ordering::less : std::strong_ordering::greater;
    return negative ? compare_magnitude(other, *this) : compare_magnitude(*this, other);
}

Result<Number> parse_number(std::string_view text) {
    const auto bad = [&] {
        return text.empty() ? invalid("The parameter cannot be converted to a numeric value")
                            : invalid("The parameter cannot be converted to a numeric value: " +
                                      std::string(text));
    };
    Number number;
    std::size_t at = 0;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) number.negative = text[at++] == '-';
    bool point = false;
    std::size_t seen = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '.' && !point) {
            point = true;
        } else if (c >= '0' && c <= '9') {
            number.digits += c;
            if (!point) ++number.exponent;
            ++seen;
        } else {
            break;
        }
    }
    if (seen == 0) return bad();
    if (at < text.size()) {
        if (text[at] != 'e' && text[at] != 'E') return bad();
        ++at;
        int sign = 1, exponent = 0;
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) sign = text[at++] == '-' ? -1 : 1;
        if (at == text.size()) return bad();
        for (; at < text.size(); ++at) {
            if (text[at] < '0' || text[at] > '9') return bad();
            exponent = std::min(written_exponent_max, exponent * 10 + (text[at] - '0'));
        }
        number.exponent += sign * exponent;
    }
    return normal(std::move(number));
}

std::string number_text(const Number& number) {
    if (number.digits.empty()) return "0";
    std::string text = number.negative ? "-" : "";
    const int size = static_cast<int>(number.digits.size());
    if (number.exponent <= 0) {
        return text + "0." + std::string(static_cast<std::size_t>(-number.exponent), '0') + number.digits;
    }
    if (number.exponent >= size) {
        return text + number.digits + std::string(static_cast<std::size_t>(number.exponent - size), '0');
    }
    const auto whole = static_cast<std::size_t>(number.exponent);
    return text + number.digits.substr(0, whole) + "." + number.digits.substr(whole);
}

Number negate(Number number) {
    if (!number.digits.empty()) number.negative = !number.negative;
    return number;
}

Result<Number> add(const Number& a, const Number& b) {
    if (a.digits.empty()) return b;
    if (b.digits.empty()) return a;
    const bool subtract = a.negative != b.negative;
    const bool swap = compare_magnitude(a, b) < 0;
    const Number& large = swap ? b : a;
    const Number& small = swap ? a : b;
    Aligned aligned = align(large, small);
    Number sum{large.negative, aligned.exponent, std::move(aligned.a)};
    int carry = 0;
    for (std::size_t i = sum.digits.size(); i-- > 0;) {
        const int other = aligned.b[i] - '0';
        int digit = sum.digits[i] - '0' + (subtract ? -other - carry : other + carry);
        carry = digit < 0 || digit > 9 ? 1 : 0;
        digit += digit < 0 ? 10 : digit > 9 ? -10 : 0;
        sum.digits[i] = static_cast<char>('0' + digit);
    }
    if (carry && !subtract) {
        sum.digits.insert(sum.digits.begin(), '1');
        ++sum.exponent;
    }
    return normal(std::move(sum));
}

std::string ordered_bytes(const Number& number) {
    if (number.digits.empty()) return "\x02";
    const auto biased = static_cast<unsigned>(number.exponent + exponent_bias);
    std::string bytes{static_cast<char>(biased >> 8), static_cast<char>(biased & 0xFF)};
    bytes += number.digits;
    if (!number.negative) return "\x03" + bytes;
    // Turned over, so that what is larger comes first; the end must then be the largest byte.
    for (char& c : bytes) c = static_cast<char>(~c);
    return "\x01" + bytes + "\xFF";
}

}  // namespace stormglass::dynamodb
