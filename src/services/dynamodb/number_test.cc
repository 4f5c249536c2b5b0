#include "services/dynamodb/number.h"

#include <gtest/gtest.h>

namespace stormglass::dynamodb {
namespace {

std::string text(const char* written) {
    const auto number = parse_number(written);
    return number ? number_text(*number) : "error";
}

TEST(Number, IsWrittenWithoutExponentAndNeedlessZeros) {
    EXPECT_EQ(text("1.0"), "1");
    EXPECT_EQ(text("-0.0100"), "-0.01");
    EXPECT_EQ(text("1e3"), "1000");
    EXPECT_EQ(text("12.5E-1"), "1.25");
    EXPECT_EQ(text("-0"), "0");
    EXPECT_EQ(text("12345678901234567890123456789012345678"), "12345678901234567890123456789012345678");
}

TEST(Number, RefusesWhatDynamoDbRefuses) {
    for (const char* bad : {"", "-", ".", "1e", "0x1", "1 ", "123456789012345678901234567890123456789", "1e126",
                            "1e-131"}) {
        EXPECT_FALSE(parse_number(bad)) << bad;
    }
}

TEST(Number, AddsExactly) {
    const auto sum = [](const char* a, const char* b) {
        return number_text(*add(*parse_number(a), *parse_number(b)));
    };
    EXPECT_EQ(sum("0.1", "0.2"), "0.3");
    EXPECT_EQ(sum("999", "1"), "1000");
    EXPECT_EQ(sum("1", "-1"), "0");
    EXPECT_EQ(sum("5", "-12.5"), "-7.5");
    EXPECT_EQ(sum("1000", "-0.001"), "999.999");
}

TEST(Number, BytesAreInTheOrderOfNumbers) {
    const char* const rising[] = {"-1e100", "-12", "-11.5", "-2", "-1", "-0.5", "-1e-100", "0", "1e-100", "0.5",
                                  "0.55",   "1",   "2",     "10", "11", "100",  "1e100"};
    for (std::size_t i = 0; i + 1 < std::size(rising); ++i) {
        const auto a = *parse_number(rising[i]), b = *parse_number(rising[i + 1]);
        EXPECT_LT(a, b) << rising[i];
        EXPECT_LT(ordered_bytes(a), ordered_bytes(b)) << rising[i];
    }
}

}  // namespace
}  // namespace stormglass::dynamodb
