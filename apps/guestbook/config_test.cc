// Configuration from the environment.
#include "config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>

namespace guestbook {
namespace {

using Variables = std::map<std::string, std::string>;

Variables complete() {
    return {{"DB_ENDPOINT", "db.example:3307"},
            {"DB_USER", "u"},
            {"DB_NAME", "n"},
            {"DB_PASSWORD", "p"}};
}

Result<Config> read(const Variables& variables) {
    return read_config([&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

TEST(ConfigTest, TheEndpointIsTakenApart) {
    const auto config = read(complete());
    ASSERT_TRUE(config);
    EXPECT_EQ(config->database_host, "db.example");
    EXPECT_EQ(config->database_port, 3307);
    EXPECT_EQ(config->port, 8080);
}

TEST(ConfigTest, WithoutAPortTheEndpointMeansMySqls) {
    auto variables = complete();
    variables["DB_ENDPOINT"] = "db.example";
    EXPECT_EQ(read(variables)->database_port, 3306);
}

TEST(ConfigTest, EveryMissingOrWrongVariableIsNamed) {
    for (const char* name : {"DB_ENDPOINT", "DB_USER", "DB_NAME", "DB_PASSWORD"}) {
        auto variables = complete();
        variables.erase(name);
        const auto config = read(variables);
        ASSERT_FALSE(config) << name;
        EXPECT_NE(config.error().message.find(name), std::string::npos) << config.error().message;
    }
    for (const char* port : {"", "x", "70000", "80x", "-1"}) {
        auto variables = complete();
        variables["PORT"] = port;
        EXPECT_FALSE(read(variables)) << port;
        variables = complete();
        variables["DB_ENDPOINT"] = std::string("db:") + port;
        EXPECT_FALSE(read(variables)) << port;
    }
}

TEST(ConfigTest, ThePasswordFileGoesBeforeTheVariableAndLosesItsLineEnd) {
    const std::string path = testing::TempDir() + "password-" + std::to_string(::getpid());
    std::ofstream(path) << "from file\n";
    auto variables = complete();
    variables["DB_PASSWORD_FILE"] = path;
    const auto config = read(variables);
    std::remove(path.c_str());
    ASSERT_TRUE(config);
    EXPECT_EQ(config->database_password, "from file");
    const auto gone = read(variables);
    ASSERT_FALSE(gone);
    EXPECT_NE(gone.error().message.find(path), std::string::npos);
}

}  // namespace
}  // namespace guestbook
