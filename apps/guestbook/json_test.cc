// JSON strings out, flat objects in.
#include "json.h"

#include <gtest/gtest.h>

namespace guestbook {
namespace {

TEST(Json, StringsEscapeQuotesBackslashesAndControls) {
    EXPECT_EQ(json_string("a\"b\\c\nd\x01"), R"("a\"b\\c\u000ad\u0001")");
    EXPECT_EQ(json_string("ö\xFF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Json, FlatObjectsAreReadWithAllEscapes) {
    const auto object =
        parse_flat_json(R"( {"a" : "x\"\\\/\b\f\n\r\t" , "b":"\u00f6\ud83c\udf29"} )");
    ASSERT_TRUE(object);
    EXPECT_EQ(object->at("a"), "x\"\\/\b\f\n\r\t");
    EXPECT_EQ(object->at("b"), "ö🌩");
    EXPECT_TRUE(parse_flat_json("{}"));
}

TEST(Json, AnythingElseIsRefused) {
    for (const char* bad :
         {"", "{", "[]", "null", R"({"a":1})", R"({"a":{}})", R"({"a":"b"} x)", R"({"a":"b",})",
          R"({"a":"b","a":"c"})", R"({"a":"\x"})", R"({"a":"\ud83c"})", R"({"a":"\udf29"})",
          R"({"a":"\u12"})", "{\"a\":\"\n\"}", "{\"a\":\"\xFF\"}", R"({a:"b"})", R"({"a":"b)"}) {
        EXPECT_FALSE(parse_flat_json(bad)) << bad;
    }
}

}  // namespace
}  // namespace guestbook
