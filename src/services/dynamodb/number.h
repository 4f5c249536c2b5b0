// DynamoDB's numbers: decimals of up to 38 digits, compared and added exactly.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stormglass::dynamodb {

/// 0.DIGITS times ten to the power of `exponent`; no digits: zero. Digits neither begin nor end in 0.
struct Number {
    bool negative = false;
    int exponent = 0;
    std::string digits;

    bool operator==(const Number&) const = default;
    std::strong_ordering operator<=>(const Number& other) const;
};

inline constexpr std::size_t number_digits_max = 38;

/// ValidationException in DynamoDB's words for what is no number, too long or out of range.
Result<Number> parse_number(std::string_view text);
/// Without exponent, as DynamoDB answers.
std::string number_text(const Number& number);
Result<Number> add(const Number& a, const Number& b);
Number negate(Number number);
/// Bytes whose order is that of the numbers.
std::string ordered_bytes(const Number& number);

}  // namespace stormglass::dynamodb
