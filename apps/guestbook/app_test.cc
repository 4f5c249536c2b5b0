// The application's answers while its database is away; with one, see guestbook_e2e_test.py.
#include "app.h"

#include <gtest/gtest.h>

namespace guestbook {
namespace {

class AppTest : public testing::Test {
protected:
    Response get(const std::string& path) { return app.handle({.method = "GET", .path = path}); }
    Response post(const std::string& path, const std::string& type, const std::string& body) {
        return app.handle(
            {.method = "POST", .path = path, .headers = {{"content-type", type}}, .body = body});
    }

    Resolver resolver{{.resolv_conf = "/nonexistent", .hosts = "/nonexistent"}};
    Database database{{.host = "nowhere.example", .deadline = std::chrono::milliseconds{1}},
                      resolver};
    Entries entries{database};
    App app{{.instance = "i-1", .zone = "us-east-1b", .database_host = "nowhere.example"}, entries};
};

TEST_F(AppTest, HealthIsShallowAndReadinessIsNot) {
    EXPECT_EQ(get("/healthz").status, 200);
    EXPECT_EQ(get("/readyz").status, 503);
}

TEST_F(AppTest, ThePageStillSaysWhoServesIt) {
    const auto page = get("/");
    EXPECT_EQ(page.status, 503);
    EXPECT_NE(page.body.find("i-1"), std::string::npos);
    EXPECT_NE(page.body.find("us-east-1b"), std::string::npos);
    EXPECT_NE(page.body.find("unreachable"), std::string::npos);
}

TEST_F(AppTest, ARefusedFormComesBackWithItsTextsAndId) {
    const std::string id = "00000000-0000-4000-8000-00000000000f";
    const auto page = post("/entries", "application/x-www-form-urlencoded",
                           "id=" + id + "&name=&message=kept+text");
    EXPECT_NE(page.body.find("name must not be empty"), std::string::npos);
    EXPECT_NE(page.body.find("kept text"), std::string::npos);
    EXPECT_NE(page.body.find(id), std::string::npos);
}

TEST_F(AppTest, AnUnstorableEntryIsAnErrorNotASuccess) {
    EXPECT_EQ(post("/api/entries", "application/json", R"({"name":"a","message":"b"})").status,
              503);
    EXPECT_EQ(post("/entries", "application/json", R"({"name":"a","message":"b"})").status, 503);
}

TEST_F(AppTest, AFormOnAnotherSiteCannotSign) {
    const auto answer = app.handle(
        {.method = "POST", .path = "/entries", .headers = {{"sec-fetch-site", "cross-site"}}});
    EXPECT_EQ(answer.status, 403);
}

TEST_F(AppTest, EveryAnswerCarriesSecurityHeaders) {
    for (const char* path : {"/", "/healthz", "/nowhere", "/whoami"}) {
        const auto answer = get(path);
        int found = 0;
        for (const auto& [name, value] : answer.headers) {
            found += name == "Content-Security-Policy" || name == "X-Content-Type-Options" ||
                     name == "X-Frame-Options";
        }
        EXPECT_EQ(found, 3) << path;
    }
}

}  // namespace
}  // namespace guestbook
