// Attribute values: their types, order, size, and the compact form in which items are stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/dynamodb.h"
#include "base/result.h"

namespace stormglass::dynamodb {

using Value = api::AttributeValue;
using Item = wire::Map<Value>;

enum class Type : std::uint8_t {
    none, string, number, binary, string_set, number_set, binary_set, map, list, null, boolean,
};
inline constexpr std::size_t item_bytes_max = 400 * 1024;
inline constexpr int nesting_max = 32;

Type type_of(const Value& value);
/// "S", "NS", "BOOL", ...
std::string_view type_name(Type type);
inline Unexpected invalid(std::string message) {
    return aws_error("ValidationException", std::move(message));
}
inline Unexpected invalid_parameter(const std::string& message) {
    return invalid("One or more parameter values were invalid: " + message);
}

/// Exactly one type, numbers that are numbers, sets without duplicates, not too deep. Numbers are
/// brought to their normal form.
Result<void> check_value(Value& value, int depth = 1);
Result<Item> checked_item(const Item& item);

Value string_value(std::string text);
Value number_value(std::string text);
Value list_value(std::vector<Value> values);

bool equal(const Value& a, const Value& b);
/// Of strings, numbers and binaries of the same type; nothing otherwise.
std::optional<std::strong_ordering> compare(const Value& a, const Value& b);
/// Bytes whose order within a type is that of compare().
Result<std::string> ordered_bytes_of(const Value& value);

/// As DynamoDB counts it against the limit of an item.
std::size_t size_of(const Value& value);
std::size_t size_of(const Item& item);

std::string encode_item(const Item& item);
Result<Item> decode_item(std::string_view bytes);

}  // namespace stormglass::dynamodb
