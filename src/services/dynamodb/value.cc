#include "services/dynamodb/value.h"

#include <algorithm>

#include "services/dynamodb/number.h"

namespace stormglass::dynamodb {
namespace {

constexpr std::size_t attribute_overhead = 1, container_overhead = 3;

template <class Set>
bool has_duplicates(const Set& set) {
    std::vector<std::string> sorted(set.begin(), set.end());
    std::sort(sorted.begin(), sorted.end());
    return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

template <class Set>
bool same_set(const Set& a, const Set& b) {
    return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

Result<void> normalise(std::string& number) {
    number = number_text(TRY(parse_number(number)));
    return {};
}

Result<void> check_set(wire::List<std::string>& set, std::string_view shown) {
    if (set.empty()) {
        return invalid_parameter(fmt::format("An {} set  may not be empty", shown));
    }
    if (has_duplicates(set)) {
        return invalid_parameter(fmt::format("Input collection {} contains duplicates.",
                                             fmt::format("[{}]", fmt::join(set, ", "))));
    }
    return {};
}

std::size_t number_size(const std::string& text) {
    const auto digits = static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
    return (digits + 1) / 2 + 1;
}

}  // namespace

Type type_of(const Value& value) {
    if (value.s) return Type::string;
    if (value.n) return Type::number;
    if (value.b) return Type::binary;
    if (value.m.given()) return Type::map;
    if (value.l.given()) return Type::list;
    if (value.bool_) return Type::boolean;
    if (value.null) return Type::null;
    if (value.ss.given()) return Type::string_set;
    if (value.ns.given()) return Type::number_set;
    if (value.bs.given()) return Type::binary_set;
    return Type::none;
}

std::string_view type_name(Type type) {
    switch (type) {
        case Type::string: return "S";
        case Type::number: return "N";
        case Type::binary: return "B";
        case Type::string_set: return "SS";
        case Type::number_set: return "NS";
        case Type::binary_set: return "BS";
        case Type::map: return "M";
        case Type::list: return "L";
        case Type::null: return "NULL";
        case Type::boolean: return "BOOL";
        case Type::none: break;
    }
    return "";
}

Result<void> check_value(Value& value, int depth) {
    const int types = value.s.has_value() + value.n.has_value() + value.b.has_value() +
                      value.m.given() + value.l.given() + value.bool_.has_value() +
                      value.null.has_value() + value.ss.given() + value.ns.given() + value.bs.given();
    if (types == 0) {
        return invalid("Supplied AttributeValue is empty, must contain exactly one of the supported "
                       "datatypes");
    }
    if (types > 1) {
        return invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly "
                       "one of the supported datatypes");
    }
    if (depth > nesting_max) return invalid("Nesting Levels have exceeded supported limits");
    switch (type_of(value)) {
        case Type::number: return normalise(*value.n);
        case Type::null:
            if (!*value.null) return invalid_parameter("Null attribute value types must have the value of true");
            return {};
        case Type::string_set: return check_set(value.ss, "string");
        case Type::binary_set: return check_set(value.bs, "binary");
        case Type::number_set:
            for (auto& number : value.ns) TRY(normalise(number));
            return check_set(value.ns, "number");
        case Type::list:
            for (auto& element : value.l) TRY(check_value(element, depth + 1));
            return {};
        case Type::map:
            for (auto& [name, element] : value.m) TRY(check_value(element, depth + 1));
            return {};
        default: return {};
    }
}

Result<Item> checked_item(const Item& item) {
    Item checked = item;
    for (auto& [name, value] : checked) {
        if (name.empty()) return invalid_parameter("Attribute name must not be empty");
        TRY(check_value(value));
    }
    return checked;
}

Value string_value(std::string text) {
    Value value;
    value.s = std::move(text);
    return value;
}

Value number_value(std::string text) {
    Value value;
    value.n = std::move(text);
    return value;
}

Value list_value(std::vector<Value> values) {
    Value value;
    value.l = wire::List<Value>(std::move(values));
    return value;
}

bool equal(const Value& a, const Value& b) {
    const Type type = type_of(a);
    if (type != type_of(b)) return false;
    switch (type) {
        case Type::string: return *a.s == *b.s;
        case Type::number: return *a.n == *b.n;  // Both are in their normal form.
        case Type::binary: return *a.b == *b.b;
        case Type::boolean: return *a.bool_ == *b.bool_;
        case Type::null: return true;
        case Type::string_set: return same_set(a.ss, b.ss);
        case Type::number_set: return same_set(a.ns, b.ns);
        case Type::binary_set: return same_set(a.bs, b.bs);
        case Type::list:
            return a.l.size() == b.l.size() && std::equal(a.l.begin(), a.l.end(), b.l.begin(), equal);
        case Type::map:
            return a.m.size() == b.m.size() &&
                   std::equal(a.m.begin(), a.m.end(), b.m.begin(), [](const auto& x, const auto& y) {
                       return x.first == y.first && equal(x.second, y.second);
                   });
        case Type::none: break;
    }
    return false;
}

std::optional<std::strong_ordering> compare(const Value& a, const Value& b) {
    if (a.s && b.s) return a.s->compare(*b.s) <=> 0;
    if (a.b && b.b) return a.b->compare(*b.b) <=> 0;
    if (!a.n || !b.n) return std::nullopt;
    const auto x = parse_number(*a.n), y = parse_number(*b.n);
    if (!x || !y) return std::nullopt;
    return *x <=> *y;
}

Result<std::string> ordered_bytes_of(const Value& value) {
    if (value.s) return *value.s;
    if (value.b) return *value.b;
    return ordered_bytes(TRY(parse_number(value.n.value_or(""))));
}

std::size_t size_of(const Value& value) {
    std::size_t size = 0;
    switch (type_of(value)) {
        case Type::string: return value.s->size();
        case Type::binary: return value.b->size();
        case Type::number: return number_size(*value.n);
        case Type::boolean:
        case Type::null: return 1;
        case Type::string_set:
            for (const auto& one : value.ss) size += one.size();
            return size;
        case Type::binary_set:
            for (const auto& one : value.bs) size += one.size();
            return size;
        case Type::number_set:
            for (const auto& one : value.ns) size += number_size(one);
            return size;
        case Type::list:
            size = container_overhead;
            for (const auto& one : value.l) size += attribute_overhead + size_of(one);
            return size;
        case Type::map:
            size = container_overhead;
            for (const auto& [name, one] : value.m) size += attribute_overhead + name.size() + size_of(one);
            return size;
        case Type::none: break;
    }
    return size;
}

std::size_t size_of(const Item& item) {
    std::size_t size = 0;
    for (const auto& [name, value] : item) size += name.size() + size_of(value);
    return size;
}

}  // namespace stormglass::dynamodb
