// Expands the resource templates of operations.txt with the members of an input.
#include "base/strings.h"
#include "wire/gateway.h"

namespace stormglass::wire {
namespace {

/// The values that "{Name}" or "{Names[]}" stands for; "*" where the member is absent.
std::vector<std::string> values_of(const Shape& shape, const void* input, std::string_view name) {
    const bool each = name.ends_with("[]");
    if (each) name.remove_suffix(2);
    for (const Member& member : shape.members) {
        if (member.name != name) continue;
        const void* value = peek(member, input);
        if (value == nullptr) break;
        if (member.shape->kind == Kind::string) return {*static_cast<const std::string*>(value)};
        std::vector<std::string> all;
        if (member.shape->kind == Kind::list && member.shape->element->kind == Kind::string) {
            for (std::size_t i = 0; i < member.shape->access->size(value); ++i) {
                all.push_back(*static_cast<const std::string*>(member.shape->access->at(value, i)));
            }
        }
        if (!all.empty()) return all;
        break;
    }
    return {"*"};
}

}  // namespace

std::vector<std::string> resources_of(const Operation& operation, const void* input,
                                      std::string_view region, std::string_view account) {
    std::vector<std::string> found{std::string{}};
    std::string_view rest(operation.resource);
    while (!rest.empty()) {
        const auto open = rest.find('{');
        const std::string_view plain = rest.substr(0, open);
        for (auto& one : found) one += plain;
        if (open == std::string_view::npos) break;
        const auto close = rest.find('}', open);
        const std::string_view name = rest.substr(open + 1, close - open - 1);
        rest.remove_prefix(close + 1);
        std::vector<std::string> values;
        if (name == "region") {
            values = {std::string(region)};
        } else if (name == "account") {
            values = {std::string(account)};
        } else if (operation.input != nullptr) {
            values = values_of(*operation.input, input, name);
        }
        std::vector<std::string> next;
        for (const auto& before : found) {
            for (std::string value : values) {
                if (value.starts_with("arn:")) {
                    next.push_back(std::move(value));
                    continue;
                }
                if (before.ends_with('/') && value.starts_with('/')) value.erase(0, 1);
                next.push_back(before + value);
            }
        }
        found = std::move(next);
    }
    return found;
}

}  // namespace stormglass::wire
