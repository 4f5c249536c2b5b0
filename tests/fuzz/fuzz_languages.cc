// The little languages that callers write: policies, expressions of DynamoDB, patterns of logs.
#include "base/check.h"
#include "base/strings.h"
#include "fuzz.h"
#include "services/dynamodb/evaluate.h"
#include "services/iam/policy/evaluate.h"
#include "services/logs/filter_pattern.h"
#include "wire/body/json.h"

namespace stormglass::fuzz {
namespace {

std::string_view take_line(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

policy::Evaluation question(const policy::PolicyPtr& parsed, policy::PolicyKind kind) {
    policy::Evaluation ask;
    ask.principal = {.kind = policy::SubjectKind::user,
                     .account = "123456789012",
                     .arn = "arn:aws:iam::123456789012:user/x",
                     .role_arn = {},
                     .user_id = "AIDAX",
                     .name = "x",
                     .tags = {{"team", "a"}}};
    ask.action = "s3:GetObject";
    ask.resource = "arn:aws:s3:::bucket/key";
    ask.context["aws:SourceIp"] = {"203.0.113.7"};
    ask.context["s3:prefix"] = {"a", "b*"};
    if (kind == policy::PolicyKind::identity) {
        ask.identity_policies = {parsed};
    } else {
        ask.resource_policy = parsed;
    }
    return ask;
}

}  // namespace

void fuzz_policy(std::string_view input) {
    for (const auto kind : {policy::PolicyKind::identity, policy::PolicyKind::resource}) {
        const auto parsed = policy::parse_policy(input, kind);
        if (!parsed) continue;
        const auto decision = policy::evaluate(question(*parsed, kind));
        const auto again = policy::parse_policy(input, kind);
        CHECK(again.has_value());
        CHECK(policy::evaluate(question(*again, kind)).allowed() == decision.allowed());
    }
}

void fuzz_expression(std::string_view input) {
    const auto condition = take_line(input), projection = take_line(input),
               update = take_line(input);
    dynamodb::Item item;
    item["a"] = dynamodb::string_value("text");
    item["n"] = dynamodb::number_value("12.5");
    item["l"] = dynamodb::list_value({dynamodb::number_value("1"), dynamodb::string_value("two")});
    dynamodb::Item values;
    values[":v"] = dynamodb::string_value("text");
    values[":n"] = dynamodb::number_value(std::string(input.substr(0, 60)));
    if (auto checked = dynamodb::checked_item(values))
        values = *checked;
    else
        values.erase(":n");
    wire::Map<std::string> names;
    names["#a"] = "a";
    dynamodb::Placeholders placeholders(names, values);
    if (const auto parsed =
            dynamodb::parse_condition(condition, "ConditionExpression", placeholders)) {
        (void)dynamodb::holds(*parsed, item);
    }
    if (const auto paths = dynamodb::parse_projection(projection, placeholders)) {
        (void)dynamodb::project(item, *paths);
    }
    if (const auto clauses = dynamodb::parse_update(update, placeholders)) {
        (void)dynamodb::apply_update(*clauses, item);
    }
    const auto copy = dynamodb::decode_item(dynamodb::encode_item(item));
    CHECK(copy.has_value() && dynamodb::size_of(*copy) == dynamodb::size_of(item));
    (void)dynamodb::decode_item(input);
}

void fuzz_log_pattern(std::string_view input) {
    const auto pattern = logs::FilterPattern::parse(take_line(input));
    if (pattern) (void)pattern->matches(input);
}

}  // namespace stormglass::fuzz
