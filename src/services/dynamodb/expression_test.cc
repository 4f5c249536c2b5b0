#include "services/dynamodb/expression.h"

#include <gtest/gtest.h>

#include "services/dynamodb/evaluate.h"

namespace stormglass::dynamodb {
namespace {

Item item_with_number(const char* number) {
    Item item;
    item["n"] = number_value(number);
    return item;
}

Result<bool> holds_for(const char* expression, const Item& item) {
    const wire::Map<std::string> names;
    Item values;
    values[":one"] = number_value("1");
    values[":two"] = number_value("2");
    Placeholders placeholders(names, values);
    return holds(TRY(parse_condition(expression, "ConditionExpression", placeholders)), item);
}

TEST(Expression, AndBindsMoreTightlyThanOr) {
    const Item item = item_with_number("1");
    EXPECT_TRUE(*holds_for("n = :one OR n = :two AND n = :two", item));
    EXPECT_FALSE(*holds_for("(n = :one OR n = :two) AND n = :two", item));
    EXPECT_TRUE(*holds_for("NOT n = :two AND attribute_not_exists(m)", item));
}

TEST(Expression, BetweenKeepsItsOwnAnd) {
    EXPECT_TRUE(*holds_for("n BETWEEN :one AND :two AND n IN (:two, :one)", item_with_number("1")));
}

TEST(Expression, AnythingMalformedIsAValidationException) {
    for (const char* bad : {"", "n", "n =", "= n", "n = :three", "n = :one AND", "(n = :one", "size(n)", "n BETWEEN :one",
                            "begins_with(n)", "n IN ()", "a..b = :one", "a[x] = :one", "n ! :one", "select = :one"}) {
        const auto outcome = holds_for(bad, {});
        ASSERT_FALSE(outcome) << bad;
        EXPECT_EQ(outcome.error().code, "ValidationException") << bad;
    }
}

TEST(Expression, DeepNestingIsRefusedBeforeTheStackEnds) {
    const std::string deep = fmt::format("{:(>2000}n = :one{:)>2000}", "", "");
    EXPECT_FALSE(holds_for(deep.c_str(), {}));
}

TEST(Items, SurviveTheirEncoding) {
    Item item = item_with_number("1.5");
    item["l"] = list_value({string_value("x"), number_value("2")});
    item["m"].m["deep"].bool_ = false;
    item["m"].m.present = true;
    const auto back = decode_item(encode_item(item));
    ASSERT_TRUE(back);
    Value a, b;
    a.m = item;
    b.m = *back;
    EXPECT_TRUE(equal(a, b));
    EXPECT_FALSE(decode_item(encode_item(item).substr(0, 9)));
}

}  // namespace
}  // namespace stormglass::dynamodb
