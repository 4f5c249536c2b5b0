// Text that would spoil the documents it is answered in must not come in, by any protocol.
#include <gtest/gtest.h>

#include "wire/body/cbor.h"
#include "wire/body/form.h"
#include "wire/body/json.h"
#include "wire/body/xml.h"

namespace stormglass::wire::body {
namespace {

struct Named {
    std::optional<std::string> name;
};
const Shape text{.name = "Text", .kind = Kind::string};
const Member members[] = {{"Name", "Name", "Name", &text, 0, Storage::optional, false, false, false,
                           false, Location::body, TimeFormat::by_protocol, nullptr}};
const Shape named{.name = "Named", .kind = Kind::structure, .members = members};

constexpr std::string_view bad_texts[] = {"\xFF", "a\xC3", "\xED\xA0\x80", "\xC0\xAF",
                                          "\xF5\x80\x80\x80"};

TEST(Text, FormsOfOtherBytesThanUtf8AreRefused) {
    EXPECT_TRUE(parse_form("Name=%C3%BC"));
    for (const std::string bad : {"%FF", "a%C3", "%ED%A0%80", "%C0%AF"}) {
        EXPECT_EQ(parse_form("Name=" + bad).error().code, "MalformedQueryString") << bad;
        EXPECT_FALSE(parse_form(bad + "=1")) << bad;
    }
}

TEST(Text, DocumentsOfOtherBytesThanUtf8AreRefused) {
    for (const auto bad : bad_texts) {
        Named object;
        Problems problems;
        const std::string word(bad);
        EXPECT_FALSE(read_xml("<A><Name>" + word + "</Name></A>", named, &object, problems));
        EXPECT_FALSE(read_json("{\"Name\":\"" + word + "\"}", named, &object, problems));
        std::string cbor = "\xA1\x64Name";
        append_cbor_string(cbor, word);
        EXPECT_FALSE(read_cbor(cbor, named, &object, problems));
        EXPECT_FALSE(object.name);
    }
}

TEST(Text, WhatXmlCannotHoldIsLeftOut) {
    std::string out;
    append_xml_text(out, "a\x01\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD<\xEF");
    EXPECT_EQ(out, "a\xEF\xBF\xBD&lt;\xEF");
}

}  // namespace
}  // namespace stormglass::wire::body
