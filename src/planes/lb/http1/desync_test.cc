// AWS's own classifier's cases, plus what each mode does about a tier.
#include "planes/lb/http1/desync.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"

namespace stormglass::lb::http1 {
namespace {

struct Case {
    std::string file, name, method, uri, version, tier, reason;
    std::vector<std::pair<std::string, std::string>> fields;
};

std::vector<Case> read_cases() {
    const auto text = base::read_file(LB_SOURCE_DIR "/http1/desync_cases.json");
    const auto json = base::parse_json(text.value());
    std::vector<Case> cases;
    for (const auto& one : json->at("cases")) {
        Case c{.file = one["file"],
               .name = one["name"],
               .method = one["method"],
               .uri = one["uri"],
               .version = one["version"],
               .tier = one["tier"],
               .reason = one["reason"]};
        for (const auto& field : one["fields"]) c.fields.emplace_back(field[0], field[1]);
        cases.push_back(std::move(c));
    }
    return cases;
}

Verdict classify_case(const Case& c) {
    RequestHead head{.method = c.method, .target = c.uri, .version = c.version};
    for (const auto& [name, value] : c.fields) {
        head.fields.push_back({name, trim_blanks(value), identify(name)});
    }
    return classify(head);
}

TEST(Desync, AgreesWithEveryCaseOfAwsOwnClassifier) {
    const auto cases = read_cases();
    ASSERT_GT(cases.size(), 100u);
    for (const Case& c : cases) {
        const auto verdict = classify_case(c);
        EXPECT_EQ(tier_name(verdict.tier), c.tier) << c.file << ": " << c.name;
        if (c.tier == "Compliant") continue;
        EXPECT_EQ(verdict.reason, c.reason) << c.file << ": " << c.name;
    }
}

TEST(Desync, ModesActOnTiersAsDocumented) {
    using enum Tier;
    for (const Tier tier : {compliant, acceptable, ambiguous, severe}) {
        EXPECT_EQ(desync_action(DesyncMode::monitor, tier), DesyncAction::pass);
    }
    EXPECT_EQ(desync_action(DesyncMode::defensive, acceptable), DesyncAction::pass);
    EXPECT_EQ(desync_action(DesyncMode::defensive, ambiguous), DesyncAction::pass_then_close);
    EXPECT_EQ(desync_action(DesyncMode::defensive, severe), DesyncAction::block);
    EXPECT_EQ(desync_action(DesyncMode::strictest, compliant), DesyncAction::pass);
    EXPECT_EQ(desync_action(DesyncMode::strictest, acceptable), DesyncAction::block);
}

}  // namespace
}  // namespace stormglass::lb::http1
