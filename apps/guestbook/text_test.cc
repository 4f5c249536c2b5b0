// Escaping, decoding and checking of text.
#include "text.h"

#include <gtest/gtest.h>

#include <set>

namespace guestbook {
namespace {

TEST(Text, HtmlEscapeLeavesNoMarkupAndNoQuotes) {
    EXPECT_EQ(html_escape(R"(<a href="x" id='y'>&amp;)"),
              "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
    EXPECT_EQ(html_escape("ünïcode"), "ünïcode");
}

TEST(Text, FormsDecodePlusAndPercentEscapes) {
    const auto fields = parse_form("name=Ada+L%C3%B6&message=a%26b%3Dc&&empty=&bare");
    ASSERT_TRUE(fields);
    EXPECT_EQ(fields->at("name"), "Ada Lö");
    EXPECT_EQ(fields->at("message"), "a&b=c");
    EXPECT_EQ(fields->at("empty"), "");
    EXPECT_EQ(fields->at("bare"), "");
}

TEST(Text, FormsWithBrokenEscapesAreRefused) {
    for (const char* body : {"a=%", "a=%4", "a=%zz", "%g1=x"})
        EXPECT_FALSE(parse_form(body)) << body;
}

TEST(Text, Utf8IsCountedInCodePoints) {
    EXPECT_EQ(utf8_length(""), 0U);
    EXPECT_EQ(utf8_length("aö€🌩"), 4U);
}

TEST(Text, OverlongSurrogateAndTruncatedUtf8IsRefused) {
    for (const char* bad : {"\xC0\x80", "\xC3", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80",
                            "\xE0\x80\x80", "\xFF", "\xF0\x80\x80\x80"}) {
        EXPECT_FALSE(utf8_length(bad)) << bad;
    }
}

TEST(Text, ControlCharactersAreFoundButLineBreaksAreText) {
    EXPECT_FALSE(has_control_characters("a\tb\r\nc"));
    EXPECT_TRUE(has_control_characters("a\x1B[31m"));
    EXPECT_TRUE(has_control_characters(std::string_view("a\0b", 3)));
}

TEST(Text, NewUuidsAreWellFormedAndDiffer) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto id = new_uuid();
        EXPECT_TRUE(is_uuid(id)) << id;
        EXPECT_EQ(id[14], '4');
        seen.insert(id);
    }
    EXPECT_EQ(seen.size(), 100U);
}

TEST(Text, OnlyLowerCaseHyphenatedUuidsAreUuids) {
    EXPECT_TRUE(is_uuid("00000000-0000-4000-8000-00000000000f"));
    EXPECT_FALSE(is_uuid("00000000-0000-4000-8000-00000000000F"));
    EXPECT_FALSE(is_uuid("00000000-0000-4000-8000-00000000000"));
    EXPECT_FALSE(is_uuid("00000000x0000-4000-8000-00000000000f"));
}

}  // namespace
}  // namespace guestbook
