// The actions that experiments here can take, and what AWS has beyond them.
// https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stormglass::fis {

struct ParameterKind {
    const char* name;
    const char* description;
    bool is_required;
};

struct ActionKind {
    const char* id;
    const char* description;
    const char* target_key;     // "Instances"; null: the action has no target.
    const char* resource_type;  // "aws:ec2:instance"
    std::span<const ParameterKind> parameters;
};

struct ResourceKind {
    const char* type;
    const char* description;
    std::span<const ParameterKind> parameters;
};

std::span<const ActionKind> action_kinds();
const ActionKind* find_action_kind(std::string_view id);
std::span<const ResourceKind> resource_kinds();
const ResourceKind* find_resource_kind(std::string_view type);
std::string action_arn(std::string_view region, std::string_view account, std::string_view id);

}  // namespace stormglass::fis
