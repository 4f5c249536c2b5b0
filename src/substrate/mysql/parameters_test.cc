#include "substrate/mysql/parameters.h"

#include <gmock/gmock.h>

#include "substrate/mysql/accounts.h"
#include "substrate/mysql/apply.h"
#include "substrate/mysql/engine.h"
#include "substrate/mysql/options.h"
#include "substrate/mysql/replication.h"

namespace stormglass::substrate::mysql {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

const std::map<std::string, std::string> known = {{"max_connections", "151"},
                                                  {"log_output", "FILE"},
                                                  {"collation_server", "latin1_swedish_ci"},
                                                  {"innodb_buffer_pool_size", "134217728"},
                                                  {"innodb_buffer_pool_instances", "1"},
                                                  {"port", "0"}};

Translation translate(const std::string& name, const std::string& value) {
    return translate_parameters({{name, value}}, known, 1 << 30);
}

TEST(ParametersTest, WhatMariaDbCallsTheSamePassesAndOtherNamesAreTranslated) {
    EXPECT_THAT(translate("max_connections", "9").variables,
                ElementsAre(Pair("max_connections", "9")));
    EXPECT_THAT(translate("Max-Connections", "9").variables,
                ElementsAre(Pair("max_connections", "9")));
    EXPECT_THAT(translate("transaction_isolation", "SERIALIZABLE").variables,
                ElementsAre(Pair("tx_isolation", "SERIALIZABLE")));
}

TEST(ParametersTest, WhatCannotBeHonouredIsAProblemNeverDropped) {
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"port", "1"},
                                            {"default_authentication_plugin", "x"},
                                            {"log_output", "TABLE"},
                                            {"innodb_buffer_pool_instances", "8"},
                                            {"collation_server", "utf8mb4_0900_ai_ci"},
                                            {"max_connections", "1\n--user=root"},
                                            {"require_secure_transport", "1"}}) {
        const auto translation = translate(name, value);
        EXPECT_THAT(translation.variables, IsEmpty()) << name;
        ASSERT_EQ(translation.problems.size(), 1u) << name;
        EXPECT_EQ(translation.problems[0].name, name);
        EXPECT_FALSE(translation.problems[0].reason.empty());
    }
}

TEST(ParametersTest, FormulasOfTheInstanceClassAreWorkedOut) {
    EXPECT_EQ(translate("innodb_buffer_pool_size", "{DBInstanceClassMemory*3/4}").variables,
              (std::map<std::string, std::string>{{"innodb_buffer_pool_size", "805306368"}}));
    EXPECT_EQ(translate("max_connections", "{DBInstanceClassMemory/12582880}")
                  .variables.at("max_connections"),
              "85");
    for (const char* wrong : {"{DBInstanceClassMemory/0}", "{DBInstanceClassMemory+1}", "{x}",
                              "{DBInstanceClassMemory*}"}) {
        EXPECT_EQ(translate("max_connections", wrong).problems.size(), 1u) << wrong;
    }
}

TEST(ParametersTest, TheServersListOfVariablesIsRead) {
    const auto found = parse_variables(
        "text\n\nVariables (--variable-name=value)\nand boolean options {FALSE|TRUE}  Value\n"
        "----------- ------\nmax-connections      151\ninit-connect \nsql-mode   A,B\n\nTo see "
        "values\n");
    EXPECT_EQ(found, (std::map<std::string, std::string>{
                         {"max_connections", "151"}, {"init_connect", ""}, {"sql_mode", "A,B"}}));
}

TEST(ParametersTest, SpellingsOfOneValueAreTheSame) {
    EXPECT_TRUE(same_value("ON", "1"));
    EXPECT_TRUE(same_value("16M", "16777216"));
    EXPECT_TRUE(same_value("row", "ROW"));
    EXPECT_FALSE(same_value("0", "1"));
}

TEST(OptionsTest, TheGroupsValuesWinOverOurDefaultsButNotOverEncryption) {
    DatabaseServerSpec spec;
    spec.memory_bytes = 1 << 30;
    const auto variables = effective_variables(
        spec, {{"character_set_server", "latin1"}, {"innodb_encrypt_tables", "OFF"}});
    EXPECT_THAT(variables, Not(Contains(Pair("collation_server", ::testing::_))));
    const auto argv = server_command({"mariadbd", "10.11"}, spec, variables, {});
    const auto theirs = std::ranges::find(argv, "--innodb_encrypt_tables=OFF");
    const auto ours = std::ranges::find(argv, "--innodb-encrypt-tables=FORCE");
    ASSERT_NE(ours, argv.end());
    EXPECT_LT(theirs, ours) << "the last one counts";
}

TEST(AccountsTest, PasswordsAreHashedAsTheServerStoresThem) {
    EXPECT_EQ(password_hash("password"), "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19");
}

TEST(ReplicationTest, PositionsOfOurDomainAreRead) {
    EXPECT_EQ(parse_gtid("0-11-42"), (Gtid{11, 42}));
    EXPECT_EQ(parse_gtid("1-9-9, 0-12-7"), (Gtid{12, 7}));
    EXPECT_EQ(parse_gtid(""), Gtid{});
}

}  // namespace
}  // namespace stormglass::substrate::mysql
