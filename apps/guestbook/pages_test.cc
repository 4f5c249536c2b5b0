// The page.
#include "pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guestbook {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PagesTest, EveryTextFromOutsideIsEscaped) {
    const std::string evil = "<script>\"'";
    PageContent content{.instance = evil, .zone = evil, .endpoint = evil};
    content.database = DatabaseFacts{evil, evil, evil, evil, false};
    content.entries = {{evil, evil, evil, evil, evil, evil}};
    content.notice = content.name = content.message = content.entry_id = content.nonce = evil;
    const auto page = render_page(content);
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;&quot;&#39;"));
}

TEST(PagesTest, TheRoleIsWhatWasObserved) {
    PageContent content{.instance = "i-1", .zone = "z"};
    EXPECT_THAT(render_page(content), HasSubstr(">unreachable<"));
    content.database = DatabaseFacts{.address = "10.0.0.1", .read_only = true};
    EXPECT_THAT(render_page(content), HasSubstr(">standby<"));
    content.database->read_only = false;
    EXPECT_THAT(render_page(content), HasSubstr(">primary<"));
}

TEST(PagesTest, NothingIsFetchedFromElsewhere) {
    const auto page = render_page({.instance = "i-1"});
    for (const char* part : {"http://", "https://", "<script", "<img", "<link"}) {
        EXPECT_THAT(page, Not(HasSubstr(part)));
    }
}

}  // namespace
}  // namespace guestbook
